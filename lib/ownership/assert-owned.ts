/** The one refusal that every data service shares. */
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import { isOwned } from './tags.ts';

/** Refuses to go on with something that has our name but not our tags. `what`: "cluster aoscloud-dev-aurora". */
export function assertOwned(
  what: string,
  tags: Parameters<typeof isOwned>[0],
  environment: Pick<EnvironmentTarget, 'name'>,
): void {
  if (isOwned(tags, environment)) return;
  throw new NotOurResourceError(
    `${what} exists already and does not belong to environment ${environment.name}`,
    'remove or rename it, or choose another environment name, then run again',
  );
}
