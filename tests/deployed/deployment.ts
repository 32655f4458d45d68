/**
 * A deployment of what `serverless package` put out, on the embedded AWS: definitions, bundles, environment variables,
 * roles and triggers are the package's, and nothing is taken from the source. Bundles hold SDK clients of their own, so they
 * meet the embedded AWS on the wire.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedAws, type EngineOptions, homeAccount } from '#embedded/engine.ts';
import { type AwsState, emptyState } from '#embedded/model.ts';
import { placeTable } from '#embedded/services/dynamodb/state.ts';
import { services } from '#embedded/services/index.ts';
import { placeSecret } from '#embedded/services/secretsmanager.ts';
import { registerMachine } from '#embedded/services/states.ts';
import { MemoryStore } from '#embedded/store.ts';
import { WireFront } from '#embedded/wire/front.ts';
import { operationName } from '#lib/aws/clients.ts';
import { type Account, book, homeRegion } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';
import { currentInvocation } from '#local/lambda.ts';
import { functionPermissions } from '#local/permissions.ts';
import { isMutating } from '#local/report.ts';
import type { AnyMachine, Definition, MachineName, Service } from '#local/runner.ts';
import { type Simulated, simulate } from '#local/simulate.ts';
import { VirtualTime } from '#local/virtual-time.ts';
import { type DeployedFunction, invokeFunction, loadFunctions, rolesOf } from './functions.ts';
import { Stack } from './stack.ts';

export interface DeployedOptions {
  /** What exists already. */
  readonly from?: AwsState;
  readonly inject?: EngineOptions['inject'];
  readonly observe?: EngineOptions['observe'];
}

export interface DeployedRun extends Simulated {
  /** What exists besides what the stack itself is made of. */
  readonly resources: Record<string, string[]>;
  /** Calls about the environment that change something. */
  readonly mutating: number;
  readonly state: AwsState;
}

export const webhookSecret = `whsec_${Buffer.from('a secret of the tests, 32 bytes!').toString('base64')}`;
const startOfTime = Date.parse('2026-11-01T00:00:00Z');
const place = { region: homeRegion, account: homeAccount, partition: 'aws' };
const machineIds: Readonly<Record<AnyMachine, string>> = {
  provision: 'ProvisionStateMachine',
  deprovision: 'DeprovisionStateMachine',
  fleet: 'FleetStateMachine',
};

export class Deployment {
  readonly #template: ConstructorParameters<typeof Stack>[0];
  readonly #functions: Map<string, DeployedFunction>;

  /** Loads what stands in the folder of a package. */
  constructor(folder: string) {
    const file = join(folder, 'cloudformation-template-update-stack.json');
    this.#template = JSON.parse(readFileSync(file, 'utf8'));
    this.#functions = loadFunctions(new Stack(this.#template, place), folder);
  }

  /** One execution to its end. */
  async run(
    machine: MachineName,
    input: unknown,
    { name, ...options }: DeployedOptions & { readonly name?: string } = {},
  ): Promise<DeployedRun> {
    const world = this.open(options);
    const { secrets } = world;
    try {
      const simulated = await simulate(world.account, {
        machine,
        input,
        service: world.service,
        ...(name ? { name } : {}),
      });
      const mutating = Object.entries(world.account.requests()).reduce(
        (sum, [operation, count]) => sum + (isMutating(operation) ? count : 0),
        0,
      );
      const resources = without(inventoryOf(world.account), secrets);
      return { ...simulated, mutating, resources, state: world.snapshot() };
    } finally {
      world.close();
    }
  }

  /** Puts the stack onto an account, and the account behind the hosts of AWS until it is closed. */
  open({ from, inject, observe }: DeployedOptions = {}): World {
    const store = new MemoryStore(structuredClone(from ?? emptyState(1, startOfTime)));
    const aws = new EmbeddedAws({
      services,
      operationName,
      store,
      throttle: true,
      latencySeconds: 0.2,
      observe,
      authorize: functionPermissions({ statementsOf: (key) => roles.get(key) }),
    });
    aws.inject = inject;
    const stack = this.#arranged(aws);
    const roles = rolesOf(stack);
    const secrets = stack
      .ofType('AWS::SecretsManager::Secret')
      .map(({ properties }) => properties.Name as string);
    const front = new WireFront({
      aws,
      deaf: () => currentInvocation()?.dead ?? false,
    });
    const nameOf = (machine: AnyMachine) => stack.properties(machineIds[machine]).StateMachineName as string;
    return {
      stack,
      secrets,
      account: {
        aws,
        book: book(aws, nameOf),
        busy: () => front.busy || readsFiles(),
        requests: () => withoutBookkeeping(aws.requests),
        close: () => store.close(),
      },
      service: {
        definition: (machine) => stack.definition(machineIds[machine]) as Definition,
        invoke: (functionName, event) => {
          const found = this.#functions.get(functionName);
          if (!found) throw new Error(`the package has no function ${functionName}`);
          return invokeFunction(stack, found, event);
        },
      },
      snapshot: () => store.snapshot(),
      close: () => {
        front.close();
        if (front.problems.length > 0) throw new Error([...new Set(front.problems)].join('\n'));
      },
    };
  }

  /** What CloudFormation makes besides, as far as functions meet it. */
  #arranged(aws: EmbeddedAws): Stack {
    const stack = new Stack(this.#template, place);
    return aws.inspect(homeRegion, (call) => {
      for (const { properties } of stack.ofType('AWS::DynamoDB::Table')) {
        const [key] = properties.KeySchema as [{ AttributeName: string }];
        placeTable(call, {
          name: properties.TableName as string,
          partitionKey: { name: key.AttributeName, type: 'S' },
        });
      }
      for (const { properties } of stack.ofType('AWS::StepFunctions::StateMachine'))
        registerMachine(call, { name: properties.StateMachineName as string });
      const made = stack.ofType('AWS::SecretsManager::Secret').map(({ id, properties }) => {
        const value = JSON.stringify({ secrets: [webhookSecret] });
        return [id, placeSecret(call, { name: properties.Name as string, value })];
      });
      return new Stack(this.#template, place, Object.fromEntries(made));
    });
  }
}

/** A stack on an account, reachable. */
export interface World {
  readonly stack: Stack;
  /** Names of the stack's own. */
  readonly secrets: readonly string[];
  readonly account: Account;
  readonly service: Service;
  snapshot(): AwsState;
  /** Throws where anything on the wire was not as AWS has it. */
  close(): void;
}

/** Drives time until `work` is done. */
export async function inTime<T>({ account }: World, work: () => Promise<T>): Promise<T> {
  const now = account.aws.inspect(homeRegion, (call) => call.now);
  const time = new VirtualTime({ now, speed: Number.POSITIVE_INFINITY, seed: 1, busy: account.busy });
  try {
    return await time.run(work());
  } finally {
    time.uninstall();
  }
}

/** The SDK looks for its configuration in files before its first call. */
function readsFiles(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}

function without(resources: Record<string, string[]>, ids: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(resources)
      .map(([type, all]) => [type, all.filter((id) => !ids.includes(id))] as const)
      .filter(([, left]) => left.length > 0),
  );
}

function withoutBookkeeping(requests: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(requests).filter(([operation]) => !/^(dynamodb|states|events):/.test(operation)),
  );
}
