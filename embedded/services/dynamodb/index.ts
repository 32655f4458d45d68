/** DynamoDB: tables with a simple or composite key, items, and expressions over them. No indexes, streams or transactions. */
import type { ServiceModel } from '#embedded/model.ts';
import { itemOperations } from './items.ts';
import { queryOperations } from './queries.ts';
import { tableEvents, tableOperations } from './tables.ts';

export const dynamodb: ServiceModel = {
  service: 'dynamodb',
  operations: { ...tableOperations, ...itemOperations, ...queryOperations },
  events: tableEvents,
};
