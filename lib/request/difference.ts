/** What is not as the request wants it: field by field, from what AWS has to what was asked. */
import { isDeepStrictEqual } from 'node:util';

/** `Update` is what the step that owns the field hands to AWS to end the difference; nothing where nobody acts. */
export interface Difference<Update = undefined> {
  /** Where the request says it (`aurora.backupRetentionDays`), or what stands for it where no field does. */
  readonly field: string;
  /** What AWS has; undefined where it says nothing. */
  readonly from: unknown;
  readonly to: unknown;
  readonly update: Update;
}

/** The difference of one field, as a list to be spread: empty where there is none. Lists are told by their members. */
export function difference<Update>(
  field: string,
  from: unknown,
  to: unknown,
  update: Update,
): Difference<Update>[] {
  return isDeepStrictEqual(byMembers(from), byMembers(to)) ? [] : [{ field, from, to, update }];
}

/** What a list of groups or CIDRs says does not hang on its order, and AWS keeps none. */
function byMembers(value: unknown): unknown {
  return Array.isArray(value) ? [...value].sort() : value;
}

/** All differences as one update, for an API that takes them in one call. */
export function updateOf<Update extends object>(differences: readonly Difference<Update>[]): Update {
  return Object.assign({}, ...differences.map(({ update }) => update));
}

/** `aurora.backupRetentionDays from 7 to 14, aurora.deletionProtection from false to true` */
export function describeDifferences(differences: readonly Difference<unknown>[]): string {
  return differences
    .map(({ field, from, to }) => `${field} from ${inWords(from)} to ${inWords(to)}`)
    .join(', ');
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length > 0 ? value.join(' and ') : 'nothing';
  return String(value);
}
