/** Changes as people of this field read plans: `+` made, `~` changed in place, `-/+` replaced, `!` refused. */
import { type Change, type ChangeKind, type ChangeList, changeInWords } from '#lib/change/change.ts';
import { durationInWords, noInterruption } from '#lib/change/row.ts';

const marks: Readonly<Record<ChangeKind, string>> = { add: '+', change: '~', replace: '-/+', refuse: '!' };

/** One line a change, what it means below it, and how many of which kind. */
export function changeLines({ changes, more }: ChangeList): string[] {
  return [
    ...changes.flatMap((change) => [
      `${marks[change.kind].padStart(3)} ${changeInWords(change)}`,
      ...meaningOf(change).map((line) => `      ${line}`),
    ]),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function meaningOf({ kind, why, instead, interrupts, aboutSeconds = 0 }: Change): string[] {
  if (kind === 'refuse') return [`refused: ${why}`, `instead: ${instead}`];
  return [`interrupts ${interrupts ?? noInterruption}; about ${durationInWords(aboutSeconds)}`];
}

/** `1 to add, 2 to change, 0 to replace, 1 refused` */
export function countedInWords(changes: readonly Change[]): string {
  const count = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).length;
  return `${count('add')} to add, ${count('change')} to change, ${count('replace')} to replace, ${count('refuse')} refused`;
}
