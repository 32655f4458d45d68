/**
 * What of others would stay in the VPC when everything of this environment has left it. Asked while the cluster whose
 * controllers made some of it still exists to take it back: load balancers above all (N4, N10).
 */
import type { Blocker } from '../network/blockers.ts';
import { remainingVpcBlockers } from '../network/remaining-blockers.ts';
import type { RemovalContext, RemovalFindings } from './context.ts';

export async function askNetwork({ target }: RemovalContext): Promise<RemovalFindings> {
  const blockers = oncePerInstance(await remainingVpcBlockers(target)).map(({ id, what, advice }) => ({
    problem: `the VPC holds ${id}: ${what}. What to do: ${advice}`,
    steps: ['vpc'] as const,
  }));
  return { blockers, warnings: [] };
}

/** An instance may have many interfaces, and is one thing to terminate. */
function oncePerInstance(blockers: readonly Blocker[]): Blocker[] {
  const seen = new Set<string>();
  return blockers.filter(({ instanceId }) => {
    if (instanceId === undefined) return true;
    const known = seen.has(instanceId);
    seen.add(instanceId);
    return !known;
  });
}
