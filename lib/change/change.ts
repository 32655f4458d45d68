/** What a run would do about one difference, or why it is refused. */

import type { Difference } from '#lib/request/difference.ts';
import { bounds, cut } from '#lib/run/bounds.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import type { InPlace } from '#lib/run/registry.ts';
import type { StepName } from '#lib/run/steps.ts';

/**
 * - `add`: something is made beside what is there.
 * - `change`: AWS changes it in place.
 * - `replace`: made anew beside, then the old one goes.
 * - `refuse`: not done; the run ends before its first change.
 */
export type ChangeKind = 'add' | 'change' | 'replace' | 'refuse';

export interface Change extends Omit<Difference, 'update'> {
  readonly kind: ChangeKind;
  readonly step: StepName;
  /** What people notice of it. */
  readonly interrupts?: string;
  readonly aboutSeconds?: number;
  /** AWS takes it no way back. */
  readonly forGood?: true;
  /** Of a refusal: what stands against it, and what to do. */
  readonly why?: string;
  readonly instead?: string;
}

/** `aurora.instanceClass: db.t3.medium → db.r6g.large` */
export function changeInWords({ field, from, to }: Pick<Change, 'field' | 'from' | 'to'>): string {
  return `${field}: ${inWords(from)} → ${inWords(to)}`;
}

/** Of a list, what a rollback does not bring back, in the form the registry keeps. */
export function inPlace(changes: readonly Change[]): InPlace[] {
  return changes
    .filter(({ kind }) => kind === 'change' || kind === 'replace')
    .map(({ step, field, from, to, forGood }) => ({
      step,
      field,
      words: changeInWords({ field, from, to }),
      ...(forGood ? { forGood } : {}),
    }));
}

export function inWords(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'none';
  return String(value);
}

/** A change of the kind `refuse`, which says both, for the list a run is refused with. */
export function refusalOf(refused: Pick<Change, 'field' | 'from' | 'to' | 'why' | 'instead'>): Finding {
  return { what: `${changeInWords(refused)}: ${refused.why}`, todo: refused.instead as string };
}

export const mostChanges = bounds.changes;

export interface ChangeList {
  readonly changes: readonly Change[];
  readonly more: number;
}

export function bounded(changes: readonly Change[]): ChangeList {
  const shown = changes.slice(0, mostChanges).map((one) => ({
    ...one,
    ...('from' in one ? { from: shortValue(one.from) } : {}),
    ...('to' in one ? { to: shortValue(one.to) } : {}),
  }));
  return { changes: shown, more: changes.length - shown.length };
}

/** Lists are told in words; one that is long is cut. */
function shortValue(value: unknown): unknown {
  const words = inWords(value);
  return words.length > bounds.valueCharacters ? cut(words, bounds.valueCharacters) : value;
}
