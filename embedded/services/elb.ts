/**
 * Load balancers, of both APIs. Nobody makes them through these models: Kubernetes controllers do, behind the
 * provisioner's back, and they stand in the way of a removal. Tests place them.
 */
import { z } from 'zod';
import { AwsFault, type Call, mutation, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import { addNetworkInterface, removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { requireSubnet } from '#embedded/services/ec2/state.ts';

export type LoadBalancerType = 'application' | 'network' | 'classic';

interface LoadBalancer {
  name: string;
  type: LoadBalancerType;
  /** The name, for a classic one. */
  arn: string;
  dnsName: string;
  vpcId: string;
  subnets: { id: string; zoneName: string }[];
  groupIds: string[];
  createdAt: number;
  deletionProtection: boolean;
  tags: Record<string, string>;
  networkInterfaceIds: string[];
}

interface TargetGroup {
  name: string;
  arn: string;
  vpcId: string;
  loadBalancerArns: string[];
  tags: Record<string, string>;
}

interface ElbState {
  loadBalancers: Record<string, LoadBalancer>;
  targetGroups: Record<string, TargetGroup>;
  /** Interfaces that outlive their load balancer, by its ARN. */
  leaving: Record<string, string[]>;
}

function elbState(call: Call): ElbState {
  return call.state<ElbState>('elbv2', () => ({ loadBalancers: {}, targetGroups: {}, leaving: {} }));
}

export interface PlacedLoadBalancer {
  readonly type: LoadBalancerType;
  readonly name: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** The cluster whose controller made it. */
  readonly clusterName: string;
  readonly deletionProtection?: boolean;
}

/** Makes one as the Kubernetes controllers do: interfaces, a `k8s-…` security group, a target group, their tags. */
export function placeLoadBalancer(
  call: Call,
  wanted: PlacedLoadBalancer,
): { arn: string; securityGroupId: string; networkInterfaceIds: string[] } {
  const { type, name, vpcId, clusterName } = wanted;
  const state = elbState(call);
  const prefix = `arn:${call.partition}:elasticloadbalancing:${call.region}:${call.account}`;
  const suffix = call.hex(16);
  const path = `${type === 'network' ? 'net' : 'app'}/${name}/${suffix}`;
  const tags: Record<string, string> =
    type === 'classic'
      ? { [`kubernetes.io/cluster/${clusterName}`]: 'owned', 'kubernetes.io/service-name': `default/${name}` }
      : { 'elbv2.k8s.aws/cluster': clusterName, 'service.k8s.aws/stack': `default/${name}` };
  const securityGroupId = addSecurityGroup(call, {
    vpcId,
    name: type === 'classic' ? `k8s-elb-${name}` : `k8s-default-${name}-${suffix.slice(0, 10)}`,
    description:
      type === 'classic'
        ? `Security group for Kubernetes ELB ${name}`
        : '[k8s] Managed SecurityGroup for LoadBalancer',
    tags,
  });
  const networkInterfaceIds = wanted.subnetIds.map((subnetId) =>
    addNetworkInterface(call, {
      subnetId,
      groupIds: [securityGroupId],
      description: `ELB ${type === 'classic' ? name : path}`,
      ...(type === 'network' ? { interfaceType: 'network_load_balancer' } : {}),
      requesterId: 'amazon-elb',
    }),
  );
  const arn = type === 'classic' ? name : `${prefix}:loadbalancer/${path}`;
  state.loadBalancers[arn] = {
    name,
    type,
    arn,
    dnsName: `${name}-${suffix.slice(0, 10)}.${call.region}.elb.amazonaws.com`,
    vpcId,
    subnets: wanted.subnetIds.map((id) => ({ id, zoneName: requireSubnet(call, id).zoneName })),
    groupIds: [securityGroupId],
    createdAt: call.now,
    deletionProtection: wanted.deletionProtection ?? false,
    tags,
    networkInterfaceIds,
  };
  if (type !== 'classic') {
    const targetGroupArn = `${prefix}:targetgroup/k8s-${name}/${call.hex(16)}`;
    state.targetGroups[targetGroupArn] = {
      name: `k8s-${name}`,
      arn: targetGroupArn,
      vpcId,
      loadBalancerArns: [arn],
      tags,
    };
  }
  return { arn, securityGroupId, networkInterfaceIds };
}

function notFound(api: 'elbv2' | 'elb', what: string): AwsFault {
  return api === 'elb'
    ? new AwsFault('AccessPointNotFoundException', `There is no ACTIVE Load Balancer named '${what}'`, {
        wireCode: 'LoadBalancerNotFound',
      })
    : new AwsFault('LoadBalancerNotFoundException', `One or more load balancers not found: ${what}`, {
        wireCode: 'LoadBalancerNotFound',
      });
}

function invalidMarker(): AwsFault {
  return new AwsFault('ValidationError', 'Invalid marker.', { wireCode: 'ValidationError' });
}

function all(call: Call, api: 'elbv2' | 'elb'): LoadBalancer[] {
  return Object.values(elbState(call).loadBalancers).filter(
    (one) => (one.type === 'classic') === (api === 'elb'),
  );
}

/** Those named, each of which must exist; all of them where none is named. */
function selected(
  call: Call,
  api: 'elbv2' | 'elb',
  by: 'arn' | 'name',
  values: readonly string[] | undefined,
): LoadBalancer[] {
  const candidates = all(call, api);
  return (
    values?.map((value) => {
      const match = candidates.find((one) => one[by] === value);
      if (!match) throw notFound(api, value);
      return match;
    }) ?? candidates
  );
}

/** Deleting an unknown load balancer succeeds, in both APIs. The interfaces go half a minute or more later. */
function remove(call: Call, arn: string): void {
  const state = elbState(call);
  const balancer = state.loadBalancers[arn];
  if (!balancer) return;
  if (balancer.deletionProtection) {
    throw new AwsFault(
      'OperationNotPermittedException',
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
      { wireCode: 'OperationNotPermitted' },
    );
  }
  delete state.loadBalancers[arn];
  state.leaving[arn] = balancer.networkInterfaceIds;
  for (const group of Object.values(state.targetGroups))
    group.loadBalancerArns = group.loadBalancerArns.filter((other) => other !== arn);
  call.schedule('elbv2:interfacesGone', arn, call.between(30, 90));
}

function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function describedV2(balancer: LoadBalancer): object {
  return {
    LoadBalancerArn: balancer.arn,
    LoadBalancerName: balancer.name,
    DNSName: balancer.dnsName,
    CreatedTime: new Date(balancer.createdAt),
    Scheme: 'internet-facing',
    VpcId: balancer.vpcId,
    State: { Code: 'active' },
    Type: balancer.type,
    AvailabilityZones: balancer.subnets.map(({ id, zoneName }) => ({ ZoneName: zoneName, SubnetId: id })),
    SecurityGroups: balancer.groupIds,
    IpAddressType: 'ipv4',
  };
}

function describedClassic(balancer: LoadBalancer): object {
  return {
    LoadBalancerName: balancer.name,
    DNSName: balancer.dnsName,
    CreatedTime: new Date(balancer.createdAt),
    Scheme: 'internet-facing',
    VPCId: balancer.vpcId,
    AvailabilityZones: balancer.subnets.map(({ zoneName }) => zoneName),
    Subnets: balancer.subnets.map(({ id }) => id),
    SecurityGroups: balancer.groupIds,
    Instances: [],
  };
}

const paging = {
  Marker: z.string().optional(),
  PageSize: z.number().int().min(1).max(400).optional(),
};
const strings = z.array(z.string());

export const elbv2: ServiceModel = {
  service: 'elbv2',
  operations: {
    DescribeLoadBalancers: read(
      { LoadBalancerArns: strings.optional(), Names: strings.optional(), ...paging },
      (input, call) => {
        const found = input.Names
          ? selected(call, 'elbv2', 'name', input.Names)
          : selected(call, 'elbv2', 'arn', input.LoadBalancerArns);
        const { items, next } = pageOf(found, input.Marker, input.PageSize ?? 400, invalidMarker);
        return { LoadBalancers: items.map(describedV2), NextMarker: next };
      },
    ),
    DescribeTags: read({ ResourceArns: strings.min(1).max(20) }, (input, call) => ({
      TagDescriptions: input.ResourceArns.map((arn) => {
        const resource = elbState(call).loadBalancers[arn] ?? elbState(call).targetGroups[arn];
        if (!resource) throw notFound('elbv2', arn);
        return { ResourceArn: arn, Tags: tagList(resource.tags) };
      }),
    })),
    DeleteLoadBalancer: mutation({ LoadBalancerArn: z.string() }, (input, call) => {
      remove(call, input.LoadBalancerArn);
      return {};
    }),
    DescribeTargetGroups: read(
      { LoadBalancerArn: z.string().optional(), TargetGroupArns: strings.optional(), ...paging },
      (input, call) => {
        const groups = Object.values(elbState(call).targetGroups).filter(
          (group) =>
            (!input.LoadBalancerArn || group.loadBalancerArns.includes(input.LoadBalancerArn)) &&
            (!input.TargetGroupArns || input.TargetGroupArns.includes(group.arn)),
        );
        const { items, next } = pageOf(groups, input.Marker, input.PageSize ?? 400, invalidMarker);
        return {
          TargetGroups: items.map((group) => ({
            TargetGroupArn: group.arn,
            TargetGroupName: group.name,
            VpcId: group.vpcId,
            LoadBalancerArns: group.loadBalancerArns,
            TargetType: 'ip',
          })),
          NextMarker: next,
        };
      },
    ),
    DeleteTargetGroup: mutation({ TargetGroupArn: z.string() }, (input, call) => {
      const group = elbState(call).targetGroups[input.TargetGroupArn];
      if (group && group.loadBalancerArns.length > 0) {
        throw new AwsFault(
          'ResourceInUseException',
          `Target group '${group.arn}' is currently in use by a listener or a rule`,
          { wireCode: 'ResourceInUse' },
        );
      }
      delete elbState(call).targetGroups[input.TargetGroupArn];
      return {};
    }),
  },
  events: {
    'elbv2:interfacesGone': (arn, call) => {
      for (const id of elbState(call).leaving[arn] ?? []) removeNetworkInterface(call, id);
      delete elbState(call).leaving[arn];
    },
  },
  inventory: (call) => ({
    'elbv2:load-balancer': all(call, 'elbv2').map((one) => one.arn),
    'elbv2:target-group': Object.keys(elbState(call).targetGroups),
  }),
};

/** The older API, for classic load balancers. Its state is kept beside the newer one's. */
export const elb: ServiceModel = {
  service: 'elb',
  operations: {
    DescribeLoadBalancers: read({ LoadBalancerNames: strings.optional(), ...paging }, (input, call) => {
      const found = selected(call, 'elb', 'name', input.LoadBalancerNames);
      const { items, next } = pageOf(found, input.Marker, input.PageSize ?? 400, invalidMarker);
      return { LoadBalancerDescriptions: items.map(describedClassic), NextMarker: next };
    }),
    DescribeTags: read({ LoadBalancerNames: strings.min(1).max(20) }, (input, call) => ({
      TagDescriptions: selected(call, 'elb', 'name', input.LoadBalancerNames).map((one) => ({
        LoadBalancerName: one.name,
        Tags: tagList(one.tags),
      })),
    })),
    DeleteLoadBalancer: mutation({ LoadBalancerName: z.string() }, (input, call) => {
      remove(call, input.LoadBalancerName);
      return {};
    }),
  },
  inventory: (call) => ({ 'elb:load-balancer': all(call, 'elb').map((one) => one.name) }),
};
