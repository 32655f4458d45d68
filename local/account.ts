/**
 * The account a command works on: the embedded AWS under the SDK clients, or (with an endpoint) the real SDK over
 * HTTP, with only the service's own registry and executions embedded.
 */

import { EmbeddedAws, type EngineOptions, homeAccount } from '#embedded/engine.ts';
import type { Call } from '#embedded/model.ts';
import { nextRandom } from '#embedded/random.ts';
import { placeTable } from '#embedded/services/dynamodb/state.ts';
import { placeRole } from '#embedded/services/iam/roles.ts';
import { services } from '#embedded/services/index.ts';
import {
  abortAbandonedExecutions,
  finishExecution,
  recordExecution,
  registerMachine,
} from '#embedded/services/states.ts';
import type { Store } from '#embedded/store.ts';
import { configureClients, operationName } from '#lib/aws/clients.ts';
import { forgetQueues } from '#lib/run/budget.ts';
import { EndpointCalls } from './endpoint.ts';
import { type RunLock, takeFolder, whileUnused } from './run-lock.ts';
import type { AnyMachine, ExecutionBook, RunResult } from './runner.ts';
import { type FolderStore, makeFolder, openStore } from './state-folder.ts';

/** The region of the service itself: its registry and its machines. */
export const homeRegion = 'eu-central-1';
/** The clients of the service's own bookkeeping, which stays embedded when an endpoint is given. */
export const ownClients = new Set(['DynamoDBClient', 'SFNClient', 'EventBridgeClient']);
export const registryTable = 'aoscloud-environments';

export interface AccountOptions {
  readonly store: Store;
  readonly throttle?: boolean;
  /** The share of each of AWS's rates that somebody else uses. */
  readonly usedByOthers?: number;
  /** Seconds an embedded call takes on the virtual clock. */
  readonly latencySeconds?: number;
  /** Judges every call by the policies of who makes it (permissions.ts). */
  readonly authorize?: EngineOptions['authorize'];
  /** Sees every call the embedded AWS has answered. */
  readonly observe?: EngineOptions['observe'];
  /** Any AWS-compatible endpoint, instead of the embedded AWS. */
  readonly endpoint?: string;
}

export interface Account {
  readonly aws: EmbeddedAws;
  readonly book: ExecutionBook;
  /** True while a call waits for I/O. */
  readonly busy: () => boolean;
  /** Calls so far by operation, without the service's own bookkeeping. */
  readonly requests: () => Record<string, number>;
  readonly close: () => void;
  /** Rejects when what happens on the account can no longer be kept. */
  readonly broken?: Promise<never>;
}

/** Opens the account and points every SDK client at it. */
export function openAccount(options: AccountOptions): Account {
  const aws = new EmbeddedAws({
    store: options.store,
    services,
    operationName,
    throttle: options.throttle ?? true,
    usedByOthers: options.usedByOthers ?? 0,
    latencySeconds: options.latencySeconds ?? 0,
    observe: options.observe,
    authorize: options.authorize,
  });
  const calls = options.endpoint ? new EndpointCalls(options.endpoint) : undefined;
  const embedded = { config: aws.clientConfig, plugin: aws.plugin };
  const remote = calls ? { config: calls.clientConfig, plugin: calls.plugin } : embedded;
  configureClients((className) => (ownClients.has(className) ? embedded : remote));
  forgetQueues();
  arrangeService(aws);
  return {
    aws,
    book: book(aws),
    busy: () => aws.busy || (calls?.busy ?? false),
    requests: () => withoutBookkeeping({ ...aws.requests, ...calls?.requests }),
    close: () => options.store.close(),
  };
}

/** What a deployment would have made: the registry table, both machines, and where handlers find them. */
export function arrangeService(aws: EmbeddedAws): void {
  const machineArn = (machine: AnyMachine) =>
    `arn:aws:states:${homeRegion}:${homeAccount}:stateMachine:${machine}`;
  Object.assign(process.env, {
    AWS_REGION: homeRegion,
    REGISTRY_TABLE: registryTable,
    PROVISION_STATE_MACHINE_ARN: machineArn('provision'),
    DEPROVISION_STATE_MACHINE_ARN: machineArn('deprovision'),
    FLEET_STATE_MACHINE_ARN: machineArn('fleet'),
  });
  aws.inspect(homeRegion, (call) => {
    placeTable(call, { name: registryTable, partitionKey: { name: 'environment', type: 'S' } });
    for (const name of ['provision', 'deprovision', 'fleet']) registerMachine(call, { name });
    placePeople(call);
  });
}

/** The account has people in it: the role the examples name as administrator of a cluster. */
function placePeople(call: Call): void {
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${call.account}:root` },
    Action: 'sts:AssumeRole',
  };
  placeRole(call, {
    name: 'platform-admin',
    path: '/',
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
}

/**
 * Opens the account kept in `folder`, to look at it. What a process that died left running is marked as aborted, unless
 * another one works on the folder.
 */
export function openFolder(
  folder: string,
  seed: number,
  options: Omit<AccountOptions, 'store'> = {},
): Account {
  const account = openAccount({ ...options, store: openStore(folder, seed, Date.now()) });
  whileUnused(folder, () => abortAbandoned(account));
  return account;
}

/** The same to run executions, which one process at a time does. Throws `FolderInUseError` where another one does. */
export function workInFolder(
  folder: string,
  seed: number,
  options: Omit<AccountOptions, 'store'> = {},
): Account {
  makeFolder(folder);
  const lock = takeFolder(folder);
  try {
    const store = openStore(folder, seed, Date.now());
    store.keepCopy();
    const account = openAccount({ ...options, store });
    abortAbandoned(account);
    return { ...account, broken: store.broken, close: () => closeFolder(account, store, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function closeFolder(account: Account, store: FolderStore, lock: RunLock): void {
  store.keepCopy();
  account.close();
  lock.release();
}

/** Only one process runs executions on an account: with the account in our hand, those under way are nobody's. */
export function abortAbandoned({ aws }: Pick<Account, 'aws'>): void {
  aws.inspect(homeRegion, abortAbandonedExecutions);
}

/** Keeps executions in the embedded Step Functions; `machineName`: what each machine is called there. */
export function book(
  aws: EmbeddedAws,
  machineName = (machine: AnyMachine): string => machine,
): ExecutionBook {
  return {
    started: (machine, name, input) =>
      aws.inspect(homeRegion, (call) =>
        recordExecution(call, { machine: machineName(machine), name, input }),
      ),
    finished: (arn, result: RunResult) =>
      aws.inspect(homeRegion, (call) => finishExecution(call, arn, result)),
  };
}

const bookkeeping = /^(dynamodb|states|events):/;

function withoutBookkeeping(requests: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(requests)
      .filter(([operation]) => !bookkeeping.test(operation))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** An execution name of our own: readable, and new every time. */
export function executionName(environment: string, machine: AnyMachine): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  const random = { seed: (Date.now() ^ process.pid) | 0 };
  const suffix = Math.floor(nextRandom(random) * 0x1000000)
    .toString(16)
    .padStart(6, '0');
  return `${environment}-${machine}-${time}-${suffix}`;
}
