/**
 * Every hour: the environments that nobody looked at for a day, or as long as the stage says. What is not as the last
 * run left it goes into the registry, and where it is news onto the event bus. Changes nothing of an environment.
 */
import { bounded, saysTheSame } from '#lib/change/drift.ts';
import { lookForDrift } from '#lib/change/drift-look.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { emit } from '#lib/run/events.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import { type DriftList, listEnvironments, type RegistryItem, recordDrift } from '#lib/run/registry.ts';

/** Of the sixty an invocation has; a look takes a few. */
const lastLookSeconds = 40;

/** The number of differences, by environment looked at. */
export async function drift(): Promise<Record<string, number>> {
  const startedAt = Date.now();
  const due = (await listEnvironments()).filter(isDue).sort((one, other) => lookedAt(one) - lookedAt(other));
  const found: Record<string, number> = {};
  for (const item of due) {
    if (Date.now() - startedAt > lastLookSeconds * 1000) {
      log.warn('not all environments were looked at', { left: due.length - Object.keys(found).length });
      break;
    }
    const count = await look(item);
    if (count !== undefined) found[item.environment] = count;
  }
  return found;
}

/** Made true once, standing, and nobody at work on it. */
function isDue(item: RegistryItem): item is RegistryItem & { readonly made: EnvironmentPlan } {
  if (!item.made || item.lock || !['READY', 'FAILED'].includes(item.status)) return false;
  const hours = Number(process.env.DRIFT_EVERY_HOURS ?? 24);
  return Date.now() - lookedAt(item) >= hours * 3_600_000;
}

function lookedAt({ drift: last, readyAt = '' }: RegistryItem): number {
  return Date.parse(last?.at ?? readyAt) || 0;
}

/** Undefined where it could not be looked at, which is no reason to leave the others out. */
async function look(item: RegistryItem & { readonly made: EnvironmentPlan }): Promise<number | undefined> {
  const { environment, made, drift: last } = item;
  try {
    const list: DriftList = bounded(await lookForDrift(made));
    const recorded = await recordDrift(environment, { at: new Date().toISOString(), ...list });
    if (recorded && list.differences.length > 0 && !saysTheSame(list, last))
      await emit('Environment Drifted', {
        environment,
        region: made.region,
        account: made.account,
        execution: made.execution,
        drift: list,
      });
    return list.differences.length + list.more;
  } catch (error) {
    log.warn('not looked at', { environment, error: error as Error });
    return undefined;
  }
}

export const handler = lambdaHandler('drift', drift);
