/** Nodes are to be made, and their launch template does not show. */
import { visibleWithinSeconds } from '#lib/network/visibility.ts';
import { names } from '#lib/ownership/names.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';

/** `eks-cluster` has seen to it in this run: EC2 shows it late, or somebody has just deleted it. */
export function templateMissing({ environment, elapsedSeconds }: StepContext): StepOutcome {
  const what = `launch template ${names(environment).launchTemplate}`;
  if (elapsedSeconds < visibleWithinSeconds)
    return { ...pending(`${what} is not visible yet`, 2), requested: false };
  throw new ResourceFailedError(`${what} is gone since this run began`, 'run again: it is made anew');
}
