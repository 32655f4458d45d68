/** The executions of a deployed stage, read no faster than a share of what AWS lets an account read. */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { RunStatus } from '#console/api.ts';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { consoleUrl, type Service } from '../aws-client/service.ts';
import type { MachineName } from '../runner.ts';
import type { EnvironmentRun } from './runs.ts';

export interface Described {
  readonly arn: string;
  readonly machine: MachineName;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly input: unknown;
}

/** DescribeExecution allows 15 calls a second in an account, for everybody: a fifth of it. */
const callsPerSecond = 3;

export class AwsExecutions {
  readonly #service: Service;
  /** Those that are over stay as they are. */
  readonly #known = new Map<string, Described | undefined>();
  #next = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  /** Undefined of one that Step Functions does not know (any more). */
  async describe(machine: MachineName, name: string): Promise<Described | undefined> {
    const arn = `${this.#service.machineArn(machine).replace(':stateMachine:', ':execution:')}:${name}`;
    if (this.#known.has(arn)) return this.#known.get(arn);
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

  async #ask(machine: MachineName, executionArn: string): Promise<Described | undefined> {
    try {
      const answer = await homeClient(SFNClient).send(new DescribeExecutionCommand({ executionArn }));
      const { status, startDate, stopDate, input = '{}' } = answer;
      return {
        arn: executionArn,
        machine,
        // One that waits for its redrive is under way.
        status: status === 'PENDING_REDRIVE' ? 'RUNNING' : (status as RunStatus),
        startedAt: startDate?.getTime() ?? 0,
        ...(stopDate ? { endedAt: stopDate.getTime() } : {}),
        input: JSON.parse(input),
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
