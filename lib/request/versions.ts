/** Versions as AWS writes them: numbers with points between. */

function parts(version: unknown): number[] {
  return String(version).split('.').map(Number);
}

export function majorOf(version: unknown): number {
  return parts(version)[0] ?? 0;
}

/** Below, at or above 0. A part that one of them leaves out is equal: 7.1 is 7.1.0. */
export function compareVersions(one: unknown, other: unknown): number {
  const [ours, theirs] = [parts(one), parts(other)];
  for (let index = 0; index < Math.min(ours.length, theirs.length); index += 1) {
    const between = (ours[index] as number) - (theirs[index] as number);
    if (between !== 0) return between;
  }
  return 0;
}

/** Of Kubernetes: is `to` the version after `from`? */
export function isNextMinor(from: unknown, to: unknown): boolean {
  const [before, after] = [parts(from), parts(to)];
  return before[0] === after[0] && after[1] === (before[1] ?? 0) + 1;
}
