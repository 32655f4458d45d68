/** A look for drift at an environment: all that AWS says of it, against the plan that the last run made true. */
import { remembering } from '#lib/aws/memory.ts';
import { together } from '#lib/aws/reads.ts';
import { flawsOfSurroundings } from '#lib/eks/surroundings.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Drift } from '#lib/run/registry.ts';
import { observe } from '#lib/verify/observe.ts';
import { driftOf } from './drift.ts';
import { observeTags } from './tagged.ts';

export function lookForDrift(made: EnvironmentPlan): Promise<Drift[]> {
  return remembering(async () => {
    const looks = [observe(made), observeTags(made), flawsOfSurroundings(made)] as const;
    return driftOf(made, ...(await together(looks)));
  });
}
