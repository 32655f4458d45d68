/**
 * After this step the environment has one VPC of the planned block with DNS support and hostnames (R1, R5) and
 * the sixteen subnets of the plan (R6–R12); its default security group and main route table carry our tags.
 * A second run recognises the VPC by ownership tag and the subnets by block and tag, and makes what is missing.
 * `remove` takes it all back.
 */
import {
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeVpcAttributeCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
  type Vpc,
} from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import { together } from '#lib/aws/reads.ts';
import { vpcStates } from '#lib/aws/statuses.ts';
import {
  findVpc,
  inVpc,
  listRouteTables,
  listSecurityGroups,
  listSubnets,
  listVpcs,
} from '#lib/network/observe.ts';
import { chooseOne, createWithoutToken, lostAnswerSeconds } from '#lib/network/one-of-a-kind.ts';
import { overlapsOf } from '#lib/network/overlap.ts';
import { defined } from '#lib/network/progress.ts';
import { isFresh, keepMade, noteMade } from '#lib/network/visibility.ts';
import { deleteAll, doAll, type Work } from '#lib/network/work.ts';
import { withTags } from '#lib/ownership/tagged.ts';
import {
  componentTag,
  createdByTag,
  environmentTag,
  isOwned,
  tagList,
  tagSpecifications,
  tagValue,
} from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { assertKnownStatus } from '#lib/run/known-status.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { ensureFlowLog } from './flow-logs.ts';
import { createSubnet, planned, refuseForeignSubnets, subnetWork } from './subnets.ts';
import { tagNetwork } from './tags.ts';

const vpcComponent = 'vpc';
const lookAgainSeconds = 1;
/** CreateSubnet has a bucket of fifty, and the control plane waits for all sixteen. */
const concurrency = 8;
/** EC2 lists what was made after some seconds, and only then it can be furnished further. */
const listedSeconds = 2;
/** What the attribute is noted as, once this run has set it. */
const hostnames = 'vpc/dns-hostnames';
/** What every VPC comes with, by its component: noted so, too, once this run has tagged it. */
const tagged = { group: 'security-group/default', table: 'route-table/main' } as const;

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const ec2 = client(EC2Client, environment);
  const all = await listVpcs(ec2, []);
  const vpc = (await ownVpc(ec2, environment, all)) ?? (await unlisted(ec2, resources.vpcId));
  if (!vpc) {
    if (isFresh(resources, resources.vpcId))
      return pending(`VPC ${resources.vpcId} is not visible yet`, lookAgainSeconds);
    return createVpc(context);
  }
  const vpcId = vpc.VpcId!;
  refuseAnotherBlock(environment, vpc);
  refuseOverlap(environment, vpc, all);
  assertKnownStatus(`VPC ${vpcId}`, vpcStates, vpc.State);
  if (vpc.State !== 'available') return pending(`VPC ${vpcId} is ${vpc.State}`, lookAgainSeconds, { vpcId });

  const contents = await contentsOf(context, vpcId);
  refuseForeignSubnets(environment, vpcId, contents.subnets);
  const furnished = await furnish(context, vpc, contents);
  if (furnished) return furnished;
  const found = {
    vpcId,
    ...noteMade(resources, []),
    defaultSecurityGroupId: contents.defaultGroup!.GroupId!,
    mainRouteTableId: contents.mainTable!.RouteTableId!,
    subnetIds: Object.fromEntries(
      environment.subnets.map((plan) => [plan.component, planned(plan, contents.subnets)!.SubnetId!]),
    ),
  };
  const unfinished = environment.subnets.find(
    (plan) => planned(plan, contents.subnets)?.State !== 'available',
  );
  if (unfinished) return pending(`subnet ${unfinished.cidr} is pending`, lookAgainSeconds, found);
  const recording = await ensureFlowLog(context, vpc);
  if (recording) return { ...recording, resources: { ...found, ...recording.resources } };
  return ready(`VPC ${vpcId} has its ${environment.subnets.length} subnets`, found);
}

/** Sets and makes what is missing; undefined where nothing is. */
async function furnish(context: StepContext, vpc: Vpc, contents: Contents): Promise<StepOutcome | undefined> {
  const { environment, resources } = context;
  const ec2 = client(EC2Client, environment);
  const vpcId = vpc.VpcId!;
  const toMake = environment.subnets.filter((plan) => !planned(plan, contents.subnets));
  const missing = toMake.filter(({ component }) => !isFresh(resources, resources.subnetIds?.[component]));
  await expectCalls('ec2:CreateSubnet', missing.length);
  const work = [
    ...missing.map((plan) => async () => {
      const id = await createSubnet(ec2, environment, vpcId, plan);
      keepMade(context, id, { subnetIds: { [plan.component]: id } });
    }),
    ...tagWork(context, vpc, contents),
    ...environment.subnets.flatMap((plan) => subnetWork(ec2, plan, contents.subnets)),
  ];
  // A VPC that was made just now has the one attribute and not the other: while there is more to do, neither is asked.
  const isNew = isFresh(resources, vpcId) && !isFresh(resources, hostnames);
  if (isNew && work.length > 0)
    work.push(async () => {
      await enable(ec2, vpcId, 'EnableDnsHostnames');
      keepMade(context, hostnames, {});
    });
  // What this run has just set, AWS has answered.
  if (work.length === 0 && toMake.length === 0 && !isFresh(resources, hostnames))
    work.push(...(await dnsWork(ec2, vpcId)));
  if (work.length === 0 && toMake.length === 0) return undefined;
  // Held back or refused for rate: what the others have made is known all the same, and not made or asked again.
  const notes = await doAll(work, ['pending', 'exists', 'throttled'], concurrency);
  const why = notes.length > 0 ? `; ${notes[0]}` : '';
  const seconds = missing.length > 0 ? listedSeconds : lookAgainSeconds;
  return pending(`VPC ${vpcId} is being furnished${why}`, seconds, {
    vpcId,
    ...noteMade(resources, []),
  });
}

/** The environment's VPC. Of two, which a lost answer leaves, the empty one is deleted. */
async function ownVpc(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  all: readonly Vpc[],
): Promise<Vpc | undefined> {
  // One that lost only the second tag is what everything stands in: beside it a whole network would be made anew.
  const candidates = all.filter(
    ({ Tags }) =>
      isOwned(Tags, environment) && (tagValue(Tags, componentTag) ?? vpcComponent) === vpcComponent,
  );
  if (candidates.length < 2) return candidates[0];
  const subnets = await listSubnets(ec2, inVpc(...candidates.map((vpc) => vpc.VpcId!)));
  const { kept, surplus } = chooseOne(candidates, {
    noun: 'the VPC',
    idOf: (vpc) => vpc.VpcId,
    inUse: (vpc) => subnets.some((subnet) => subnet.VpcId === vpc.VpcId),
  });
  await deleteAll(
    surplus.map(
      ({ VpcId }) =>
        () =>
          ec2.send(new DeleteVpcCommand({ VpcId })),
    ),
  );
  return kept;
}

async function unlisted(ec2: EC2Client, vpcId: string | undefined): Promise<Vpc | undefined> {
  return vpcId ? findVpc(ec2, vpcId) : undefined;
}

async function createVpc(context: StepContext): Promise<StepOutcome> {
  const { environment } = context;
  const created = await createWithoutToken(context, vpcComponent, () =>
    singleAttemptClient(EC2Client, environment).send(
      new CreateVpcCommand({
        CidrBlock: environment.vpcCidr,
        TagSpecifications: tagSpecifications(environment, 'vpc', vpcComponent),
      }),
    ),
  );
  const vpcId = created?.Vpc?.VpcId;
  if (!vpcId) return pending('AWS did not say whether it made the VPC: looking again', lostAnswerSeconds);
  keepMade(context, vpcId, { vpcId });
  return pending(`VPC ${vpcId} is made`, lookAgainSeconds);
}

function refuseAnotherBlock(environment: EnvironmentPlan, vpc: Vpc): void {
  if (vpc.CidrBlock === environment.vpcCidr) return;
  throw new ResourceFailedError(
    `VPC ${vpc.VpcId} of environment ${environment.name} has the block ${vpc.CidrBlock}, and the request asks for ${environment.vpcCidr}; a VPC's block cannot be changed`,
    `request ${vpc.CidrBlock}, or remove the environment first`,
  );
}

/**
 * Two requests may pass the preflight together, in one account or with two registries: who made a VPC now looks for
 * others that preflight did not see (R4), at every look, as AWS may show the other one late. AWS tells no VPC's age;
 * of two environments the lower id stays, which both sides agree on, and what is not of an environment was not ours
 * to judge. A VPC that was there before this run stays whatever lies over it.
 */
function refuseOverlap(environment: EnvironmentPlan, vpc: Vpc, all: readonly Vpc[]): void {
  if (tagValue(vpc.Tags, createdByTag) !== environment.execution) return;
  const overlapping = overlapsOf(environment, environment.vpcCidr, all);
  const stronger = overlapping.find(
    (one) => tagValue(one.vpc.Tags, environmentTag) === undefined || one.vpc.VpcId! < vpc.VpcId!,
  );
  if (!stronger) return;
  throw new NotOurResourceError(
    `${environment.vpcCidr} of VPC ${vpc.VpcId} overlaps ${stronger.sentence}, which was made while this run began (R4)`,
    'request another vpcCidr, or remove that VPC; this run takes its own back',
  );
}

interface Contents {
  readonly subnets: readonly Subnet[];
  /** Absent only while AWS does not show yet what every VPC comes with. */
  readonly defaultGroup: SecurityGroup | undefined;
  readonly mainTable: RouteTable | undefined;
}

async function contentsOf({ environment, resources }: StepContext, vpcId: string): Promise<Contents> {
  const ec2 = client(EC2Client, environment);
  const ofVpc = inVpc(vpcId);
  const { defaultSecurityGroupId: groupId, mainRouteTableId: tableId } = resources;
  // What this run has tagged a moment ago is as it left it: neither can be another one.
  const isTagged = isFresh(resources, tagged.group) && isFresh(resources, tagged.table);
  const [subnets, [defaultGroup], [mainTable]] = await together([
    listSubnets(ec2, ofVpc),
    isTagged && groupId
      ? Promise.resolve([{ GroupId: groupId, Tags: tagList(environment, tagged.group) }])
      : listSecurityGroups(ec2, [...ofVpc, { Name: 'group-name', Values: ['default'] }]),
    isTagged && tableId
      ? Promise.resolve([{ RouteTableId: tableId, Tags: tagList(environment, tagged.table) }])
      : listRouteTables(ec2, [...ofVpc, { Name: 'association.main', Values: ['true'] }]),
  ]);
  return { subnets, defaultGroup, mainTable };
}

/** AWS takes one attribute a call, and hostnames only once support is on. */
async function dnsWork(ec2: EC2Client, VpcId: string): Promise<Work[]> {
  const attribute = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
    ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
  const [support, names] = await together([attribute('enableDnsSupport'), attribute('enableDnsHostnames')]);
  const off = [
    ...(support.EnableDnsSupport?.Value ? [] : (['EnableDnsSupport'] as const)),
    ...(names.EnableDnsHostnames?.Value ? [] : (['EnableDnsHostnames'] as const)),
  ];
  if (off.length === 0) return [];
  return [
    async () => {
      for (const which of off) await enable(ec2, VpcId, which);
    },
  ];
}

function enable(ec2: EC2Client, VpcId: string, which: 'EnableDnsSupport' | 'EnableDnsHostnames') {
  return ec2.send(new ModifyVpcAttributeCommand({ VpcId, [which]: { Value: true } }));
}

/** CreateVpc tags only the VPC. What it brings along belongs to whoever made the VPC. */
function tagWork(context: StepContext, vpc: Vpc, { defaultGroup, mainTable }: Contents): Work[] {
  const { environment } = context;
  const ec2 = client(EC2Client, environment);
  const maker = { ...environment, execution: tagValue(vpc.Tags, createdByTag) ?? environment.execution };
  const groupId = defaultGroup?.GroupId;
  const tableId = mainTable?.RouteTableId;
  const untagged = [
    {
      id: groupId,
      tags: defaultGroup?.Tags,
      component: tagged.group,
      found: { defaultSecurityGroupId: groupId },
    },
    { id: tableId, tags: mainTable?.Tags, component: tagged.table, found: { mainRouteTableId: tableId } },
  ].filter(({ id, tags }) => !id || !isOwned(tags, environment));
  return untagged.map(({ id, component, found }) => async () => {
    if (!id) return;
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(maker, component) }));
    keepMade(context, component, defined(found));
  });
}

export const handler = stepHandler('vpc', 'ensure', withTags(ensure, tagNetwork));
