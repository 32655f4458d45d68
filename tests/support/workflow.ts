/** Whole runs on the embedded AWS, in memory and on virtual time. */
import { afterEach } from 'vitest';
import type { EngineOptions } from '#embedded/engine.ts';
import { type AwsState, emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { configureClients } from '#lib/aws/clients.ts';
import { type Account, abortAbandoned, openAccount } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';
import { isMutating } from '#local/report.ts';
import type { MachineName } from '#local/runner.ts';
import { type Simulated, type Simulation, simulate } from '#local/simulate.ts';
import { startOfTime } from './embedded.ts';

export const devRequest = {
  environment: 'dev',
  region: 'eu-central-1',
  vpcCidr: '10.231.0.0/16',
  size: 'small',
};
export const devRemoval = { environment: 'dev', region: 'eu-central-1', confirm: 'dev' };

export interface Run extends Simulated {
  readonly account: Account;
  readonly store: MemoryStore;
  readonly resources: Record<string, string[]>;
  /** Calls about the environment that change something. */
  readonly mutating: number;
}

export interface RunOptions {
  readonly from?: AwsState;
  /** The process that worked on `from` died. */
  readonly abandoned?: boolean;
  readonly inject?: EngineOptions['inject'];
  readonly observe?: (store: MemoryStore, ...call: Parameters<NonNullable<EngineOptions['observe']>>) => void;
  readonly authorize?: EngineOptions['authorize'];
  readonly seed?: number;
  readonly name?: string;
  readonly onEvent?: Simulation['onEvent'];
}

afterEach(() => configureClients({}));

/** An account nobody has used. */
export function freshAccount(seed = 1): AwsState {
  return emptyState(seed, startOfTime);
}

/** Runs a machine to its end; the state it began with stays as it was. */
export async function runMachine(
  machine: MachineName,
  input: unknown,
  options: RunOptions = {},
): Promise<Run> {
  const store = new MemoryStore(structuredClone(options.from ?? freshAccount(options.seed)));
  const account = openAccount({
    store,
    latencySeconds: 0.2,
    authorize: options.authorize,
    observe: options.observe && ((...call) => options.observe?.(store, ...call)),
  });
  if (options.abandoned) abortAbandoned(account);
  account.aws.inject = options.inject;
  const { seed = 1, name, onEvent } = options;
  const simulated = await simulate(account, { machine, input, seed, name, onEvent });
  account.aws.inject = undefined;
  const mutating = Object.entries(account.requests()).reduce(
    (sum, [operation, count]) => sum + (isMutating(operation) ? count : 0),
    0,
  );
  return { ...simulated, account, store, resources: inventoryOf(account), mutating };
}

/** How many there are of each type; interfaces come and go with what they belong to. */
export function countsOf(resources: Record<string, string[]>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(resources)
      .filter(([type]) => type !== 'ec2:network-interface')
      .map(([type, ids]) => [type, ids.length]),
  );
}
