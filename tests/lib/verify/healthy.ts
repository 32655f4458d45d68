/** What AWS would say of a healthy environment made from {@link samplePlan}; tests change one thing of it. */

import { parameterGroupOf } from '#lib/data/parameters.ts';
import { names } from '#lib/ownership/names.ts';
import { tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type {
  DatabaseSeen,
  KubernetesSeen,
  NetworkSeen,
  Observation,
  PermissionSeen,
} from '#lib/verify/observation.ts';
import { samplePlan } from '../../support/plan.ts';

type Mutable<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;

type Complete<T> = { [K in keyof T]: NonNullable<T[K]> };

/** Open to change, and with nothing missing. */
export type Healthy = Mutable<Complete<Observation>>;

const vpcId = 'vpc-1';

export function healthy(plan: EnvironmentPlan = samplePlan()): Healthy {
  const observation = { ...networkOf(plan), ...kubernetesOf(plan), ...dataOf(plan) };
  return structuredClone(observation) as Healthy;
}

function subnetId(component: string): string {
  return `subnet-${component.replace('subnet/', '').replace('/', '-')}`;
}

function subnetIds(plan: EnvironmentPlan, group: string): string[] {
  return plan.subnets.filter((subnet) => subnet.group === group).map((subnet) => subnetId(subnet.component));
}

/** A rule for all protocols. */
export function all(parts: Partial<PermissionSeen>): PermissionSeen {
  return { protocol: '-1', fromPort: undefined, toPort: undefined, groupIds: [], cidrs: [], ...parts };
}

function networkOf(plan: EnvironmentPlan): NetworkSeen {
  const local = { destination: plan.vpcCidr, target: 'local', state: 'active' };
  const table = (id: string, target: string, groups: readonly string[]) => ({
    id,
    main: false,
    routes: [local, { destination: '0.0.0.0/0', target, state: 'active' }],
    subnetIds: groups.flatMap((group) => subnetIds(plan, group)),
    tags: tagRecord(plan, `route-table/${groups[0]}`),
  });
  return {
    vpcs: [
      {
        id: vpcId,
        cidr: plan.vpcCidr,
        moreCidrs: [],
        state: 'available',
        tenancy: 'default',
        name: `aoscloud-${plan.name}-vpc`,
        createdBy: plan.execution,
        tags: tagRecord(plan, 'vpc'),
      },
    ],
    otherVpcs: [
      {
        id: 'vpc-9',
        cidr: '172.31.0.0/16',
        moreCidrs: [],
        state: 'available',
        tenancy: 'default',
        name: 'theirs',
        createdBy: undefined,
        tags: { Name: 'theirs' },
      },
    ],
    dnsSupport: true,
    dnsHostnames: true,
    subnets: plan.subnets.map((subnet) => ({
      id: subnetId(subnet.component),
      cidr: subnet.cidr,
      state: 'available',
      zone: subnet.zone,
      publicAddresses: subnet.group === 'eks-public',
      tags: tagRecord(plan, subnet.component, roleTags[subnet.group]),
    })),
    internetGateways: [{ id: 'igw-1', attachments: [{ vpcId, state: 'available' }] }],
    natGateways: [
      {
        id: 'nat-1',
        state: 'available',
        subnetId: 'subnet-eks-public-a',
        connectivity: 'public',
        component: 'nat-gateway',
        addresses: [{ allocationId: 'eipalloc-1', publicIp: '198.51.100.7' }],
      },
    ],
    addresses: [{ allocationId: 'eipalloc-1', publicIp: '198.51.100.7' }],
    routeTables: [
      {
        id: 'rtb-main',
        main: true,
        routes: [local],
        subnetIds: [],
        tags: tagRecord(plan, 'route-table/main'),
      },
      table('rtb-private', 'nat-1', ['eks-private', 'endpoints']),
      table('rtb-public', 'igw-1', ['eks-public']),
    ],
    flowLogs: [],
    transitGatewayAttachments: [],
    endpoints: plan.endpointServices.map(({ suffix, serviceName }) => ({
      id: `vpce-${suffix}`,
      serviceName,
      type: 'Interface',
      state: 'available',
      privateDns: suffix !== 's3',
      subnetIds: ['subnet-endpoints-a'],
      routeTableIds: [],
      securityGroupIds: ['sg-base', 'sg-eks'],
      dnsName: `vpce-0123456789abcdef0-01234567.${suffix}.${plan.region}.vpce.amazonaws.com`,
      policy: undefined as string | undefined,
      tags: tagRecord(plan, `endpoint/${suffix}`),
    })),
    securityGroups: [
      {
        id: 'sg-base',
        name: 'default',
        ingress: [all({ groupIds: ['sg-base'] }), all({ groupIds: ['sg-eks'] })],
        egress: [all({ cidrs: ['0.0.0.0/0'] })],
        tags: tagRecord(plan, 'default-security-group'),
      },
      {
        id: 'sg-eks',
        name: `eks-cluster-sg-${names(plan).cluster}-1`,
        ingress: [all({ groupIds: ['sg-eks'] }), all({ groupIds: ['sg-base'] })],
        egress: [all({ cidrs: ['0.0.0.0/0'] })],
        tags: { 'aws:eks:cluster-name': names(plan).cluster },
      },
    ],
    networkAcls: [defaultAcl(plan.subnets.map((subnet) => subnetId(subnet.component)))],
  };
}

const roleTags: Record<string, Record<string, string>> = {
  'eks-private': { 'kubernetes.io/role/internal-elb': '1' },
  'eks-public': { 'kubernetes.io/role/elb': '1' },
};

/** The load balancer group of a plan that asks for HTTPS from everywhere. */
export function loadBalancerGroup(plan: EnvironmentPlan): Healthy['securityGroups'][number] {
  return {
    id: 'sg-lb',
    name: names(plan).loadBalancerSecurityGroup,
    ingress: [
      { protocol: 'tcp', fromPort: 443, toPort: 443, groupIds: [], cidrs: ['0.0.0.0/0', '2001:db8::/32'] },
      { protocol: 'icmp', fromPort: -1, toPort: -1, groupIds: [], cidrs: ['198.51.100.0/24'] },
    ],
    egress: [{ ...all({}), groupIds: [], cidrs: ['0.0.0.0/0', '::/0'] }],
    tags: tagRecord(plan, 'load-balancer-security-group'),
  };
}

/** As a new VPC's is: everything allowed, and denied what that does not match. */
export function defaultAcl(subnetIds: readonly string[]): NetworkSeen['networkAcls'][number] {
  const open = { protocol: '-1', cidr: '0.0.0.0/0', fromPort: undefined, toPort: undefined };
  return {
    id: 'acl-1',
    subnetIds,
    entries: [true, false].flatMap((egress) => [
      { ...open, egress, number: 100, allow: true },
      { ...open, egress, number: 32767, allow: false },
    ]),
  };
}

function kubernetesOf(plan: EnvironmentPlan): Complete<KubernetesSeen> {
  const { cluster, nodegroup } = names(plan);
  const issuer = `oidc.eks.${plan.region}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF`;
  return {
    cluster: {
      name: cluster,
      status: 'ACTIVE',
      version: plan.eks.version,
      endpoint: `https://0123456789ABCDEF0123456789ABCDEF.gr7.${plan.region}.eks.amazonaws.com`,
      vpcId,
      subnetIds: [...subnetIds(plan, 'eks-private'), ...subnetIds(plan, 'eks-public')],
      privateAccess: true,
      supportType: plan.eks.supportType.toUpperCase(),
      publicAccess: plan.eks.publicAccess,
      publicAccessCidrs: plan.eks.publicAccess ? plan.eks.publicAccessCidrs : [],
      deletionProtection: plan.eks.deletionProtection,
      logTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      serviceIpv4Cidr: plan.eks.serviceIpv4Cidr,
      securityGroupId: 'sg-eks',
      issuer: `https://${issuer}`,
    },
    oidcProvider: {
      arn: `arn:aws:iam::${plan.account}:oidc-provider/${issuer}`,
      url: issuer,
      audiences: ['sts.amazonaws.com'],
    },
    addons: ['vpc-cni', 'kube-proxy', 'coredns', 'aws-efs-csi-driver', 'eks-pod-identity-agent'].map(
      (name) => ({ name, status: 'ACTIVE' }),
    ),
    accessEntries: plan.eks.administrators.map((principal) => ({ principal, own: true, administers: true })),
    nodegroup: {
      name: nodegroup,
      status: 'ACTIVE',
      version: plan.eks.version,
      subnetIds: subnetIds(plan, 'eks-private'),
      amiType: 'BOTTLEROCKET_x86_64',
      instanceTypes: plan.eks.nodes.instanceTypes,
      minSize: plan.eks.nodes.minSize,
      maxSize: plan.eks.nodes.maxSize,
    },
    nodegroupsBeside: [],
    launchTemplate: {
      id: 'lt-1',
      version: '1',
      httpTokens: 'required',
      httpEndpoint: 'enabled',
      hopLimit: 2,
      securityGroupIds: [],
      volumes: ['/dev/xvda', '/dev/xvdb'].map((device) => ({
        device,
        type: 'gp3',
        sizeGiB: plan.eks.nodes.diskSizeGiB,
        encrypted: true,
        deletedWithNode: true,
      })),
    },
  };
}

function dataOf(
  plan: EnvironmentPlan,
): Complete<Pick<Observation, 'aurora' | 'documentdb' | 'cache' | 'fileSystem'>> {
  const name = names(plan);
  const zone = plan.zones[0].name;
  return {
    aurora: databaseOf(plan, 'aurora', { engine: 'aurora-postgresql', port: 5432 }),
    documentdb: databaseOf(plan, 'documentdb', { engine: 'docdb', port: 27017 }),
    cache: {
      id: name.replicationGroup,
      status: 'available',
      nodeType: plan.elasticache.nodeType,
      nodes: plan.elasticache.replicas + 1,
      engineVersion: `${plan.elasticache.engineVersion}.0`,
      snapshotRetentionDays: plan.elasticache.snapshotRetentionDays,
      multiZone: true,
      automaticFailover: true,
      userGroupIds: [],
      atRestEncryption: true,
      transitEncryption: true,
      primaryEndpoint: `master.${name.replicationGroup}.abc123.euc1.cache.amazonaws.com`,
      readerEndpoint: `replica.${name.replicationGroup}.abc123.euc1.cache.amazonaws.com`,
      port: 6379,
      subnetGroup: { name: name.cacheSubnetGroup, vpcId, subnetIds: subnetIds(plan, 'elasticache') },
      members: plan.zones.slice(0, plan.elasticache.replicas + 1).map((each, index) => ({
        id: `${name.replicationGroup}-00${index + 1}`,
        status: 'available',
        engine: 'redis',
        zone: each.name,
        securityGroupIds: ['sg-base'],
      })),
    },
    fileSystem: {
      id: 'fs-1',
      state: 'available',
      encrypted: true,
      throughputMode: plan.efs.throughputMode,
      provisionedThroughput: plan.efs.provisionedThroughput,
      backup: plan.efs.backup,
      mountTargets: subnetIds(plan, 'eks-private').map((id, index) => ({
        id: `fsmt-${index + 1}`,
        state: 'available',
        vpcId,
        subnetId: id,
        zoneId: plan.zones[index]?.id ?? zone,
        securityGroupIds: ['sg-base'],
      })),
    },
  };
}

function databaseOf(
  plan: EnvironmentPlan,
  kind: 'aurora' | 'documentdb',
  { engine, port }: { engine: string; port: number },
): DatabaseSeen {
  const id = names(plan)[`${kind}Cluster`];
  const host = `abc123.${plan.region}.rds.amazonaws.com`;
  return {
    id,
    engine,
    engineVersion: plan[kind].engineVersion,
    status: 'available',
    endpoint: `${id}.cluster-${host}`,
    readerEndpoint: `${id}.cluster-ro-${host}`,
    port,
    subnetGroup: { name: names(plan)[`${kind}SubnetGroup`], vpcId, subnetIds: subnetIds(plan, kind) },
    securityGroupIds: ['sg-base'],
    storageEncrypted: true,
    storageType: plan[kind].storageType,
    backupRetentionDays: plan[kind].backupRetentionDays,
    deletionProtection: plan[kind].deletionProtection,
    servesTls: true,
    insistsOnTls: true,
    parameterGroup: names(plan)[`${kind}ParameterGroup`],
    parameters: { ...parameterGroupOf(kind, plan)?.parameters },
    secret: {
      arn: `arn:aws:secretsmanager:${plan.region}:${plan.account}:secret:rds!cluster-${kind}`,
      status: 'active',
    },
    instances: Array.from({ length: plan[kind].instances }, (_, index) => ({
      id: `${id}-${index + 1}`,
      status: 'available',
      instanceClass: plan[kind].instanceClass,
      pendingClass: undefined as string | undefined,
      zone: plan.zones[index % 3]!.name,
    })),
  };
}
