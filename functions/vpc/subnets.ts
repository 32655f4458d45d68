/** The sixteen subnets of the plan (R6–R12): recognised by their block, ours by their tag. */
import {
  CreateSubnetCommand,
  CreateTagsCommand,
  type EC2Client,
  ModifySubnetAttributeCommand,
  type Subnet,
} from '@aws-sdk/client-ec2';
import type { Work } from '#lib/network/work.ts';
import { isOwned, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import { overlaps } from '#lib/request/address-plan.ts';
import type { EnvironmentPlan, SubnetGroup, SubnetPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';

/** What Kubernetes looks for when it places load balancers (R6, R7). */
const roleTags: Partial<Record<SubnetGroup, Readonly<Record<string, string>>>> = {
  'eks-private': { 'kubernetes.io/role/internal-elb': '1' },
  'eks-public': { 'kubernetes.io/role/elb': '1' },
};

/** The subnet that has this plan's block. */
export function planned(plan: SubnetPlan, subnets: readonly Subnet[]): Subnet | undefined {
  return subnets.find((subnet) => subnet.CidrBlock === plan.cidr);
}

/** Nobody else may sit where a planned subnet belongs. */
export function refuseForeignSubnets(
  environment: EnvironmentPlan,
  vpcId: string,
  subnets: readonly Subnet[],
): void {
  for (const plan of environment.subnets) {
    const foreign = subnets.find(
      // An IPv6-only subnet has no IPv4 block, and takes nobody's place.
      ({ CidrBlock, Tags }) => !isOwned(Tags, environment) && CidrBlock && overlaps(CidrBlock, plan.cidr),
    );
    if (foreign) {
      throw new NotOurResourceError(
        `subnet ${foreign.SubnetId} (${foreign.CidrBlock}) in VPC ${vpcId} takes the place of ${plan.component} (${plan.cidr}) and does not carry the tags of environment ${environment.name}`,
        'remove that subnet, then run again',
      );
    }
  }
}

/** Its id. */
export async function createSubnet(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  VpcId: string,
  plan: SubnetPlan,
): Promise<string> {
  const { Subnet: created } = await ec2.send(
    new CreateSubnetCommand({
      VpcId,
      CidrBlock: plan.cidr,
      AvailabilityZoneId: plan.zone.id,
      TagSpecifications: tagSpecifications(environment, 'subnet', plan.component, roleTags[plan.group]),
    }),
  );
  return created!.SubnetId!;
}

const isPublic = ({ group }: SubnetPlan) => group === 'eks-public';

function setPublic(ec2: EC2Client, SubnetId: string, Value: boolean) {
  return ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value } }));
}

/** What a subnet that stands lacks of its traits. */
export function subnetWork(ec2: EC2Client, plan: SubnetPlan, subnets: readonly Subnet[]): Work[] {
  const subnet = planned(plan, subnets);
  if (!subnet) return [];
  refuseAnotherSubnet(plan, subnet);
  const SubnetId = subnet.SubnetId!;
  const lacking = Object.entries(roleTags[plan.group] ?? {}).filter(
    ([key, value]) => tagValue(subnet.Tags, key) !== value,
  );
  const work: Work[] = [];
  if ((subnet.MapPublicIpOnLaunch ?? false) !== isPublic(plan))
    work.push(() => setPublic(ec2, SubnetId, isPublic(plan)));
  if (lacking.length > 0) {
    const Tags = lacking.map(([Key, Value]) => ({ Key, Value }));
    work.push(() => ec2.send(new CreateTagsCommand({ Resources: [SubnetId], Tags })));
  }
  return work;
}

/** A subnet cannot move, and one that failed never recovers. */
function refuseAnotherSubnet(plan: SubnetPlan, subnet: Subnet): void {
  if (subnet.AvailabilityZoneId !== plan.zone.id) {
    throw new ResourceFailedError(
      `subnet ${subnet.SubnetId} (${plan.component}) is in zone ${subnet.AvailabilityZoneId}, and the request asks for ${plan.zone.id}; a subnet cannot be moved`,
      'request the zones the environment was made with, or remove the environment first',
    );
  }
  if (subnet.State !== 'pending' && subnet.State !== 'available') {
    throw new ResourceFailedError(
      `subnet ${subnet.SubnetId} (${plan.component}) is ${subnet.State}`,
      'delete it, then run again',
    );
  }
}
