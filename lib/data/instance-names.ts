/**
 * Which instances of a cluster are the plan's: those of our names up to its number, whoever made them, and beyond it those
 * that carry our tags too. The step, the comparison before a run and the look for drift judge the same ones. Pure.
 */

/** The name of the n-th planned instance, counted from 1. */
export function instanceIdentifier(cluster: string, ordinal: number): string {
  return `${cluster}-${ordinal}`;
}

/** Which of our instances it is by its name, counted from 1; 0 for one of another name. */
export function ordinalOf(cluster: string, instance = ''): number {
  const ordinal = Number(instance.slice(cluster.length + 1));
  return ordinal >= 1 && instanceIdentifier(cluster, ordinal) === instance ? ordinal : 0;
}

export function isPlanned(cluster: string, count: number, instance: string | undefined): boolean {
  const ordinal = ordinalOf(cluster, instance);
  return ordinal > 0 && ordinal <= count;
}
