/** What was probably meant by a name that is none: the one that is a slip or two away. */
const mostSlips = 2;

export function nearest(typed: string, names: readonly string[]): string | undefined {
  // Three letters are two slips from too many.
  const most = Math.min(mostSlips, Math.floor(typed.length / 3));
  const close = names
    .map((name) => ({ name, slips: slipsBetween(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ slips }) => slips <= most)
    .sort((one, other) => one.slips - other.slips);
  return close[0]?.name;
}

/** Letters to put in, to take out or to change (Levenshtein). */
function slipsBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > mostSlips) return mostSlips + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [index, there] of [...other].entries())
      next.push(
        Math.min(
          (row[index] as number) + (letter === there ? 0 : 1),
          (row[index + 1] as number) + 1,
          (next[index] as number) + 1,
        ),
      );
    row = next;
  }
  return row.at(-1) as number;
}
