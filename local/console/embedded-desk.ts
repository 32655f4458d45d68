/** The desk of the embedded account: read from the outside, so that looking takes no call and no time of its own. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { RunEvent } from '#console/api.ts';
import { activeTable } from '#embedded/services/dynamodb/state.ts';
import { listExecutions } from '#embedded/services/states.ts';
import { fleetsIn } from '#lib/fleet/record.ts';
import { environmentsIn, type RegistryItem, type StoredItem } from '#lib/run/registry.ts';
import { type Account, homeRegion, registryTable } from '../account.ts';
import { idleCostADay } from '../costs.ts';
import { type Desk, documentOf, rowsOf } from './desk.ts';
import { fleetOf, fleetRowsOf } from './fleets.ts';
import type { Records } from './records.ts';
import { type FleetRun, fleetRunOf, runOf } from './runs.ts';

export function embeddedDesk(account: Pick<Account, 'aws'>, records: Records): Desk {
  const { aws } = account;
  const runs = () => aws.look(homeRegion, (call) => listExecutions(call).map(runOf));
  const fleets = (): FleetRun[] =>
    aws.look(homeRegion, (call) =>
      listExecutions(call)
        .filter(({ machine }) => machine === 'fleet')
        .map(fleetRunOf),
    );
  const registry = () => {
    const items = storedIn(account);
    return { environments: environmentsIn(items), fleets: fleetsIn(items) };
  };
  return {
    environments: async () => rowsOf(itemsOf(account), runs(), idleCostADay),
    environment: async (name) => {
      const item = itemsOf(account).find(({ environment }) => environment === name);
      return item && documentOf(item, runs(), idleCostADay(item));
    },
    fleets: async () => fleetRowsOf(fleets(), registry()),
    fleet: async (name) => {
      const run = fleets().find(({ execution }) => execution === name);
      const now = aws.look(homeRegion, (call) => call.now);
      return run && fleetOf(run, registry(), now);
    },
    run: async (execution) => {
      const name = execution === 'latest' ? (records.latest() ?? '') : execution;
      return records.family(name).flatMap((one) => {
        const events = records.read(one);
        return [...events, ...untoldEnd(account, events)];
      });
    },
  };
}

/** A process that died could not say how its run ended: the account can, once somebody has settled it. */
export function untoldEnd(account: Pick<Account, 'aws'>, events: readonly RunEvent[]): RunEvent[] {
  const last = events.at(-1);
  if (!last || events.some(({ type }) => type === 'run-ended')) return [];
  const ended = account.aws.look(homeRegion, (call) =>
    listExecutions(call).find(({ name }) => name === last.execution),
  );
  if (!ended || ended.status === 'RUNNING') return [];
  const { status, stoppedAt = last.at, error, cause } = ended;
  return [
    {
      type: 'run-ended',
      sequence: last.sequence + 1,
      execution: last.execution,
      at: stoppedAt,
      status,
      ...(error ? { error } : {}),
      ...(cause ? { cause } : {}),
    },
  ];
}

/** The plan that was last made true. */
export function madePlan(account: Pick<Account, 'aws'>, name: string): RegistryItem['made'] {
  return itemsOf(account).find(({ environment }) => environment === name)?.made;
}

function itemsOf(account: Pick<Account, 'aws'>): RegistryItem[] {
  return environmentsIn(storedIn(account));
}

function storedIn({ aws }: Pick<Account, 'aws'>): StoredItem[] {
  return aws.look(homeRegion, (call) =>
    activeTable(call, registryTable).items.map(
      (item) => unmarshall(item as Parameters<typeof unmarshall>[0]) as StoredItem,
    ),
  );
}
