/** The executions of a deployed stage, read no faster than a share of what AWS lets an account read. */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { RunStatus } from '#console/api.ts';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { consoleUrl, type Service } from '../aws-client/service.ts';
import type { AnyMachine, MachineName } from '../runner.ts';
import type { EnvironmentRun, FleetRun } from './runs.ts';

export interface Described<Machine extends AnyMachine = MachineName> {
  readonly arn: string;
  readonly machine: Machine;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly input: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** DescribeExecution allows 15 calls a second in an account, for everybody: a fifth of it. */
const callsPerSecond = 3;

export class AwsExecutions {
  readonly #service: Service;
  /** Those that are over stay as they are. */
  readonly #known = new Map<string, Described<AnyMachine> | undefined>();
  #next = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  consoleUrl(machine: AnyMachine, name: string): string {
    return consoleUrl(this.#arnOf(machine, name), this.#service.region);
  }

  #arnOf(machine: AnyMachine, name: string): string {
    return `${this.#service.machineArn(machine).replace(':stateMachine:', ':execution:')}:${name}`;
  }

  /** Undefined of one that Step Functions does not know (any more). */
  async describe<Machine extends AnyMachine>(
    machine: Machine,
    name: string,
  ): Promise<Described<Machine> | undefined> {
    const arn = this.#arnOf(machine, name);
    if (this.#known.has(arn)) return this.#known.get(arn) as Described<Machine> | undefined;
    await this.#turn();
    const found = await this.#ask(machine, arn);
    if (found?.status !== 'RUNNING') this.#known.set(arn, found);
    return found;
  }

  /** Of whichever machine. */
  async find(name: string): Promise<Described | undefined> {
    return (await this.describe('provision', name)) ?? this.describe('deprovision', name);
  }

  /** Those the registry names of an environment, newest first. */
  async runsOf(item: RegistryItem): Promise<EnvironmentRun[]> {
    const names = new Set([
      ...(item.lock ? [item.lock.name] : []),
      ...(item.failure ? [item.failure.execution] : []),
      ...Object.keys(item.runs ?? {}),
    ]);
    const runs: EnvironmentRun[] = [];
    for (const name of names) {
      const found = await this.find(name);
      if (found) runs.push(runOf(item.environment, name, found, this.#service.region));
    }
    return runs.sort((one, other) => other.startedAt - one.startedAt);
  }

  /** Undefined of one that Step Functions does not know (any more). */
  async fleet(execution: string): Promise<FleetRun | undefined> {
    const found = await this.describe('fleet', execution);
    if (!found) return undefined;
    const { arn, status, startedAt, endedAt, error, cause } = found;
    return {
      execution,
      status,
      startedAt,
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(error ? { error } : {}),
      ...(cause ? { cause } : {}),
      consoleUrl: consoleUrl(arn, this.#service.region),
    };
  }

  async #ask<Machine extends AnyMachine>(
    machine: Machine,
    executionArn: string,
  ): Promise<Described<Machine> | undefined> {
    try {
      const answer = await homeClient(SFNClient).send(new DescribeExecutionCommand({ executionArn }));
      const { status, startDate, stopDate, input = '{}', error, cause } = answer;
      return {
        arn: executionArn,
        machine,
        // One that waits for its redrive is under way.
        status: status === 'PENDING_REDRIVE' ? 'RUNNING' : (status as RunStatus),
        startedAt: startDate?.getTime() ?? 0,
        ...(stopDate ? { endedAt: stopDate.getTime() } : {}),
        input: JSON.parse(input),
        ...(error ? { error } : {}),
        ...(cause ? { cause } : {}),
      };
    } catch (error) {
      if (canonicalCode(error) === 'ExecutionDoesNotExist') return undefined;
      throw error;
    }
  }

  async #turn(): Promise<void> {
    const at = Math.max(Date.now(), this.#next);
    this.#next = at + 1000 / callsPerSecond;
    await new Promise((resolve) => {
      setTimeout(resolve, at - Date.now());
    });
  }
}

function runOf(environment: string, execution: string, found: Described, region: string): EnvironmentRun {
  const { arn, machine, status, startedAt, endedAt, input } = found;
  return {
    execution,
    machine,
    status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    isRollback: (input as { createdBy?: unknown }).createdBy !== undefined,
    consoleUrl: consoleUrl(arn, region),
    environment,
  };
}
