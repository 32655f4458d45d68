/** Arranges, without calls, what EKS and load balancers need of EC2 and IAM: a network as the environment has it. */
import {
  type Cluster,
  CreateClusterCommand,
  type CreateClusterCommandInput,
  DescribeClusterCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import type { EmbeddedAws } from '#embedded/engine.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { addRule, addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { zonesOf } from '#embedded/services/ec2/zones.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';

export const region = 'eu-central-1';
export const account = '111122223333';
const clusterRole = `arn:aws:iam::${account}:role/cluster`;
export const nodeRole = `arn:aws:iam::${account}:role/nodes`;

export interface ArrangedNetwork {
  readonly vpcId: string;
  readonly defaultGroupId: string;
  readonly privateSubnetIds: readonly string[];
  readonly publicSubnetIds: readonly string[];
  readonly endpointIds: readonly string[];
}

/** A VPC with three private subnets behind a NAT gateway, three public ones, and endpoints on the default group. */
export function arrangeNetwork(aws: EmbeddedAws): ArrangedNetwork {
  return aws.inspect(region, (call) => {
    const ec2 = ec2State(call);
    const seen = { tags: {}, visibleAt: call.now };
    const vpcId = call.newId('vpc');
    const defaultGroupId = addSecurityGroup(call, {
      vpcId,
      name: 'default',
      description: 'default VPC security group',
      selfIngress: true,
    });
    const mainRouteTableId = call.newId('rtb');
    ec2.vpcs[vpcId] = {
      ...seen,
      id: vpcId,
      cidr: '10.231.0.0/16',
      enableDnsSupport: true,
      enableDnsHostnames: true,
      defaultSecurityGroupId: defaultGroupId,
      mainRouteTableId,
      networkAclId: call.newId('acl'),
    };
    const subnet = (cidr: string, index: number): string => {
      const id = call.newId('subnet');
      const zone = zonesOf(region)[index]!;
      ec2.subnets[id] = {
        ...seen,
        id,
        vpcId,
        cidr,
        zoneName: zone.name,
        zoneId: zone.id,
        mapPublicIpOnLaunch: false,
      };
      return id;
    };
    const privateSubnetIds = ['10.231.0.0/20', '10.231.16.0/20', '10.231.32.0/20'].map(subnet);
    const publicSubnetIds = ['10.231.48.0/22', '10.231.52.0/22', '10.231.56.0/22'].map(subnet);
    const endpointsSubnetId = subnet('10.231.100.0/24', 0);

    const natGatewayId = call.newId('nat');
    ec2.natGateways[natGatewayId] = {
      ...seen,
      id: natGatewayId,
      vpcId,
      subnetId: publicSubnetIds[0]!,
      allocationId: call.newId('eipalloc'),
      publicIp: '198.51.100.1',
      privateIp: '10.231.48.4',
      createdAt: call.now,
      state: 'available',
    };
    const routeTable = (id: string, target: string, subnetIds: readonly string[], main = false) => {
      ec2.routeTables[id] = {
        ...seen,
        id,
        vpcId,
        main,
        routes: [
          { destination: '10.231.0.0/16', target: 'local', origin: 'CreateRouteTable' },
          ...(target ? [{ destination: '0.0.0.0/0', target, origin: 'CreateRoute' as const }] : []),
        ],
        associations: Object.fromEntries(
          subnetIds.map((subnetId) => [call.newId('rtbassoc'), { subnetId, associatedAt: call.now }]),
        ),
      };
    };
    routeTable(mainRouteTableId, '', [], true);
    routeTable(call.newId('rtb'), natGatewayId, [...privateSubnetIds, endpointsSubnetId]);
    routeTable(call.newId('rtb'), call.newId('igw'), publicSubnetIds);

    const endpointIds = ['ec2', 'ecr.api', 'sts'].map((service) => {
      const id = call.newId('vpce');
      ec2.vpcEndpoints[id] = {
        ...seen,
        id,
        vpcId,
        serviceName: `com.amazonaws.${region}.${service}`,
        subnetIds: [endpointsSubnetId],
        groupIds: [defaultGroupId],
        networkInterfaceIds: [
          addNetworkInterface(call, {
            subnetId: endpointsSubnetId,
            groupIds: [defaultGroupId],
            description: `VPC Endpoint Interface ${id}`,
          }),
        ],
        privateDnsEnabled: true,
        dnsLabel: call.hex(8),
        createdAt: call.now,
        state: 'available',
      };
      return id;
    });
    return { vpcId, defaultGroupId, privateSubnetIds, publicSubnetIds, endpointIds };
  });
}

/** Both roles with their policies, and a person's, old enough to be seen by everybody. */
function arrangeRoles(aws: EmbeddedAws): void {
  const role = (name: string, service: string, policies: readonly string[], path = '/') =>
    aws.inspect(region, (call) => {
      iamState(call).roles[name] = {
        name,
        id: `AROA${call.hex(17).toUpperCase()}`,
        path,
        arn: `arn:aws:iam::${account}:role${path}${name}`,
        createdAt: call.now,
        visibleAt: call.now,
        usableAt: call.now,
        trustPolicy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
        }),
        maxSessionDuration: 3600,
        tags: [],
        attached: Object.fromEntries(
          policies.map((policy) => [`arn:aws:iam::aws:policy/${policy}`, call.now]),
        ),
        inline: {},
        instanceProfiles: [],
      };
    });
  role('cluster', 'eks.amazonaws.com', ['AmazonEKSClusterPolicy']);
  role('nodes', 'ec2.amazonaws.com', [
    'AmazonEKSWorkerNodePolicy',
    'AmazonEC2ContainerRegistryPullOnly',
    'AmazonEKS_CNI_Policy',
  ]);
  role('platform-admin', 'ec2.amazonaws.com', [], '/platform/');
}

/** `eks_to_base`: everything from `sourceGroupId` may reach members of `groupId`. */
export function allowAll(aws: EmbeddedAws, groupId: string, sourceGroupId: string): void {
  aws.inspect(region, (call) => {
    addRule(call, {
      groupId,
      isEgress: false,
      protocol: '-1',
      fromPort: -1,
      toPort: -1,
      referencedGroupId: sourceGroupId,
      innate: false,
    });
  });
}

/** Descriptions of the interfaces in a VPC, sorted. */
export function interfaceDescriptions(aws: EmbeddedAws, vpcId: string): string[] {
  return aws.inspect(region, (call) =>
    Object.values(ec2State(call).networkInterfaces)
      .filter((one) => one.vpcId === vpcId)
      .map((one) => one.description)
      .sort(),
  );
}

/** CreateCluster as the environment asks for it. */
export function clusterInput(
  network: ArrangedNetwork,
  changes: Partial<CreateClusterCommandInput> = {},
): CreateClusterCommandInput {
  return {
    name: 'aoscloud-dev',
    version: '1.35',
    roleArn: clusterRole,
    resourcesVpcConfig: {
      subnetIds: [...network.privateSubnetIds, ...network.publicSubnetIds],
      endpointPublicAccess: false,
      endpointPrivateAccess: true,
    },
    kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: '172.20.0.0/16' },
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    bootstrapSelfManagedAddons: false,
    upgradePolicy: { supportType: 'STANDARD' },
    tags: { 'aoscloud:environment': 'dev' },
    ...changes,
  };
}

export interface ClusterWorld extends TestAws {
  readonly network: ArrangedNetwork;
  readonly eks: EKSClient;
  describe(): Promise<Cluster>;
}

/** Network and roles, no cluster yet. */
export function world(options: Parameters<typeof testAws>[0] = {}): ClusterWorld {
  const test = testAws(options);
  const network = arrangeNetwork(test.aws);
  arrangeRoles(test.aws);
  const eks = client(EKSClient, { region });
  const describe = async () =>
    (await eks.send(new DescribeClusterCommand({ name: 'aoscloud-dev' }))).cluster!;
  return { ...test, network, eks, describe };
}

/** An ACTIVE cluster, after the twelve minutes the slowest takes. */
export async function activeCluster(
  changes: Partial<CreateClusterCommandInput> = {},
  options: Parameters<typeof testAws>[0] = {},
): Promise<ClusterWorld & { readonly clusterGroupId: string }> {
  const it = world(options);
  await it.eks.send(new CreateClusterCommand(clusterInput(it.network, changes)));
  it.advance(720);
  const cluster = await it.describe();
  return { ...it, clusterGroupId: cluster.resourcesVpcConfig?.clusterSecurityGroupId ?? '' };
}
