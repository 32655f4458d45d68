/** A second change of a file system's throughput within a day is refused with the time from when on it is possible. */
import { nextThroughputChange } from '#lib/data/throughput.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import type { Change } from './change.ts';

export function refusedWithinADay(tagged: readonly Tagged[], changes: readonly Change[]): readonly Change[] {
  const next = nextThroughputChange(tagged.find(({ step }) => step === 'efs')?.tags);
  if (!next) return changes;
  return changes.map((change) => {
    const { field, from, to, step } = change;
    const isDecrease = field === 'efs.provisionedThroughput' && Number(to) < Number(from);
    if (field !== 'efs.throughputMode' && !isDecrease) return change;
    return {
      field,
      from,
      to,
      step,
      kind: 'refuse',
      why: `AWS allows it 24 hours after the last change of throughput, from ${next.toISOString()} on`,
      instead: 'run again then, or stay with what it has until then; more throughput is possible at any time',
    };
  });
}
