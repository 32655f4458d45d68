/** The add-ons of a cluster whose nodes are ready: asked for, waited for, and at last all seen healthy. */
import {
  type AddOnLook,
  type AddOnName,
  addOnsBesideNodes,
  addOnsOfNetwork,
  addOnsOnNodes,
  ensureAddOns,
  findAddOn,
} from '#lib/eks/add-ons.ts';
import { createdByTag } from '#lib/ownership/tags.ts';
import { type Duration, secondsUntilLook } from '#lib/run/cadence.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { pending, ready, type StepContext, type StepOutcome } from '#lib/run/step.ts';

/** Half a minute to two minutes, and sooner on nodes that have their images (aws-facts 0.6). */
const creation: Duration = { soonest: 15, usualFrom: 15, usualTo: 120 };
/** The whole run waits for them. */
const pollSeconds = 3;

/**
 * Those that run on the nodes come up last: while one of them does, nothing else is asked. But in the look that asks
 * for them the others are seen to, as the EFS driver gets its role from the Pod Identity agent.
 */
export async function settleAddOns(context: StepContext): Promise<StepOutcome> {
  const isOpen = ({ state }: AddOnLook) => state !== 'active';
  const onNodes = await ensureAddOns(context, addOnsOnNodes);
  const isAsked = onNodes.some(({ asked }) => asked);
  const isSeen = onNodes.some(isOpen) && !isAsked;
  const others = isSeen ? [] : await ensureAddOns(context, [...addOnsOfNetwork, ...addOnsBesideNodes]);
  const waiting = [...others, ...onNodes].filter(isOpen);
  const broken = waiting.filter(({ state }) => state === 'broken');
  if (broken.length > 0)
    throw new ResourceFailedError(
      `EKS add-ons whose last update failed: ${sentence(broken)}`,
      'look at the update in the EKS console (Add-ons, Update history), settle what it names and update the add-on there, then run again',
    );
  if (waiting.length === 0) return ready('nodes and add-ons are active');
  const addOnsAwaited = waiting.map(({ name }) => name);
  return pending(`nodes are ready; ${sentence(waiting)}`, isAsked ? creation.soonest : pollSeconds, {
    addOnsAwaited,
  });
}

function sentence(looks: readonly AddOnLook[]): string {
  return looks.map(({ detail }) => detail).join(', ');
}

/**
 * Nodes are ready, and this run has seen that only these add-ons are awaited: while one of them is being made there is
 * nothing else to do, so nothing else is asked. What stood before this run is looked at whole once they are made.
 */
export async function stillMakingAddOns(context: StepContext): Promise<StepOutcome | undefined> {
  const awaited = (context.resources.addOnsAwaited ?? []) as readonly AddOnName[];
  const { environment } = context;
  let areAllOurs = awaited.length > 0;
  for (const [index, name] of awaited.entries()) {
    const found = await findAddOn(environment, name);
    areAllOurs &&= found?.tags?.[createdByTag] === environment.execution;
    if (found?.status === 'ACTIVE') continue;
    if (found?.status !== 'CREATING') return undefined;
    const ageSeconds = found.createdAt ? (Date.now() - found.createdAt.getTime()) / 1000 : creation.soonest;
    return pending(
      `nodes are ready; waiting for ${awaited.slice(index).join(', ')}`,
      secondsUntilLook(ageSeconds, creation, pollSeconds),
      { addOnsAwaited: awaited.slice(index) },
    );
  }
  // What this run has made is as it wants it, and the others were seen active when these were asked for.
  return areAllOurs ? ready('nodes and add-ons are active', { addOnsAwaited: [] }) : undefined;
}
