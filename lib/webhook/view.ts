/** What the registry knows of an environment, as the front door shows it: no request, and of the lock only whose it is. */
import type { z } from 'zod';
import { bounds } from '#lib/run/bounds.ts';
import { progressOf, queueOf } from '#lib/run/progress.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { estimatedEnd } from './estimate.ts';
import type { environment, environments } from './schema.ts';

export type EnvironmentView = z.infer<typeof environment>;
type Entry = z.infer<typeof environments>['environments'][number];

export function statusUrl(name: string, execution?: string): string {
  return `/environments/${name}${execution ? `?execution=${execution}` : ''}`;
}

export function environmentView(item: RegistryItem, now: number): EnvironmentView {
  const { environment, status, region, account, lock, readyAt, updatedAt } = item;
  const end = estimatedEnd(item, now);
  const endsAt = end === undefined ? undefined : new Date(end).toISOString();
  return {
    environment,
    status,
    region,
    account,
    ...(lock ? { execution: lock.name, startedAt: lock.since } : {}),
    ...(endsAt ? { [status === 'PROVISIONING' ? 'estimatedReadyAt' : 'estimatedGoneAt']: endsAt } : {}),
    ...(readyAt ? { readyAt } : {}),
    updatedAt,
    steps: stepsOf(item),
    ...(item.outputs ? { outputs: item.outputs as Record<string, unknown> } : {}),
    ...(item.failure ? { failure: item.failure } : {}),
    ...(item.drift ? { drift: { ...item.drift, differences: [...item.drift.differences] } } : {}),
  };
}

function stepsOf(item: RegistryItem): EnvironmentView['steps'] {
  return progressOf(item).map(({ step, status, since, at, detail, queue }) => ({
    step,
    status,
    since,
    at,
    detail,
    ...(queue ? { queue } : {}),
  }));
}

function entryOf(item: RegistryItem): Entry {
  const { environment, status, region, account, lock, updatedAt } = item;
  const queue = lock ? queueOf(item) : undefined;
  return {
    environment,
    status,
    region,
    account,
    ...(lock ? { execution: lock.name } : {}),
    ...(queue ? { queue } : {}),
    updatedAt,
    statusUrl: statusUrl(environment),
  };
}

export function listView(items: readonly RegistryItem[]): { environments: Entry[]; more: number } {
  const environments = items
    .map((item) => entryOf(item))
    .sort((one, other) => (one.environment < other.environment ? -1 : 1));
  return {
    environments: environments.slice(0, bounds.environments),
    more: Math.max(0, environments.length - bounds.environments),
  };
}
