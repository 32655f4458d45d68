/** The same for what is taken down: what stands in the way, and what one run added to the work of another. */
import type { Call } from '#embedded/model.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { guardDutyComes, monitorRuntimes } from '#embedded/services/ec2/others-endpoints.ts';
import { addRule, addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { placeLoadBalancer } from '#embedded/services/elb.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import {
  byComponent,
  cluster,
  type ErrorPath,
  leakedByTheCni,
  removal,
  rollback,
  subnetId,
  vpcId,
} from './damage.ts';

const everything = { protocol: '-1', fromPort: -1, toPort: -1, innate: false } as const;

/** A rule in each direction of a group that is named to one that is to go. */
function names(call: Call, groupId: string, referencedGroupId: string): void {
  for (const isEgress of [false, true])
    addRule(call, { ...everything, groupId, referencedGroupId, isEgress });
}

const theirs = (call: Call) =>
  addSecurityGroup(call, { vpcId: vpcId(call), name: 'theirs', description: 'theirs' });

/** A load balancer that nobody takes down, with the groups of choice. */
function balancer(call: Call, groupIds?: string[]): void {
  const { networkInterfaceIds } = placeLoadBalancer(call, {
    type: 'application',
    name: 'web',
    vpcId: vpcId(call),
    subnetIds: [subnetId(call, 'eks-public/a')],
    clusterName: 'aoscloud-dev',
  });
  for (const id of networkInterfaceIds) {
    const found = ec2State(call).networkInterfaces[id]!;
    found.publicIp = '198.51.100.8';
    if (groupIds) found.groupIds = groupIds;
  }
}

const left: readonly ErrorPath[] = [
  {
    ...removal,
    title: 'rules that name the groups which go, one made late',
    damage: (call) => {
      const { id } = byComponent(ec2State(call).securityGroups, 'security-group/default');
      names(call, id, cluster(call).clusterSecurityGroupId!);
    },
    during: {
      after: 'ec2:DeleteInternetGateway',
      damage: (call) =>
        names(
          call,
          theirs(call),
          byComponent(ec2State(call).securityGroups, 'security-group/load-balancer').id,
        ),
    },
    calls: [
      'SecurityGroupsRemove ec2:RevokeSecurityGroupIngress',
      'SecurityGroupsRemove ec2:RevokeSecurityGroupEgress',
      'EksConnectRemove ec2:RevokeSecurityGroupEgress',
    ],
    fails: /theirs/,
  },
  {
    ...removal,
    title: 'a group and a load balancer of others, before it begins',
    damage: (call) => {
      const group = theirs(call);
      names(call, group, byComponent(ec2State(call).securityGroups, 'security-group/load-balancer').id);
      names(call, group, cluster(call).clusterSecurityGroupId!);
      balancer(call);
    },
    calls: [
      'AcceptRemoval ec2:DescribeSecurityGroupRules',
      'AcceptRemoval elasticloadbalancing:DescribeLoadBalancers',
      'AcceptRemoval elasticloadbalancing:DescribeTags',
    ],
    fails: /web/,
  },
  {
    ...removal,
    title: "rules of somebody else's group that name the EKS group, made late",
    during: {
      after: 'eks:DeleteCluster',
      damage: (call) => names(call, theirs(call), cluster(call).clusterSecurityGroupId!),
    },
    calls: ['EksClusterRemove ec2:DescribeSecurityGroupRules'],
    fails: /inbound rule sgr-\w+ of security group sg-\w+ \(theirs\), made by somebody else/,
  },
  {
    ...removal,
    title: 'database clusters that are stopped',
    damage: (call) => {
      const { clusters, instances } = rdsState(call);
      for (const one of [...Object.values(clusters), ...Object.values(instances)]) one.status = 'stopped';
    },
    calls: ['AuroraRemove rds:StartDBCluster', 'DocumentdbRemove rds:StartDBCluster'],
  },
  {
    ...removal,
    title: 'a role with an inline policy and an instance profile, and the provider of an earlier cluster',
    damage: (call) => {
      const { oidcProviders, roles } = iamState(call);
      const role = roles['aoscloud-eu-central-1-dev-eks-nodes']!;
      role.inline.extra = '{}';
      role.instanceProfiles.push('eks-00000000');
      const [provider] = Object.values(oidcProviders);
      const arn = provider!.arn.replace(/[^/]+$/, '0123456789ABCDEF0123456789ABCDEF');
      oidcProviders[arn] = { ...structuredClone(provider!), arn, url: arn.replace(/^.*oidc-provider\//, '') };
    },
    calls: ['EksClusterRemove iam:DeleteRolePolicy', 'EksClusterRemove iam:RemoveRoleFromInstanceProfile'],
  },
  {
    ...removal,
    title: 'interfaces that dead nodes left where groups and subnets go',
    during: {
      after: 'eks:DeleteCluster',
      damage: (call) => {
        const group = byComponent(ec2State(call).securityGroups, 'security-group/load-balancer').id;
        const clusterGroup = cluster(call).clusterSecurityGroupId!;
        for (const groupIds of [[group], [clusterGroup], []])
          addNetworkInterface(call, {
            ...leakedByTheCni,
            subnetId: subnetId(call, 'eks-private/a'),
            groupIds,
          });
      },
    },
    calls: ['EksClusterRemove ec2:DeleteNetworkInterface', 'EksClusterRemove ec2:DeleteSecurityGroup'],
  },
  {
    ...removal,
    title: 'an interface that a dead node left when its cluster is gone',
    during: {
      // The cluster is gone by then, and everything else of the VPC is still there.
      after: 'SecurityGroupsRemove ec2:DescribeSecurityGroups',
      damage: (call) => {
        const group = byComponent(ec2State(call).securityGroups, 'security-group/load-balancer').id;
        addNetworkInterface(call, {
          ...leakedByTheCni,
          subnetId: subnetId(call, 'eks-private/a'),
          groupIds: [group],
        });
        addNetworkInterface(call, {
          ...leakedByTheCni,
          subnetId: subnetId(call, 'eks-private/b'),
          groupIds: [],
        });
        const late = addSecurityGroup(call, {
          vpcId: vpcId(call),
          name: 'eks-cluster-sg-aoscloud-dev-1',
          description: 'made by EKS',
          tags: { 'aws:eks:cluster-name': 'aoscloud-dev' },
        });
        names(call, byComponent(ec2State(call).securityGroups, 'security-group/default').id, late);
      },
    },
    calls: [
      'SecurityGroupsRemove ec2:DescribeNetworkInterfaces',
      'SecurityGroupsRemove ec2:DeleteNetworkInterface',
      'VpcRemove ec2:DeleteNetworkInterface',
      'VpcRemove ec2:DeleteSecurityGroup',
      'VpcRemove ec2:DescribeSecurityGroupRules',
      'VpcRemove ec2:RevokeSecurityGroupIngress',
      'VpcRemove ec2:RevokeSecurityGroupEgress',
      'VpcRemove eks:DescribeCluster',
    ],
  },
  {
    ...removal,
    title: 'an interface with a public address that a dead node left',
    during: {
      after: 'ec2:DeleteNatGateway',
      damage: (call) =>
        addNetworkInterface(call, {
          ...leakedByTheCni,
          subnetId: subnetId(call, 'eks-public/a'),
          groupIds: [],
          publicIp: '198.51.100.9',
        }),
    },
    calls: ['RoutingRemove ec2:DeleteNetworkInterface'],
  },
  {
    ...removal,
    title: 'a load balancer in the way of the Internet Gateway',
    during: { after: 'ec2:DeleteNatGateway', damage: (call) => balancer(call) },
    calls: [
      'RoutingRemove ec2:DescribeNetworkInterfaces',
      'RoutingRemove elasticloadbalancing:DescribeLoadBalancers',
      'RoutingRemove elasticloadbalancing:DescribeTags',
    ],
    fails: /load balancer web/,
  },
  {
    ...removal,
    title: 'a load balancer that carries the group which goes',
    during: {
      after: 'ec2:DeleteInternetGateway',
      damage: (call) =>
        balancer(call, [byComponent(ec2State(call).securityGroups, 'security-group/load-balancer').id]),
    },
    calls: [
      'SecurityGroupsRemove elasticloadbalancing:DescribeLoadBalancers',
      'SecurityGroupsRemove elasticloadbalancing:DescribeTags',
    ],
    fails: /load balancer web/,
  },
  {
    ...removal,
    title: 'a load balancer in a subnet that goes',
    during: { after: 'ec2:DeleteInternetGateway', damage: (call) => balancer(call) },
    calls: [
      'VpcRemove elasticloadbalancing:DescribeLoadBalancers',
      'VpcRemove elasticloadbalancing:DescribeTags',
    ],
    fails: /load balancer web/,
  },
  {
    ...removal,
    title: "GuardDuty's endpoint",
    damage: (call) => {
      monitorRuntimes(call, true);
      guardDutyComes(call, vpcId(call), [subnetId(call, 'eks-private/a')]);
    },
    calls: ['EndpointsRemove ec2:DeleteVpcEndpoints', 'VpcRemove ec2:DeleteSecurityGroup'],
  },
  {
    ...removal,
    title: "GuardDuty's endpoint, come late",
    damage: (call) => monitorRuntimes(call, true),
    during: {
      after: 'ec2:DeleteSecurityGroup',
      damage: (call) => guardDutyComes(call, vpcId(call), [subnetId(call, 'eks-private/a')]),
    },
    calls: ['VpcRemove ec2:DeleteVpcEndpoints'],
  },
];

const takenBack: readonly ErrorPath[] = [
  {
    ...rollback,
    title: 'a cluster that a run made anew over endpoints that stay',
    damage: (call) => {
      const { nodegroups } = cluster(call);
      const { instances, networkInterfaces, securityGroups, securityGroupRules, vpcEndpoints } =
        ec2State(call);
      const group = cluster(call).clusterSecurityGroupId as string;
      for (const name of Object.keys(nodegroups)) delete nodegroups[name];
      for (const id of Object.keys(instances)) delete instances[id];
      for (const [id, { groupIds, description }] of Object.entries(networkInterfaces))
        if (groupIds.includes(group) && !/VPC Endpoint/.test(description)) delete networkInterfaces[id];
      for (const one of Object.values(vpcEndpoints)) one.groupIds = one.groupIds.filter((id) => id !== group);
      for (const [id, rule] of Object.entries(securityGroupRules))
        if (rule.groupId === group || rule.referencedGroupId === group) delete securityGroupRules[id];
      delete securityGroups[group];
      delete eksState(call).clusters['aoscloud-dev'];
    },
    calls: ['EksEndpointsRemove ec2:DescribeSecurityGroups', 'EksEndpointsRemove ec2:ModifyVpcEndpoint'],
  },
  {
    ...rollback,
    title: 'what a run added to a cluster that stays',
    damage: (call) => {
      const { addons, nodegroups, accessEntries, podIdentityAssociations } = cluster(call);
      for (const name of Object.keys(addons)) delete addons[name];
      for (const name of Object.keys(nodegroups)) delete nodegroups[name];
      for (const arn of Object.keys(accessEntries)) delete accessEntries[arn];
      for (const id of Object.keys(podIdentityAssociations)) delete podIdentityAssociations[id];
    },
    calls: [
      'EksConnectRemove eks:DeleteAddon',
      'EksConnectRemove eks:DeleteAccessEntry',
      'EksNodesRemove eks:DeleteAddon',
      'EksNodesRemove eks:DeletePodIdentityAssociation',
    ],
  },
  {
    ...rollback,
    title: 'a private route table that a run gave a zone of its own',
    damage: (call) => {
      const { routeTables } = ec2State(call);
      const zonal = byComponent(routeTables, 'route-table/eks-private/b');
      Object.assign(byComponent(routeTables, 'route-table/eks-private').associations, zonal.associations);
      delete routeTables[zonal.id];
    },
    calls: ['RoutingRemove ec2:ReplaceRouteTableAssociation'],
  },
  {
    ...rollback,
    title: 'a route, a rule, a reader and a mount target that a run added',
    damage: (call) => {
      const { routeTables, natGateways, securityGroupRules, securityGroups } = ec2State(call);
      const table = byComponent(routeTables, 'route-table/eks-private');
      table.routes = table.routes.slice(0, 1);
      for (const nat of Object.values(natGateways)) nat.tags['aoscloud:created-by'] = 'repaired';
      const group = byComponent(securityGroups, 'security-group/load-balancer').id;
      for (const [id, rule] of Object.entries(securityGroupRules))
        if (rule.groupId === group && !rule.isEgress) delete securityGroupRules[id];
      const { clusters, instances } = rdsState(call);
      for (const one of Object.values(clusters)) {
        const reader = one.members.find((id) => id !== one.writer);
        one.members = one.members.filter((id) => id !== reader);
        if (reader) delete instances[reader];
      }
      const { mountTargets } = efsState(call);
      delete mountTargets[Object.keys(mountTargets)[0]!];
    },
    calls: [
      'RoutingRemove ec2:DeleteRoute',
      'SecurityGroupsRemove ec2:RevokeSecurityGroupIngress',
      'EfsRemove elasticfilesystem:UntagResource',
      'AuroraRemove rds:DeleteDBInstance',
    ],
  },
];

export const removalPaths: readonly ErrorPath[] = [...left, ...takenBack];
