/** A fleet at the front door: how it goes, environment by environment. */
import type { z } from 'zod';
import { countsOf, type FleetRecord } from '#lib/fleet/record.ts';
import type { fleet, run } from './schema.ts';

export function fleetUrl(execution: string): string {
  return `/fleets/${execution}`;
}

export function fleetView(
  execution: string,
  going: z.infer<typeof run>,
  record: FleetRecord | undefined,
): z.infer<typeof fleet> {
  if (!record) return { execution, run: going };
  const { succeeded, failed, notStarted, unknown } = countsOf(record);
  return {
    execution,
    run: going,
    fleet: record.fleet,
    action: record.action,
    environments: record.environments.length,
    succeeded,
    failed,
    notStarted,
    // Of one that broke off the ends are written some time later.
    underWay: going.status === 'RUNNING' ? unknown : [],
    stopAt: record.stopAt,
    predictedEnd: record.predictedEnd,
    ...(record.endedAt ? { endedAt: record.endedAt } : {}),
    ...(record.failure ? { failure: record.failure } : {}),
    ends: record.ends,
  };
}
