/** An accepted plan, small, as `accept` would have made it for the default CIDR. */
import type { EnvironmentPlan, RemovalTarget, SubnetGroup, SubnetPlan } from '#lib/run/environment.ts';

const region = 'eu-central-1';
const zones = [
  { name: `${region}a`, id: 'euc1-az2' },
  { name: `${region}b`, id: 'euc1-az3' },
  { name: `${region}c`, id: 'euc1-az1' },
] as const;

function group(name: SubnetGroup, cidrs: readonly string[]): SubnetPlan[] {
  return cidrs.map((cidr, index) => ({
    component: `subnet/${name}/${'abc'[index]}`,
    group: name,
    cidr,
    zone: zones[index]!,
  }));
}

const suffixes = [
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'logs',
  'sts',
  'elasticloadbalancing',
  'autoscaling',
  'secretsmanager',
  'rds',
  's3',
  'elasticache',
  'email-smtp',
];

export function samplePlan(changes: Partial<EnvironmentPlan> = {}): EnvironmentPlan {
  return {
    name: 'dev',
    region,
    account: '111122223333',
    partition: 'aws',
    execution: 'run-1',
    onFailure: 'rollback',
    rollbackName: 'run-1-rollback',
    tags: { team: 'platform' },
    vpcCidr: '10.231.0.0/16',
    zones,
    subnets: [
      ...group('eks-private', ['10.231.0.0/20', '10.231.16.0/20', '10.231.32.0/20']),
      ...group('eks-public', ['10.231.48.0/22', '10.231.52.0/22', '10.231.56.0/22']),
      ...group('endpoints', ['10.231.100.0/24']),
      ...group('aurora', ['10.231.253.192/28', '10.231.253.208/28', '10.231.253.224/28']),
      ...group('documentdb', ['10.231.255.128/28', '10.231.255.144/28', '10.231.255.160/28']),
      ...group('elasticache', ['10.231.255.64/28', '10.231.255.80/28', '10.231.255.96/28']),
    ],
    endpointServices: suffixes.map((suffix) => ({
      suffix,
      serviceName: `com.amazonaws.${region}.${suffix}`,
    })),
    eks: {
      version: '1.35',
      supportType: 'standard',
      serviceIpv4Cidr: '172.20.0.0/16',
      publicAccess: false,
      publicAccessCidrs: [],
      administrators: ['arn:aws:iam::111122223333:role/platform-admin'],
      deletionProtection: false,
      nodes: { instanceTypes: ['t3a.2xlarge'], minSize: 3, maxSize: 10, diskSizeGiB: 50 },
    },
    aurora: {
      instanceClass: 'db.t3.medium',
      instances: 1,
      instanceZones: ['eu-central-1a'],
      engineVersion: '16.6',
      allowMajorUpgrade: false,
      storageType: 'aurora',
      backupRetentionDays: 7,
      deletionProtection: false,
    },
    documentdb: {
      instanceClass: 'db.t4g.medium',
      instances: 1,
      instanceZones: ['eu-central-1a'],
      engineVersion: '5.0.0',
      allowMajorUpgrade: false,
      storageType: 'standard',
      backupRetentionDays: 7,
      deletionProtection: false,
    },
    elasticache: {
      nodeType: 'cache.t4g.medium',
      replicas: 1,
      engine: 'redis',
      engineVersion: '7.1',
      snapshotRetentionDays: 7,
      authentication: 'none',
    },
    efs: { throughputMode: 'elastic', backup: true },
    loadBalancer: { ingress: [] },
    network: { s3GatewayEndpoint: false, natGateways: 'one', natAddresses: [] },
    ...changes,
  };
}

/** What a removal of {@link samplePlan} is asked. */
export function sampleRemoval(changes: Partial<RemovalTarget> = {}): RemovalTarget {
  const { name, account, partition } = samplePlan();
  return {
    name,
    region,
    account,
    partition,
    execution: 'removal-1',
    finalSnapshots: true,
    deleteLogs: false,
    unprotect: false,
    ...changes,
  };
}
