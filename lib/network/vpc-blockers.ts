/** Everything in a VPC that keeps it from being deleted and is not itself being removed. */

import { EC2Client, type SecurityGroup, type Tag, type VpcEndpoint } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { createdByTag, isCreatedBy, isGuardDutys, isOwned, tagValue } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import type { Blocker } from './blocker.ts';
import { findInterfaceBlockers } from './blockers.ts';
import { deleteEndpoints, phaseOf } from './endpoints.ts';
import {
  inVpc,
  listInternetGateways,
  listNatGateways,
  listRouteTables,
  listSecurityGroups,
  listSubnets,
  listVpcEndpoints,
} from './observe.ts';
import { deleteGroupWork } from './rules.ts';
import { dependentsOf } from './vpc-dependents.ts';
import type { Work } from './work.ts';

type Tags = Tag[] | undefined;

export async function findVpcBlockers(target: RemovalTarget, vpcId: string): Promise<Blocker[]> {
  const others = [
    ...(await groups(target, vpcId)),
    ...(await endpoints(target, vpcId)),
    ...(await subnetsAndRoutes(target, vpcId)),
    ...(await gateways(target, vpcId)),
    ...(await dependentsOf(target, vpcId)),
  ];
  const interfaces = await findInterfaceBlockers(target, vpcId, inVpc(vpcId));
  // An endpoint's or gateway's interface says nothing that its owner, listed already, does not.
  const isCovered = ({ what }: Blocker) => others.some((other) => what.includes(other.id));
  return [...interfaces.filter((one) => !isCovered(one)), ...others];
}

/** Something of this VPC by its tags: ours and going, ours but another run's, or nobody's we know. */
function told(target: RemovalTarget, noun: string, id: string, tags: Tags, advice: string): Blocker {
  if (!isOwned(tags, target)) return { kind: 'foreign', id, what: `${noun} somebody else made`, advice };
  if (isCreatedBy(tags, target.createdBy)) {
    return {
      kind: 'vanishing',
      id,
      what: `${noun} of this environment that is still there`,
      advice: 'run the removal again from its start',
    };
  }
  return {
    kind: 'foreign',
    id,
    what: `${noun} of this environment, made by run ${tagValue(tags, createdByTag)}`,
    advice: 'remove the whole environment instead of one run of it',
  };
}

/** GuardDuty deletes neither by itself, and what it protects is gone (terraform-provider-aws#46953). */
function guardDutys(noun: string, id: string, remove: Work): Blocker {
  return {
    kind: 'removable',
    id,
    what: `${noun} that GuardDuty Runtime Monitoring made for the EKS cluster and does not remove`,
    advice: 'nothing: it is deleted',
    remove,
  };
}

async function groups(target: RemovalTarget, vpcId: string): Promise<Blocker[]> {
  const found = await listSecurityGroups(client(EC2Client, target), inVpc(vpcId));
  const standing = found.filter((group) => group.GroupName !== 'default');
  const isOfCluster = (group: SecurityGroup) =>
    tagValue(group.Tags, 'aws:eks:cluster-name') === names(target).cluster;
  const clusterIsGone = standing.some(isOfCluster) && (await isClusterGone(target));
  return standing.map((group): Blocker => {
    const id = group.GroupId!;
    if (isOfCluster(group)) return clusterGroup(target, vpcId, id, clusterIsGone);
    if (isGuardDutys(group.Tags))
      return guardDutys('security group', id, deleteGroupWork(client(EC2Client, target), vpcId, id));
    return told(target, `security group ${group.GroupName}`, id, group.Tags, 'delete it with what uses it');
  });
}

function clusterGroup(target: RemovalTarget, vpcId: string, id: string, clusterIsGone: boolean): Blocker {
  if (!clusterIsGone) {
    return {
      kind: 'vanishing',
      id,
      what: 'the security group of the EKS cluster, which still exists',
      advice: 'it goes with the cluster',
    };
  }
  return {
    kind: 'removable',
    id,
    what: 'the security group that EKS left behind',
    advice: 'nothing: it is deleted',
    remove: deleteGroupWork(client(EC2Client, target), vpcId, id),
  };
}

async function isClusterGone(target: RemovalTarget): Promise<boolean> {
  try {
    await client(EKSClient, target).send(new DescribeClusterCommand({ name: names(target).cluster }));
    return false;
  } catch (error) {
    if (canonicalCode(error) === 'ResourceNotFound') return true;
    throw error;
  }
}

async function endpoints(target: RemovalTarget, vpcId: string): Promise<Blocker[]> {
  const found = await listVpcEndpoints(client(EC2Client, target), inVpc(vpcId));
  return found
    .filter((endpoint) => phaseOf(endpoint) !== 'gone')
    .map((endpoint): Blocker => {
      const id = endpoint.VpcEndpointId!;
      const noun = `VPC endpoint for ${endpoint.ServiceName}`;
      if (phaseOf(endpoint) === 'leaving')
        return { kind: 'vanishing', id, what: `${noun}, being deleted`, advice: 'it goes by itself' };
      if (isGuardDutys(endpoint.Tags)) return guardDutys(noun, id, () => deleteEndpoints(target, [endpoint]));
      if (endpoint.RequesterManaged) return requesterManaged(endpoint);
      return told(target, noun, id, endpoint.Tags, 'delete it');
    });
}

/** EC2 refuses to delete it for anybody but the service that made it. */
function requesterManaged({ VpcEndpointId, ServiceName, Tags }: VpcEndpoint): Blocker {
  const firewall = tagValue(Tags, 'Firewall');
  const isFirewalls = firewall !== undefined || tagValue(Tags, 'AWSNetworkFirewallManaged') === 'true';
  const owner = isFirewalls
    ? `Network Firewall${firewall ? ` (${firewall})` : ''}`
    : `the AWS service behind ${ServiceName}`;
  return {
    kind: 'foreign',
    id: VpcEndpointId!,
    what: `VPC endpoint that ${owner} made and manages`,
    advice: isFirewalls
      ? 'delete the firewall, or its association with this subnet; EC2 does not delete its endpoints'
      : 'remove it in that service; EC2 does not delete it',
  };
}

async function subnetsAndRoutes(target: RemovalTarget, vpcId: string): Promise<Blocker[]> {
  const ec2 = client(EC2Client, target);
  const subnets = await listSubnets(ec2, inVpc(vpcId));
  const tables = await listRouteTables(ec2, inVpc(vpcId));
  return [
    // Those that are being removed are blocked, not blocking.
    ...subnets
      .filter(({ Tags }) => !isInScope(Tags, target))
      .map(({ SubnetId, Tags, CidrBlock }) =>
        told(
          target,
          `subnet ${CidrBlock ?? 'of IPv6 only'}`,
          SubnetId!,
          Tags,
          'delete it with what is in it',
        ),
      ),
    ...tables
      .filter((table) => !table.Associations?.some((association) => association.Main))
      .map(({ RouteTableId, Tags }) => told(target, 'route table', RouteTableId!, Tags, 'delete it')),
  ];
}

async function gateways(target: RemovalTarget, vpcId: string): Promise<Blocker[]> {
  const ec2 = client(EC2Client, target);
  const toInternet = await listInternetGateways(ec2, [{ Name: 'attachment.vpc-id', Values: [vpcId] }]);
  const nat = await listNatGateways(ec2, [
    ...inVpc(vpcId),
    { Name: 'state', Values: ['pending', 'available', 'deleting'] },
  ]);
  return [
    ...toInternet.map(({ InternetGatewayId, Tags }) =>
      told(target, 'Internet Gateway', InternetGatewayId!, Tags, 'detach it'),
    ),
    ...nat.map(
      ({ NatGatewayId, Tags, State }): Blocker =>
        State === 'deleting'
          ? {
              kind: 'vanishing',
              id: NatGatewayId!,
              what: 'NAT gateway, being deleted',
              advice: 'it goes by itself',
            }
          : told(target, 'NAT gateway', NatGatewayId!, Tags, 'delete it'),
    ),
  ];
}
