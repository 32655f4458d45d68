/** The desk of the embedded account: read from the outside, so that looking takes no call and no time of its own. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { activeTable } from '#embedded/services/dynamodb/state.ts';
import { listExecutions } from '#embedded/services/states.ts';
import { isEnvironmentName } from '#lib/run/environment-name.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { type Account, homeRegion, registryTable } from '../account.ts';
import { idleCostADay } from '../costs.ts';
import { type Desk, documentOf, rowsOf } from './desk.ts';
import type { Records } from './records.ts';
import { runOf } from './runs.ts';

export function embeddedDesk(account: Pick<Account, 'aws'>, records: Records): Desk {
  const runs = () => account.aws.look(homeRegion, (call) => listExecutions(call).map(runOf));
  return {
    environments: async () => rowsOf(itemsOf(account), runs(), idleCostADay),
    environment: async (name) => {
      const item = itemsOf(account).find(({ environment }) => environment === name);
      return item && documentOf(item, runs(), idleCostADay(item));
    },
    run: async (execution) =>
      records.readTogether(execution === 'latest' ? (records.latest() ?? '') : execution),
  };
}

/** The plan that was last made true. */
export function madePlan(account: Pick<Account, 'aws'>, name: string): RegistryItem['made'] {
  return itemsOf(account).find(({ environment }) => environment === name)?.made;
}

function itemsOf({ aws }: Pick<Account, 'aws'>): RegistryItem[] {
  return aws.look(homeRegion, (call) =>
    activeTable(call, registryTable)
      .items.map((item) => unmarshall(item as Parameters<typeof unmarshall>[0]) as RegistryItem)
      .filter(({ environment }) => isEnvironmentName(environment)),
  );
}
