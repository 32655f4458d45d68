/** A request against what exists, field by field: what a run would do, and what it would refuse. Pure. */
import { type Change, changeInWords } from './change.ts';
import type { Case, ComparedRow, FieldDifference, FieldPath, Situation, Wished } from './row.ts';
import { fields, isCompared, table } from './table.ts';

export interface Comparison {
  /** In the order of the request's fields. */
  readonly changes: readonly Change[];
  /** What stays as it is although the request says otherwise. */
  readonly warnings: readonly string[];
}

export function compare(situation: Situation): Comparison {
  const found = fields.flatMap((field) => {
    const row = table[field];
    if (!isCompared(row)) return [];
    return row.differences(situation).map((difference) => judged(field, row, difference, situation.request));
  });
  return {
    changes: found.filter((one): one is Change => typeof one !== 'string'),
    warnings: found.filter((one) => typeof one === 'string'),
  };
}

/** A change, or the warning that what is there stays. */
function judged(
  path: FieldPath,
  row: ComparedRow,
  { member, from, to }: FieldDifference,
  request: Wished,
): Change | string {
  const field = member === undefined ? path : `${path}[${member}]`;
  const decided = caseOf(row, from, to, request);
  if (decided.kind === 'keep') return `${changeInWords({ field, from, to })}: it stays; ${decided.why}`;
  const { kind } = decided;
  const says =
    kind === 'refuse'
      ? { why: decided.why, instead: decided.instead }
      : {
          interrupts: decided.interrupts,
          aboutSeconds: decided.aboutSeconds,
          ...(decided.forGood ? { forGood: decided.forGood } : {}),
        };
  return { field, from, to, kind, step: row.step, ...says };
}

function caseOf(row: ComparedRow, from: unknown, to: unknown, request: Wished): Case {
  return row.cases.find(({ fits }) => fits?.(from, to, request) ?? true) as Case;
}
