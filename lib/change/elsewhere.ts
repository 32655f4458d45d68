/** Is the request about the place the environment is in? The registry keeps one environment of a name. */
import { isNothing } from '#lib/run/block-reservation.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { elsewhere } from './rows/environment.ts';

/** A second one elsewhere would overwrite what is known of the first. Throws InvalidRequestError. */
export function refuseElsewhere(
  item: RegistryItem | undefined,
  name: string,
  what: 'region' | 'account',
  where: string,
): void {
  if (!item || isNothing(item) || item[what] === where) return;
  throw new InvalidRequestError(
    `${what} ${JSON.stringify(where)}: environment ${JSON.stringify(name)} is in ${item[what]} already (W5): ${elsewhere[what].why}. Nothing was made`,
    elsewhere[what].instead,
  );
}
