/** What EKS checks before it starts a cluster, in EKS's words. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { overlaps, parseBlock } from '#embedded/services/ec2/cidr.ts';
import {
  requireSecurityGroup,
  requireSubnet,
  requireVpc,
  type Subnet,
} from '#embedded/services/ec2/state.ts';
import { roleSeenBy } from '#embedded/services/iam/state.ts';
import { invalidParameter } from './state.ts';

/** Zone ids in which EKS places no control plane. */
const zonesWithoutControlPlane: ReadonlySet<string> = new Set(['use1-az3', 'usw1-az2', 'cac1-az3']);

/** These texts are the ones that mean "not yet" as long as the role is new. */
export function checkClusterRole(call: Call, roleArn: string): void {
  const view = roleSeenBy(call, roleArn, 'eks.amazonaws.com');
  if (view === 'unusable') {
    throw invalidParameter(
      `Role with arn: ${roleArn}, could not be assumed because it does not exist or the trusted entity is not correct`,
    );
  }
  const needed = `arn:${call.partition}:iam::aws:policy/AmazonEKSClusterPolicy`;
  if (!view.policies.includes(needed)) {
    throw invalidParameter(
      `The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure the following policies [${needed}] are attached`,
    );
  }
}

/** The VPC the subnets belong to. */
export function checkSubnets(call: Call, clusterName: string, subnetIds: readonly string[]): string {
  const subnets = subnetIds.map((id) => subnetAsEksSeesIt(call, id));
  const vpcIds = new Set(subnets.map((subnet) => subnet.vpcId));
  if (vpcIds.size !== 1) throw invalidParameter('Subnets must belong to the same VPC');
  const unusable = subnets.find((subnet) => zonesWithoutControlPlane.has(subnet.zoneId));
  const usable = subnets.filter((subnet) => !zonesWithoutControlPlane.has(subnet.zoneId));
  if (unusable) {
    const validZones = [...new Set(usable.map((subnet) => subnet.zoneName))];
    throw new AwsFault(
      'UnsupportedAvailabilityZoneException',
      `Cannot create cluster '${clusterName}' because EKS does not support creating control plane instances in ${unusable.zoneName}, the targeted availability zone. Retry cluster creation using control plane subnets that span at least two of these availability zones: ${validZones.join(', ')}.`,
      { extra: { clusterName, validZones } },
    );
  }
  if (new Set(subnets.map((subnet) => subnet.zoneId)).size < 2)
    throw invalidParameter('Subnets specified must be in at least two different AZs');
  return subnets[0]!.vpcId;
}

/** @throws in EKS's words, which quote EC2's. */
export function subnetAsEksSeesIt(call: Call, id: string): Subnet {
  return inEksWords(() => requireSubnet(call, id));
}

export function checkSecurityGroups(call: Call, vpcId: string, groupIds: readonly string[]): void {
  for (const id of groupIds) {
    const group = inEksWords(() => requireSecurityGroup(call, id));
    if (group.vpcId !== vpcId)
      throw invalidParameter(
        `Security group(s) [${id}] are not in the same VPC as the subnets. Please specify security groups that are associated with the VPC: ${vpcId}.`,
      );
  }
}

function inEksWords<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    throw invalidParameter(
      `${error.message} (Service: AmazonEC2; Status Code: 400; Error Code: ${error.name})`,
    );
  }
}

const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** The block of the Kubernetes services; EKS picks one where none is wanted. */
export function checkedServiceCidr(call: Call, vpcId: string, wanted: string | undefined): string {
  const vpc = parseBlock(requireVpc(call, vpcId).cidr)!;
  if (wanted === undefined)
    return overlaps(vpc, parseBlock('10.0.0.0/8')!) ? '172.20.0.0/16' : '10.100.0.0/16';
  const block = parseBlock(wanted);
  const isPrivate = block && privateBlocks.some((one) => overlaps(parseBlock(one)!, block));
  if (!block || !isPrivate || block.prefix < 12 || block.prefix > 24) {
    throw invalidParameter(
      `The specified service IPv4 CIDR ${wanted} is invalid: it must be a /24 to /12 block within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
    );
  }
  if (overlaps(vpc, block))
    throw invalidParameter(
      `The specified service IPv4 CIDR ${wanted} overlaps with the CIDR of the VPC ${vpcId}`,
    );
  return wanted;
}

/** Who may reach the public endpoint. Private and reserved blocks mean nothing there. */
export function checkedPublicAccess(
  publicAccess: boolean,
  privateAccess: boolean,
  cidrs: readonly string[] | undefined,
): string[] {
  if (!publicAccess && !privateAccess)
    throw invalidParameter('Private and public endpoint access cannot be false');
  const invalid = (cidrs ?? []).filter((cidr) => {
    const block = parseBlock(cidr);
    return !block || (cidr !== '0.0.0.0/0' && privateBlocks.some((one) => overlaps(parseBlock(one)!, block)));
  });
  if (invalid.length > 0)
    throw invalidParameter(`The following CIDRs are invalid in publicAccessCidrs: [${invalid.join(', ')}]`);
  return [...(cidrs ?? (publicAccess ? ['0.0.0.0/0'] : []))];
}
