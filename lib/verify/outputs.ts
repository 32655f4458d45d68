/** What a finished environment offers to whoever deploys into it. Ids, names and ARNs; never a secret. */
import type { EnvironmentPlan, SubnetGroup } from '#lib/run/environment.ts';
import { componentOf, endpointsOf, idsOf, subnetsOf } from '#lib/verify/rules/rule.ts';
import { loadBalancerGroups } from '#lib/verify/rules/security-groups.ts';
import type { DatabaseSeen, Observation } from './observation.ts';

interface DatabaseOutputs {
  readonly endpoint: string;
  readonly readerEndpoint: string;
  readonly port: number;
  /** The Secrets Manager secret in which AWS keeps user and password. */
  readonly secretArn: string;
}

export interface EnvironmentOutputs {
  readonly vpc: { readonly id: string; readonly cidr: string };
  readonly subnets: readonly {
    /** Such as `subnet/eks-private/a`. */
    readonly component: string;
    readonly id: string;
    readonly cidr: string;
    /** The Availability Zone's name. */
    readonly zone: string;
  }[];
  readonly endpoints: readonly {
    /** Such as `com.amazonaws.eu-central-1.ecr.api`. */
    readonly service: string;
    readonly id: string;
    readonly dnsName: string;
  }[];
  /** From this address the environment speaks to the Internet. */
  readonly natPublicIp: string;
  /** Where each zone has a NAT gateway: all of them. */
  readonly natPublicIps?: readonly string[];
  readonly cluster: {
    readonly name: string;
    readonly endpoint: string;
    readonly version: string;
    readonly securityGroupId: string;
    readonly oidcProviderArn: string;
  };
  readonly aurora: DatabaseOutputs;
  readonly documentdb: DatabaseOutputs;
  readonly elasticache: {
    readonly primaryEndpoint: string;
    readonly readerEndpoint: string;
    readonly port: number;
  };
  readonly efs: { readonly id: string; readonly dnsName: string };
  readonly loadBalancerSecurityGroupId?: string;
  /** For the route tables of the transit gateway. */
  readonly transitGatewayAttachmentId?: string;
}

/** Subnets in the order of the address plan. */
const groupOrder: readonly SubnetGroup[] = [
  'eks-private',
  'eks-public',
  'endpoints',
  'aurora',
  'documentdb',
  'elasticache',
];

/** The outputs of an environment that holds every rule; of any other, members may be empty. */
export function outputsOf(plan: EnvironmentPlan, seen: Observation): EnvironmentOutputs {
  const { cluster, cache, fileSystem } = seen;
  const [loadBalancerGroup] = loadBalancerGroups(plan, seen);
  const natPublicIps = natAddressesOf(seen);
  const attachment = seen.transitGatewayAttachments.find(
    ({ gatewayId }) => gatewayId === plan.network.transitGateway?.id,
  );
  return {
    vpc: { id: seen.vpcs[0]?.id ?? '', cidr: seen.vpcs[0]?.cidr ?? '' },
    subnets: subnetOutputs(seen),
    endpoints: endpointsOf(plan, seen)
      .map(({ serviceName, id, dnsName }) => ({ service: serviceName, id, dnsName: dnsName ?? '' }))
      .sort((one, other) => (one.service < other.service ? -1 : 1)),
    natPublicIp: natPublicIps[0] ?? '',
    ...(plan.network.natGateways === 'per-zone' ? { natPublicIps } : {}),
    cluster: {
      name: cluster?.name ?? '',
      endpoint: cluster?.endpoint ?? '',
      version: cluster?.version ?? '',
      securityGroupId: cluster?.securityGroupId ?? '',
      oidcProviderArn: seen.oidcProvider?.arn ?? '',
    },
    aurora: databaseOutputs(seen.aurora),
    documentdb: databaseOutputs(seen.documentdb),
    elasticache: {
      primaryEndpoint: cache?.primaryEndpoint ?? '',
      readerEndpoint: cache?.readerEndpoint ?? '',
      port: cache?.port ?? 0,
    },
    efs: { id: fileSystem?.id ?? '', dnsName: fileSystemDnsName(plan, fileSystem?.id ?? '') },
    ...(loadBalancerGroup ? { loadBalancerSecurityGroupId: loadBalancerGroup.id } : {}),
    ...(attachment ? { transitGatewayAttachmentId: attachment.id } : {}),
  };
}

/** In the order of the zones. */
function natAddressesOf(seen: Observation): string[] {
  const rank = ({ subnetId }: Observation['natGateways'][number]) =>
    idsOf(subnetsOf(seen, 'eks-public')).indexOf(subnetId);
  return [...seen.natGateways]
    .sort((one, other) => rank(one) - rank(other))
    .map(({ addresses }) => addresses[0]?.publicIp ?? '');
}

function subnetOutputs(seen: Observation): EnvironmentOutputs['subnets'] {
  const rank = (component: string) =>
    groupOrder.findIndex((group) => component.startsWith(`subnet/${group}/`));
  return seen.subnets
    .map((subnet) => ({
      component: componentOf(subnet),
      id: subnet.id,
      cidr: subnet.cidr,
      zone: subnet.zone.name,
    }))
    .filter((subnet) => rank(subnet.component) >= 0)
    .sort((one, other) => {
      const byGroup = rank(one.component) - rank(other.component);
      return byGroup || (one.component < other.component ? -1 : 1);
    });
}

function databaseOutputs(database: DatabaseSeen | undefined): DatabaseOutputs {
  return {
    endpoint: database?.endpoint ?? '',
    readerEndpoint: database?.readerEndpoint ?? '',
    port: database?.port ?? 0,
    secretArn: database?.secret?.arn ?? '',
  };
}

/** EFS answers no name; this one resolves inside the VPC, once it has a mount target (aws-facts 9). */
function fileSystemDnsName(plan: EnvironmentPlan, id: string): string {
  const suffix = plan.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${id}.efs.${plan.region}.${suffix}`;
}
