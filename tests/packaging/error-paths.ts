/**
 * Ways through the steps that no undisturbed run takes: what is broken, moved, doubled or left behind, and what a
 * function must call then. Each is made by hand in an environment that stands, and met by the next run.
 */
import { blockPublicAccess } from '#embedded/services/ec2/block-public-access.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { addRule } from '#embedded/services/ec2/security-group-state.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { vpcOperations } from '#embedded/services/ec2/vpcs.ts';
import { placeLoadBalancer } from '#embedded/services/elb.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import {
  byComponent,
  cluster,
  type ErrorPath,
  fullRequest,
  leakedByTheCni,
  provision,
  subnetId,
  twin,
  vpcId,
} from './damage.ts';
import { dataPaths } from './data-paths.ts';

const repairs: readonly ErrorPath[] = [
  {
    ...provision,
    title: 'an account that blocks public access but for the VPC',
    damage: (call) =>
      blockPublicAccess(call, 'block-bidirectional', [
        { resourceId: vpcId(call), mode: 'allow-bidirectional' },
      ]),
    calls: ['Accept ec2:DescribeVpcBlockPublicAccessExclusions'],
  },
  {
    machine: 'provision',
    input: { ...fullRequest, eks: { ...fullRequest.eks, version: '1.36' } },
    title: 'an upgrade that EKS finds an obstacle to',
    damage: (call) => {
      const insight = { id: '1', name: 'Kubelet version skew', reason: 'old', recommendation: 'Upgrade.' };
      cluster(call).insights = [{ ...insight, kubernetesVersion: '1.36', status: 'ERROR' }];
    },
    calls: ['Accept eks:ListNodegroups', 'Accept eks:ListInsights', 'Accept eks:DescribeInsight'],
    fails: /EKS finds what blocks the upgrade, "Kubelet version skew": old/,
  },
  {
    ...provision,
    title: 'a twin of the VPC, and a subnet without its role tag',
    damage: (call) => {
      const { vpcs, subnets } = ec2State(call);
      const Tags = Object.entries(byComponent(vpcs, 'vpc').tags).map(([Key, Value]) => ({ Key, Value }));
      vpcOperations.CreateVpc!.run(
        { CidrBlock: '10.231.0.0/16', TagSpecifications: [{ ResourceType: 'vpc', Tags }] },
        call,
      );
      delete byComponent(subnets, 'subnet/eks-public/a').tags['kubernetes.io/role/elb'];
    },
    calls: ['VpcEnsure ec2:DeleteVpc', 'VpcEnsure ec2:CreateTags'],
  },
  {
    ...provision,
    title: 'twins of gateway, address and route table; a route and a subnet that were moved',
    damage: (call) => {
      const { internetGateways, addresses, routeTables } = ec2State(call);
      const gateway = twin(internetGateways, byComponent(internetGateways, 'internet-gateway'), {});
      delete gateway.vpcId;
      const address = twin(addresses, byComponent(addresses, 'address/nat'), { publicIp: '198.51.100.77' });
      delete address.associationId;
      delete address.networkInterfaceId;
      const publicTable = byComponent(routeTables, 'route-table/eks-public');
      twin(routeTables, publicTable, { associations: {}, routes: publicTable.routes.slice(0, 1) });
      const theirs = byComponent(routeTables, 'route-table/eks-private');
      const other = twin(routeTables, theirs, { associations: {}, tags: {} });
      const [id, association] = Object.entries(publicTable.associations)[0]!;
      delete publicTable.associations[id];
      other.associations[id] = association;
      const privateTable = byComponent(routeTables, 'route-table/eks-private');
      const wayOut = privateTable.routes.find(({ destination }) => destination === '0.0.0.0/0')!;
      wayOut.target = publicTable.routes.find(({ destination }) => destination === '0.0.0.0/0')!.target;
    },
    calls: [
      'RoutingEnsure ec2:DeleteInternetGateway',
      'RoutingEnsure ec2:ReleaseAddress',
      'RoutingEnsure ec2:DeleteRouteTable',
      'RoutingEnsure ec2:ReplaceRouteTableAssociation',
      'RoutingEnsure ec2:ReplaceRoute',
    ],
  },
  {
    ...provision,
    title: 'an address that somebody gave to something else',
    damage: (call) => {
      const state = ec2State(call);
      state.natGateways = {};
      const networkInterfaceId = addNetworkInterface(call, {
        subnetId: subnetId(call, 'eks-public/a'),
        groupIds: [],
        description: 'bastion',
        requesterManaged: false,
        instanceId: 'i-0feedfacefeedface',
      });
      Object.assign(byComponent(state.addresses, 'address/nat'), {
        networkInterfaceId,
        associationId: 'eipassoc-0',
      });
    },
    calls: ['RoutingEnsure ec2:DescribeNetworkInterfaces'],
    fails: /address/,
  },
  {
    ...provision,
    title: 'a NAT gateway that failed',
    damage: (call) => {
      const gateway = Object.values(ec2State(call).natGateways)[0]!;
      Object.assign(gateway, { state: 'failed', failureCode: 'InternalError', failureMessage: 'try again' });
    },
    calls: ['RoutingEnsure ec2:DeleteNatGateway', 'RoutingEnsure ec2:CreateNatGateway'],
  },
  {
    ...provision,
    title: 'endpoints that failed, and one whose base group was taken off',
    damage: (call) => {
      const { vpcEndpoints } = ec2State(call);
      Object.assign(byComponent(vpcEndpoints, 'endpoint/ec2'), { state: 'failed' });
      byComponent(vpcEndpoints, 'endpoint/sts').groupIds.splice(0, 1);
    },
    calls: ['EndpointsEnsure ec2:DeleteVpcEndpoints', 'EndpointsEnsure ec2:ModifyVpcEndpoint'],
  },
  {
    ...provision,
    title: 'ingress rules that changed',
    input: {
      ...fullRequest,
      loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' }] },
    },
    damage: (call) => {
      const { securityGroups } = ec2State(call);
      const groupId = byComponent(securityGroups, 'security-group/load-balancer').id;
      addRule(call, {
        groupId,
        isEgress: true,
        protocol: 'tcp',
        fromPort: 25,
        toPort: 25,
        cidrIpv4: '10.0.0.0/8',
        innate: false,
      });
    },
    calls: [
      'SecurityGroupsEnsure ec2:RevokeSecurityGroupIngress',
      'SecurityGroupsEnsure ec2:RevokeSecurityGroupEgress',
    ],
  },
  {
    ...provision,
    title: 'a group that goes and is still carried',
    input: { ...fullRequest, loadBalancer: { ingress: [] } },
    damage: (call) => {
      const { networkInterfaces, securityGroups } = ec2State(call);
      const group = byComponent(securityGroups, 'security-group/load-balancer');
      addNetworkInterface(call, {
        ...leakedByTheCni,
        subnetId: subnetId(call, 'eks-private/a'),
        groupIds: [group.id],
      });
      const { networkInterfaceIds } = placeLoadBalancer(call, {
        type: 'application',
        name: 'web',
        vpcId: vpcId(call),
        subnetIds: [subnetId(call, 'eks-public/a')],
        clusterName: 'aoscloud-dev',
      });
      // Being attached: one that is has the request refused before anything is changed.
      for (const id of networkInterfaceIds) {
        const { attachment } = Object.assign(networkInterfaces[id]!, { groupIds: [group.id] });
        attachment!.status = 'attaching';
      }
    },
    calls: [
      'SecurityGroupsEnsure ec2:DescribeNetworkInterfaces',
      'SecurityGroupsEnsure ec2:DeleteNetworkInterface',
      'SecurityGroupsEnsure elasticloadbalancing:DescribeLoadBalancers',
      'SecurityGroupsEnsure elasticloadbalancing:DescribeTags',
    ],
    fails: /load balancer web/,
  },
];

const kubernetes: readonly ErrorPath[] = [
  {
    ...provision,
    title: 'a trust policy and an audience that somebody changed',
    damage: (call) => {
      const { roles, oidcProviders } = iamState(call);
      roles['aoscloud-eu-central-1-dev-eks-nodes']!.trustPolicy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      });
      for (const provider of Object.values(oidcProviders)) provider.clientIds = [];
    },
    calls: [
      'EksClusterEnsure iam:UpdateAssumeRolePolicy',
      'EksConnectEnsure iam:AddClientIDToOpenIDConnectProvider',
    ],
  },
  {
    ...provision,
    title: 'a control plane that an earlier run left failed',
    damage: (call) => {
      const { id } = byComponent(ec2State(call).securityGroups, 'security-group/default');
      const ofCluster = cluster(call).clusterSecurityGroupId!;
      const all = { isEgress: true, protocol: '-1', fromPort: -1, toPort: -1, innate: false };
      addRule(call, { ...all, groupId: id, referencedGroupId: ofCluster });
      addRule(call, { ...all, groupId: ofCluster, referencedGroupId: id });
      Object.assign(cluster(call), {
        status: 'FAILED',
        nodegroups: {},
        addons: {},
        podIdentityAssociations: {},
      });
    },
    calls: ['EksClusterEnsure eks:DeleteCluster', 'EksClusterEnsure eks:CreateCluster'],
  },
  {
    ...provision,
    title:
      'add-ons and nodes that an earlier run left failed, their template changed and their roles made anew',
    damage: (call) => {
      const { addons, nodegroups } = cluster(call);
      const [template] = Object.values(ec2State(call).launchTemplates);
      const [version] = template!.versions;
      template!.versions = [{ ...version!, data: { ...version!.data, KeyName: 'theirs' } }];
      // After the access entries: those let in nobody who bears the role's name now.
      for (const name of ['platform-admin', 'aoscloud-eu-central-1-dev-eks-nodes'])
        Object.assign(iamState(call).roles[name]!, { id: `AROAANEW${name}`, createdAt: call.now });
      for (const name of ['vpc-cni', 'aws-efs-csi-driver']) addons[name]!.status = 'CREATE_FAILED';
      for (const nodegroup of Object.values(nodegroups)) nodegroup.status = 'CREATE_FAILED';
    },
    calls: [
      'EksConnectEnsure eks:DeleteAddon',
      'EksConnectEnsure eks:DeleteAccessEntry',
      'EksNodesEnsure eks:DeleteAccessEntry',
      'EksNodesEnsure ec2:CreateLaunchTemplateVersion',
      'EksNodesEnsure eks:DeleteAddon',
      'EksNodesEnsure eks:DeletePodIdentityAssociation',
      'EksNodesEnsure eks:DeleteNodegroup',
    ],
  },
];

export const errorPaths: readonly ErrorPath[] = [...repairs, ...kubernetes, ...dataPaths];
