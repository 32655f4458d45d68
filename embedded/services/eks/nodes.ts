/** The nodes of a node group: whether they can join, and the instances and interfaces they leave in EC2. */
import type { Call } from '#embedded/model.ts';
import { contains, parseBlock } from '#embedded/services/ec2/cidr.ts';
import {
  addNetworkInterface,
  freeAddressCount,
  removeNetworkInterface,
} from '#embedded/services/ec2/network-interfaces.ts';
import { rulesOf } from '#embedded/services/ec2/security-group-state.ts';
import { ec2State, type SecurityGroupRule, type Subnet } from '#embedded/services/ec2/state.ts';
import { ec2Principal, roleSeenBy } from '#embedded/services/iam/state.ts';
import { admitsNodes } from './access.ts';
import { runs } from './addons.ts';
import type { Cluster, Node, Nodegroup } from './state.ts';

/** The AWS APIs a node calls before it is Ready. With private DNS on, their names lead to the endpoints. */
const servicesForJoining = ['ec2', 'ecr.api', 'ecr.dkr', 'sts'];

function routeTarget(call: Call, subnet: Subnet): string | undefined {
  const tables = Object.values(ec2State(call).routeTables).filter((table) => table.vpcId === subnet.vpcId);
  const table =
    tables.find((one) =>
      Object.values(one.associations).some((association) => association.subnetId === subnet.id),
    ) ?? tables.find((one) => one.main);
  return table?.routes.find((route) => route.destination === '0.0.0.0/0')?.target;
}

/** A public subnet whose instances get no public address: EKS refuses to launch there. */
export function misconfiguredSubnets(call: Call, nodegroup: Nodegroup): string[] {
  return nodegroup.subnetIds.filter((id) => {
    const subnet = ec2State(call).subnets[id];
    if (!subnet) return true;
    return routeTarget(call, subnet)?.startsWith('igw-') && !subnet.mapPublicIpOnLaunch;
  });
}

function hasWayOut(call: Call, subnet: Subnet): boolean {
  const target = routeTarget(call, subnet);
  if (target?.startsWith('igw-')) return true;
  return target !== undefined && ec2State(call).natGateways[target]?.state === 'available';
}

function admits(rule: SecurityGroupRule, groupIds: readonly string[], subnet: Subnet): boolean {
  if (rule.isEgress) return false;
  const everything = rule.protocol === '-1';
  const https = rule.protocol === 'tcp' && rule.fromPort <= 443 && rule.toPort >= 443;
  if (!everything && !https) return false;
  if (rule.referencedGroupId) return groupIds.includes(rule.referencedGroupId);
  const source = rule.cidrIpv4 === undefined ? undefined : parseBlock(rule.cidrIpv4);
  return source !== undefined && contains(source, parseBlock(subnet.cidr)!);
}

/** The endpoint services that drop what the nodes send them. */
function closedEndpoints(call: Call, cluster: Cluster, nodegroup: Nodegroup): string[] {
  const subnet = ec2State(call).subnets[nodegroup.subnetIds[0]!]!;
  return Object.values(ec2State(call).vpcEndpoints)
    .filter(
      (endpoint) =>
        endpoint.vpcId === cluster.vpcId &&
        endpoint.state === 'available' &&
        endpoint.privateDnsEnabled &&
        servicesForJoining.some((service) => endpoint.serviceName.endsWith(`.${call.region}.${service}`)),
    )
    .filter(
      (endpoint) =>
        !endpoint.groupIds
          .flatMap((groupId) => rulesOf(call, groupId))
          .some((rule) => admits(rule, nodegroup.groupIds, subnet)),
    )
    .map((endpoint) => endpoint.serviceName);
}

function missingPolicies(call: Call, nodegroup: Nodegroup): string[] {
  const view = roleSeenBy(call, nodegroup.nodeRole, ec2Principal(call));
  if (view === 'unusable') return ['the role itself'];
  const has = (name: string) => view.policies.some((arn) => arn.endsWith(`/${name}`));
  const missing: string[] = [];
  if (!has('AmazonEKSWorkerNodePolicy') && !has('AmazonEKSWorkerNodeMinimalPolicy'))
    missing.push('AmazonEKSWorkerNodePolicy');
  if (!has('AmazonEC2ContainerRegistryPullOnly') && !has('AmazonEC2ContainerRegistryReadOnly'))
    missing.push('AmazonEC2ContainerRegistryPullOnly');
  return missing;
}

function cniHasRole(call: Call, cluster: Cluster, nodegroup: Nodegroup): boolean {
  if (cluster.addons['vpc-cni']?.serviceAccountRoleArn) return true;
  if (Object.values(cluster.podIdentityAssociations).some((one) => one.serviceAccount === 'aws-node'))
    return true;
  const view = roleSeenBy(call, nodegroup.nodeRole, ec2Principal(call));
  return view !== 'unusable' && view.policies.some((arn) => arn.endsWith('/AmazonEKS_CNI_Policy'));
}

/** Why the nodes do not get Ready just now; undefined when they do. */
export function whyNotJoining(call: Call, cluster: Cluster, nodegroup: Nodegroup): string | undefined {
  for (const addon of ['vpc-cni', 'kube-proxy'])
    if (!runs(cluster, addon)) return `no ${addon} on the cluster`;
  const vpc = ec2State(call).vpcs[cluster.vpcId];
  if (!vpc?.enableDnsHostnames || !vpc.enableDnsSupport) return 'DNS hostnames or DNS support is off';
  if (!admitsNodes(call, cluster, nodegroup.nodeRole))
    return 'the access entry of the node role is missing, or was made for an earlier role of that name';
  const missing = missingPolicies(call, nodegroup);
  if (missing.length > 0) return `the node role lacks ${missing.join(', ')}`;
  if (!cniHasRole(call, cluster, nodegroup)) return 'neither the nodes nor vpc-cni have AmazonEKS_CNI_Policy';
  for (const id of nodegroup.subnetIds) {
    const subnet = ec2State(call).subnets[id];
    if (!subnet || !hasWayOut(call, subnet)) return `${id} has no way out`;
  }
  const closed = closedEndpoints(call, cluster, nodegroup);
  return closed.length > 0 ? `the endpoints do not admit the nodes: ${closed.join(', ')}` : undefined;
}

/** Brings the number of nodes to `count`, what is desired by itself, spread over the subnets. @throws EC2's refusal of an interface. */
export function scaleNodes(
  call: Call,
  cluster: Cluster,
  nodegroup: Nodegroup,
  count = nodegroup.scaling.desiredSize,
): void {
  const { nodes } = nodegroup;
  while (nodes.length > count) removeNode(call, nodes.pop()!, false);
  while (nodes.length < count) {
    const subnetId = nodegroup.subnetIds[nodes.length % nodegroup.subnetIds.length]!;
    nodes.push({ instanceId: launchInstance(call, cluster, nodegroup, subnetId) });
  }
}

function launchInstance(call: Call, cluster: Cluster, nodegroup: Nodegroup, subnetId: string): string {
  const id = call.newId('i');
  const tags = {
    'eks:cluster-name': cluster.name,
    'eks:nodegroup-name': nodegroup.name,
    [`kubernetes.io/cluster/${cluster.name}`]: 'owned',
  };
  const networkInterfaceId = addNetworkInterface(call, {
    subnetId,
    groupIds: nodegroup.groupIds,
    description: '',
    requesterManaged: false,
    instanceId: id,
    tags,
  });
  ec2State(call).instances[id] = {
    id,
    tags,
    visibleAt: call.now,
    subnetId,
    vpcId: cluster.vpcId,
    instanceType: nodegroup.instanceTypes[0]!,
    networkInterfaceId,
    launchedAt: call.now,
    state: 'running',
  };
  return id;
}

/** The VPC CNI gives every node an interface for its pods, where the subnet has an address left. */
export function addPodInterfaces(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  for (const node of nodegroup.nodes) {
    const subnet = ec2State(call).subnets[ec2State(call).instances[node.instanceId]?.subnetId ?? ''];
    if (node.podInterfaceId || !subnet || freeAddressCount(call, subnet) < 1) continue;
    node.podInterfaceId = addNetworkInterface(call, {
      subnetId: subnet.id,
      groupIds: nodegroup.groupIds,
      description: `aws-K8S-${node.instanceId}`,
      requesterManaged: false,
      instanceId: node.instanceId,
      tags: {
        'cluster.k8s.amazonaws.com/name': cluster.name,
        'node.k8s.amazonaws.com/instance_id': node.instanceId,
      },
    });
  }
}

function removeNode(call: Call, node: Node, leavePodInterface: boolean): void {
  const { instances, networkInterfaces } = ec2State(call);
  const instance = instances[node.instanceId];
  if (instance) removeNetworkInterface(call, instance.networkInterfaceId);
  delete instances[node.instanceId];
  const podInterface = networkInterfaces[node.podInterfaceId ?? ''];
  if (!podInterface) return;
  if (leavePodInterface) delete podInterface.attachment;
  else removeNetworkInterface(call, podInterface.id);
}

/** The first `count` go, drained. */
export function removeOldest(call: Call, nodegroup: Nodegroup, count: number): void {
  for (const node of nodegroup.nodes.splice(0, count)) removeNode(call, node, false);
}

/** Takes the nodes away. Killed ones leave their pod interfaces behind, `available`. */
export function removeNodes(call: Call, nodegroup: Nodegroup, leavePodInterfaces: boolean): void {
  for (const node of nodegroup.nodes) removeNode(call, node, leavePodInterfaces);
  nodegroup.nodes = [];
}
