/**
 * After this step the twelve interface endpoints of R18 stand in the endpoints subnet, with private DNS as R19
 * has it and the base default security group of R20 (the EKS group is added by `eks-endpoints`, and never taken
 * off here). A second run recognises them by service and ownership tag. AWS takes such a create every 3.3 seconds
 * after the first four, so each look asks for as many as AWS accepts. Where the request asks for it, an S3 gateway
 * endpoint stands on the EKS route tables besides. `remove` takes them back.
 */
import { EC2Client, type VpcEndpoint } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { expectCalls, QueuedError } from '#lib/aws/gate.ts';
import { clusterGroupIds } from '#lib/eks/cluster-groups.ts';
import {
  createEndpoint,
  deleteEndpoints,
  type EndpointPlace,
  type EndpointService,
  failureOf,
  phaseOf,
  repairOf,
} from '#lib/network/endpoints.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { ageSeconds, findVpcEndpoint, inVpc, listVpcEndpoints } from '#lib/network/observe.ts';
import { defined, type Progress, soonest, type Wait } from '#lib/network/progress.ts';
import { isFresh, keepMade, noteMade, visibleWithinSeconds } from '#lib/network/visibility.ts';
import { doAll } from '#lib/network/work.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { type Duration, isBesideControlPlane, secondsUntilLook } from '#lib/run/cadence.ts';
import { countedAre } from '#lib/run/counted.ts';
import type { Resources } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { steps } from '#lib/run/steps.ts';
import { ensureS3Gateway } from './s3-gateway.ts';

/** Refill of the bucket of CreateVpcEndpoint and ModifyVpcEndpoint (aws-facts 15). */
const callsPerSecond = 0.3;
const callsAtOnce = 4;
/** One to four minutes (aws-facts 0.6). */
const creation: Duration = { soonest: 60, usualFrom: 150, usualTo: 240 };
/** Beside the control plane, which takes far longer: a look when they usually are through, and one when they all are. */
const unhurriedCreation: Duration = { soonest: 150, usualFrom: 240, usualTo: 480 };
const groupSoonestSeconds = 40;
const pollSeconds = 20;
/** What it is noted as that a listing of this run was empty. */
const none = 'endpoints/none';
/** Unless they stood in a queue for longer than that. */
const awaitedPollSeconds = 5;
/** Until then one that failed is replaced; after that its failure is the step's. */
const replaceWithinSeconds = 300;

/** The twelve as AWS lists them now. */
interface Seen {
  readonly all: readonly VpcEndpoint[];
  /** Ours that live, by service suffix. */
  readonly live: ReadonlyMap<string, VpcEndpoint>;
  /** Made by this run, but not listed yet. */
  readonly invisible: ReadonlySet<string>;
  readonly isEmpty: boolean;
}

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const [subnetId] = subnetIdsOf(environment.subnets, resources, (one) => one.group === 'endpoints');
  const place: EndpointPlace = {
    vpcId: known(resources, 'vpcId'),
    subnetId: subnetId!,
    groupId: known(resources, 'defaultSecurityGroupId'),
  };
  const seen = await look(context, place.vpcId);
  const missing = environment.endpointServices.filter(
    ({ suffix }) => !seen.live.has(suffix) && !seen.invisible.has(suffix),
  );
  const { ids, note, isQueued } = await request(context, place, seen, missing);
  const found = {
    endpointIds: { ...resources.endpointIds, ...idsOf(seen.live), ...ids },
    ...noteMade(resources, seen.isEmpty ? [none] : []),
  };
  const asked = Object.keys(ids).length;
  const left = missing.length - asked;
  if (left > 0) {
    return {
      status: 'pending',
      detail: `${environment.endpointServices.length - left} of ${environment.endpointServices.length} endpoints are requested${note}`,
      retryAfterSeconds: Math.ceil(Math.min(left, callsAtOnce) / callsPerSecond),
      resources: found,
      // A place in the queue is a request: nobody comes in between (W1).
      requested: asked > 0 || seen.live.size > 0 || isQueued,
    };
  }
  const repairs = await repair(context, place, seen);
  const gateway = await ensureS3Gateway(context, place.vpcId, seen.all);
  const resourcesNow = withGateway(found, gateway);
  const twelve = repairs ?? comingUp(context, seen, asked);
  const wait = soonest([twelve, gateway?.wait]);
  if (wait) return pending(wait.detail, wait.seconds, resourcesNow);
  return ready(`${seen.live.size} endpoints are available`, resourcesNow);
}

function withGateway(found: Resources, gateway: Progress | undefined): Resources {
  if (!gateway) return found;
  return { ...found, ...defined({ s3GatewayEndpointId: gateway.id }) };
}

function idsOf(live: Seen['live']): Record<string, string> {
  return Object.fromEntries([...live].map(([suffix, endpoint]) => [suffix, endpoint.VpcEndpointId!]));
}

async function look(context: StepContext, vpcId: string): Promise<Seen> {
  const { environment, resources } = context;
  const listed = isAsking(context)
    ? []
    : await listVpcEndpoints(client(EC2Client, environment), inVpc(vpcId));
  const unlisted = Object.entries(resources.endpointIds ?? {}).filter(
    ([, id]) => !listed.some((one) => one.VpcEndpointId === id),
  );
  const isInvisible = ([, id]: [string, string]) => isFresh(resources, id);
  const all = [
    ...listed,
    ...(await readById(
      context,
      unlisted.filter((one) => !isInvisible(one)),
    )),
  ];
  const live = new Map<string, VpcEndpoint>();
  const unwanted: VpcEndpoint[] = [];
  for (const { suffix, serviceName } of environment.endpointServices) {
    const ours = all.filter(
      (one) =>
        one.ServiceName === serviceName &&
        one.VpcEndpointType === 'Interface' &&
        isOwned(one.Tags, environment),
    );
    unwanted.push(...ours.filter((one) => phaseOf(one) === 'failed'));
    // Two runs have two tokens; with S3 nothing else keeps the second from making one more.
    const [kept, ...surplus] = ours
      .filter((one) => ['available', 'coming'].includes(phaseOf(one)))
      .sort((a, b) => (a.VpcEndpointId! < b.VpcEndpointId! ? -1 : 1));
    if (kept) live.set(suffix, kept);
    unwanted.push(...surplus);
  }
  refuseLastingFailure(context, unwanted);
  await deleteEndpoints(environment, unwanted);
  const invisible = new Set(unlisted.filter(isInvisible).map(([suffix]) => suffix));
  return { all, live, invisible, isEmpty: listed.length === 0 };
}

/** This run saw none a moment ago, and is on its way through the twelve: what it has not asked for is not there. */
function isAsking({ environment, resources }: StepContext): boolean {
  const ids = Object.values(resources.endpointIds ?? {});
  const isOnTheWay = ids.length > 0 && ids.length < environment.endpointServices.length;
  return isFresh(resources, none) && isOnTheWay && ids.every((id) => isFresh(resources, id));
}

/** What a listing leaves out although it is old enough to be in it: gone, or listed late. */
async function readById(
  { environment }: StepContext,
  unlisted: readonly [string, string][],
): Promise<VpcEndpoint[]> {
  const found: VpcEndpoint[] = [];
  for (const [, id] of unlisted) {
    const endpoint = await findVpcEndpoint(client(EC2Client, environment), id);
    if (endpoint) found.push(endpoint);
  }
  return found;
}

function refuseLastingFailure({ elapsedSeconds }: StepContext, unwanted: readonly VpcEndpoint[]): void {
  const failed = unwanted.find((one) => phaseOf(one) === 'failed');
  if (!failed || elapsedSeconds < replaceWithinSeconds) return;
  throw new ResourceFailedError(
    `${failed.VpcEndpointId} (${failed.ServiceName}) is ${failed.State}: ${failureOf(failed)}`,
    'remove that cause, then run again',
  );
}

/**
 * Those that are made once EKS has its group, as they stood in a queue, carry it from the beginning (R20): twelve changes
 * less at a rate that is as low as the one they waited for.
 */
async function clusterGroup(context: StepContext, { vpcId }: EndpointPlace): Promise<string[]> {
  const { environment, resources } = context;
  // EKS makes it some forty seconds after it was asked for the control plane.
  if (!resources.clusterName || secondsSinceFirstLook(context) < groupSoonestSeconds) return [];
  const groups = await clusterGroupIds(environment, [vpcId]);
  return groups.length === 1 ? groups : [];
}

/** Asks for the missing ones, until AWS asks to slow down. */
async function request(
  context: StepContext,
  place: EndpointPlace,
  seen: Seen,
  missing: readonly EndpointService[],
): Promise<{ ids: Record<string, string>; note: string; isQueued: boolean }> {
  const ids: Record<string, string> = {};
  let note = '';
  await expectCalls('ec2:CreateVpcEndpoint', missing.length);
  const groupIds = [place.groupId, ...(missing.length > 0 ? await clusterGroup(context, place) : [])];
  for (const service of missing) {
    // Until its predecessor is gone (a failed one is told to go), the service's private DNS name is taken.
    const isPredecessor = (one: VpcEndpoint) =>
      one.VpcEndpointType === 'Interface' &&
      one.ServiceName === service.serviceName &&
      ['leaving', 'failed'].includes(phaseOf(one));
    if (seen.all.some(isPredecessor)) {
      note = `; the predecessor of ${service.suffix} is being deleted`;
      continue;
    }
    const predecessor = context.resources.endpointIds?.[service.suffix];
    const asked = await createEndpoint(context.environment, service, { ...place, groupIds }, predecessor);
    if (asked.answer === 'asked') {
      ids[service.suffix] = asked.id;
      keepMade(context, asked.id, { endpointIds: { [service.suffix]: asked.id } });
      continue;
    }
    // The others have their turns after this one.
    if (asked.error instanceof QueuedError) return { ids, note: '', isQueued: true };
    note = `; AWS answered ${asked.code}`;
    if (asked.answer === 'slow down') break;
    if (asked.answer === 'conflict') refuseConflict(context, seen, service);
    // The step ahead has read both attributes as on; this call may take a minute to see the same.
    if (asked.answer === 'DNS is off' && secondsSinceFirstLook(context) >= visibleWithinSeconds)
      throw asked.error;
  }
  return { ids, note, isQueued: false };
}

/** Queues included: what AWS shows late it shows late all the same. */
function secondsSinceFirstLook({ elapsedSeconds, queuedSeconds = 0 }: StepContext): number {
  return elapsedSeconds + queuedSeconds;
}

/** A call of a run that died may land for another minute, and what it made be listed another minute later. */
const othersVisibleSeconds = 150;

/**
 * A conflict with one of ours that is not listed yet passes; any other stays. Of this run's own we know the ids, and
 * its tokens answer with what they made: one that nobody lists is an earlier run's, and older than this step.
 */
function refuseConflict(context: StepContext, seen: Seen, service: EndpointService): void {
  const { environment } = context;
  const other = seen.all.find(
    (one) =>
      one.ServiceName === service.serviceName && one.PrivateDnsEnabled && !isOwned(one.Tags, environment),
  );
  if (!other && secondsSinceFirstLook(context) < othersVisibleSeconds) return;
  const holder = other
    ? `endpoint ${other.VpcEndpointId}, which does not carry the tags of environment ${environment.name}`
    : 'something that is not an endpoint in it, such as a private hosted zone';
  throw new NotOurResourceError(
    `the private DNS name of ${service.serviceName} is held in this VPC by ${holder}`,
    'remove it, or turn off its private DNS, then run again',
  );
}

/** An endpoint cannot be changed while it is pending. */
async function repair(context: StepContext, place: EndpointPlace, seen: Seen): Promise<Wait | undefined> {
  const ec2 = client(EC2Client, context.environment);
  const changes = context.environment.endpointServices.flatMap((service) => {
    const endpoint = seen.live.get(service.suffix);
    if (!endpoint || phaseOf(endpoint) !== 'available') return [];
    return repairOf(endpoint, service, place.groupId) ?? [];
  });
  if (changes.length === 0) return undefined;
  const notes = await doAll(changes.map((change) => () => ec2.send(change)));
  const why = notes[0] ? `; ${notes[0]}` : '';
  return { detail: `${countedAre(changes.length, 'endpoint')} being changed${why}`, seconds: 5 };
}

function comingUp(context: StepContext, seen: Seen, asked: number): Wait | undefined {
  const { environment, resources } = context;
  const isAwaited = secondsSinceFirstLook(context) > steps['eks-cluster'].ensureTypicalSeconds;
  const pending = [...seen.live.values()].filter((one) => phaseOf(one) !== 'available');
  const open = pending.length + seen.invisible.size + asked;
  if (open === 0) return undefined;
  const ages = pending.map((one) => ageSeconds(one.CreationTimestamp));
  const oldest = Math.max(0, ...ages);
  const youngest = seen.invisible.size + asked > 0 ? 0 : Math.min(...ages);
  const total = environment.endpointServices.length;
  return {
    detail: `${total - open} of ${total} endpoints are available`,
    seconds:
      isBesideControlPlane(resources) && !isAwaited
        ? secondsUntilLook(youngest, unhurriedCreation, pollSeconds)
        : secondsUntilLook(oldest, creation, isAwaited ? awaitedPollSeconds : pollSeconds),
  };
}

export const handler = stepHandler('endpoints', 'ensure', ensure);
