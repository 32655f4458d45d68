/**
 * What stands in the way of a removal. AWS only says DependencyViolation; this asks who: network interfaces,
 * load balancers, and whatever else somebody put into the VPC. What is known to be safe is deleted, what goes by
 * itself is waited for, and of the rest each is named with what to do about it.
 */
import { EC2Client, type Filter, type NetworkInterface } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { RemovalBlockedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import type { Blocker } from './blocker.ts';
import { blockerOf } from './interfaces-in-the-way.ts';
import { findLoadBalancers, type LoadBalancerSeen } from './load-balancers.ts';
import { listNetworkInterfaces } from './observe.ts';
import { deleteAll } from './work.ts';

/** Interfaces in this VPC that `filters` and `matters` choose, and the load balancers they belong to. */
export async function findInterfaceBlockers(
  environment: EnvironmentTarget,
  vpcId: string,
  filters: Filter[],
  matters: (one: NetworkInterface) => boolean = () => true,
): Promise<Blocker[]> {
  const ec2 = client(EC2Client, environment);
  const interfaces = (await listNetworkInterfaces(ec2, filters)).filter(matters);
  const balancers = interfaces.some((one) => one.Description?.startsWith('ELB '))
    ? await findLoadBalancers(environment, vpcId)
    : [];
  const ofBalancer = (description: string | undefined) =>
    balancers.find((balancer) => description === balancer.interfaceDescription);
  const involved = new Set(
    interfaces.map((one) => ofBalancer(one.Description)).filter((one) => one !== undefined),
  );
  return [
    ...[...involved].map(balancerBlocker),
    ...interfaces
      .filter((one) => !ofBalancer(one.Description))
      .map((one) => blockerOf(ec2, environment, one)),
  ];
}

function balancerBlocker({ id, name, madeFor }: LoadBalancerSeen): Blocker {
  return {
    kind: 'foreign',
    id,
    what: madeFor ? `load balancer ${name}, made by Kubernetes for ${madeFor}` : `load balancer ${name}`,
    advice: 'delete it in the EC2 console (its Service or Ingress first, while the cluster still exists)',
  };
}

/** Others may still be on their way out of sight when AWS is first asked. */
const foreignSettleSeconds = 30;
/** After that a removal that waits for something to go by itself gives up and says for what. */
const defaultGraceSeconds = 600;

/**
 * One look at a removal that `what` AWS refused: deletes what is safe, waits for what goes by itself, and throws
 * RemovalBlockedError when only others can help, or after the grace (ten minutes).
 */
export async function clearTheWay(
  { elapsedSeconds }: Pick<StepContext, 'elapsedSeconds'>,
  what: string,
  blockers: readonly Blocker[],
  graceSeconds = defaultGraceSeconds,
): Promise<StepOutcome> {
  const removable = blockers.filter((blocker) => blocker.remove);
  if (removable.length > 0 && elapsedSeconds <= graceSeconds) {
    await deleteAll(removable.map((blocker) => blocker.remove!));
    for (const blocker of removable) log.info('blocker deleted', { id: blocker.id, what: blocker.what });
    return pending(`${what} was held by ${listOf(removable)}, now deleted`, 5);
  }
  const onlyForeign = blockers.length > 0 && blockers.every((blocker) => blocker.kind === 'foreign');
  if (elapsedSeconds > graceSeconds || (onlyForeign && elapsedSeconds >= foreignSettleSeconds))
    throw blocked(what, blockers);
  return pending(`${what} is held by ${listOf(blockers)}`, 15);
}

function listOf(blockers: readonly Blocker[]): string {
  if (blockers.length === 0) return 'something AWS does not name';
  const named = blockers.slice(0, 3).map((blocker) => `${blocker.id} (${blocker.what})`);
  const others = blockers.length - named.length;
  return named.join(', ') + (others > 0 ? ` and ${others} more` : '');
}

function blocked(what: string, blockers: readonly Blocker[]): RemovalBlockedError {
  const list =
    blockers.length > 0
      ? blockers.map(({ id, what: is, advice }) => `${id}: ${is}; ${advice}`).join(' | ')
      : 'AWS names no dependency that this program knows; look at the VPC in the console';
  return new RemovalBlockedError(
    `${what} cannot be deleted yet; in the way: ${list}`,
    'clear these, then run the removal again; it goes on from here',
  );
}
