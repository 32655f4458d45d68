/** R1–R31 in the suite's own words, on what was read back. */
import { expect } from 'vitest';
import { type Environment, ids, one, overlap } from './environment.ts';

export type RuleCheck = (environment: Environment) => void;

const eksPrivate = ['0.0/20', '16.0/20', '32.0/20'];
const eksPublic = ['48.0/22', '52.0/22', '56.0/22'];
const endpointsSubnet = '100.0/24';
const aurora = ['253.192/28', '253.208/28', '253.224/28'];
const documentdb = ['255.128/28', '255.144/28', '255.160/28'];
const elasticache = ['255.64/28', '255.80/28', '255.96/28'];
const services = [
  'autoscaling',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'elasticache',
  'elasticloadbalancing',
  'email-smtp',
  'logs',
  'rds',
  's3',
  'secretsmanager',
  'sts',
];

/** One in each of three zones, the same three in the same order everywhere. */
function zonesOf(environment: Environment, group: readonly string[]): string[] {
  const zones = environment.at(...group).map(({ AvailabilityZone }) => AvailabilityZone as string);
  expect(new Set(zones).size).toBe(group.length);
  return zones;
}

function tagged(environment: Environment, group: readonly string[], key: string): void {
  for (const { Tags = [] } of environment.at(...group)) expect(Tags).toContainEqual({ Key: key, Value: '1' });
}

function tableOf(environment: Environment, ...group: string[]): Environment['routeTables'][number] {
  const wanted = ids(environment.at(...group));
  const table = one(
    environment.routeTables.filter(({ Associations = [] }) =>
      Associations.some(({ SubnetId }) => SubnetId === wanted[0]),
    ),
    `route table of ${group[0]}`,
  );
  expect(table.Associations?.map(({ SubnetId }) => SubnetId as string).toSorted()).toEqual(wanted);
  return table;
}

/** Ingress rules of `group` from `source`, all protocols and ports. */
function admits({ rules }: Environment, group: string, source: string): boolean {
  return rules.some(
    ({ GroupId, IsEgress, IpProtocol, ReferencedGroupInfo }) =>
      GroupId === group && !IsEgress && IpProtocol === '-1' && ReferencedGroupInfo?.GroupId === source,
  );
}

function subnetGroupOf(environment: Environment, name: string | undefined, group: readonly string[]): void {
  const found = one(
    environment.databaseSubnetGroups.filter(({ DBSubnetGroupName }) => DBSubnetGroupName === name),
    `subnet group ${name}`,
  );
  expect(found.VpcId).toBe(environment.vpc.VpcId);
  expect(found.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier as string).toSorted()).toEqual(
    ids(environment.at(...group)),
  );
}

const addressPlan: Record<string, RuleCheck> = {
  R1: ({ vpc, prefix, subnets }) => {
    expect(vpc).toMatchObject({ CidrBlock: `${prefix}.0.0/16`, InstanceTenancy: 'default' });
    expect(subnets).toHaveLength(16);
  },
  R2: ({ vpc }) => expect(vpc.CidrBlock).toMatch(/^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\..*\.0\.0\/16$/),
  R3: ({ vpc, prefix }) => expect(vpc.CidrBlock?.startsWith(`${prefix}.`)).toBe(true),
  R4: ({ vpc, otherVpcs }) => {
    for (const { CidrBlock } of otherVpcs)
      expect(overlap(CidrBlock as string, vpc.CidrBlock as string), CidrBlock).toBe(false);
  },
  R5: ({ attributes }) => expect(attributes).toEqual({ hostnames: true, support: true }),
  R6: (environment) => {
    zonesOf(environment, eksPrivate);
    tagged(environment, eksPrivate, 'kubernetes.io/role/internal-elb');
  },
  R7: (environment) => {
    zonesOf(environment, eksPublic);
    tagged(environment, eksPublic, 'kubernetes.io/role/elb');
  },
  R8: (environment) => zonesOf(environment, [endpointsSubnet]),
  R9: (environment) => zonesOf(environment, aurora),
  R10: (environment) => zonesOf(environment, documentdb),
  R11: (environment) => zonesOf(environment, elasticache),
  R12: (environment) => {
    const { subnets } = environment;
    for (const [index, { CidrBlock }] of subnets.entries())
      for (const other of subnets.slice(index + 1))
        expect(overlap(CidrBlock as string, other.CidrBlock as string)).toBe(false);
    const order = zonesOf(environment, eksPrivate);
    for (const group of [eksPublic, aurora, documentdb, elasticache])
      expect(zonesOf(environment, group)).toEqual(order);
  },
};

const routing: Record<string, RuleCheck> = {
  R13: ({ internetGateways }) => expect(internetGateways).toHaveLength(1),
  R14: (environment) => {
    const nat = one(environment.natGateways, 'NAT gateway');
    expect(nat.State).toBe('available');
    expect(nat.SubnetId).toBe(environment.at('48.0/22')[0]?.SubnetId);
    const allocation = one(nat.NatGatewayAddresses ?? [], 'address of the NAT gateway').AllocationId;
    expect(environment.addresses.map(({ AllocationId }) => AllocationId)).toContain(allocation);
  },
  R15: (environment) => {
    const { Routes } = tableOf(environment, ...eksPrivate, endpointsSubnet);
    expect(Routes).toContainEqual(
      expect.objectContaining({
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: environment.natGateways[0]?.NatGatewayId,
      }),
    );
  },
  R16: (environment) => {
    const { Routes } = tableOf(environment, ...eksPublic);
    expect(Routes).toContainEqual(
      expect.objectContaining({
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: environment.internetGateways[0]?.InternetGatewayId,
      }),
    );
  },
  R17: ({ mainRouteTable, at, routeTables }) => {
    expect(mainRouteTable.Routes?.map(({ GatewayId }) => GatewayId)).toEqual(['local']);
    const explicit = routeTables.flatMap(({ Associations = [] }) =>
      Associations.map(({ SubnetId }) => SubnetId),
    );
    for (const { SubnetId } of at(...aurora, ...documentdb, ...elasticache))
      expect(explicit).not.toContain(SubnetId);
  },
};

const endpointsAndGroups: Record<string, RuleCheck> = {
  R18: (environment) => {
    const { endpoints, region } = environment;
    const subnet = environment.at(endpointsSubnet)[0]?.SubnetId;
    expect(endpoints.map(({ ServiceName }) => ServiceName).toSorted()).toEqual(
      services.map((service) => `com.amazonaws.${region}.${service}`),
    );
    for (const endpoint of endpoints)
      expect(endpoint).toMatchObject({
        VpcEndpointType: 'Interface',
        SubnetIds: [subnet],
        State: 'available',
      });
  },
  R19: ({ endpoints }) => {
    for (const { ServiceName, PrivateDnsEnabled } of endpoints)
      expect(PrivateDnsEnabled, ServiceName).toBe(!ServiceName?.endsWith('.s3'));
  },
  R20: ({ endpoints, defaultGroup, clusterGroup }) => {
    for (const { Groups, ServiceName } of endpoints)
      expect(Groups?.map(({ GroupId }) => GroupId).toSorted(), ServiceName).toEqual(
        [defaultGroup, clusterGroup].toSorted(),
      );
  },
  R21: ({ defaultGroup, aurora: clusters, documentdb: documents, cacheClusters, fileSystems }) => {
    for (const { VpcSecurityGroups } of [...clusters, ...documents])
      expect(VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId)).toEqual([defaultGroup]);
    for (const { SecurityGroups } of cacheClusters)
      expect(SecurityGroups?.map(({ SecurityGroupId }) => SecurityGroupId)).toEqual([defaultGroup]);
    for (const { mountTargets } of fileSystems)
      for (const { SecurityGroups } of mountTargets) expect(SecurityGroups).toEqual([defaultGroup]);
  },
  R22: (environment) =>
    expect(admits(environment, environment.defaultGroup, environment.clusterGroup)).toBe(true),
  R23: (environment) =>
    expect(admits(environment, environment.clusterGroup, environment.defaultGroup)).toBe(true),
  R24: ({ securityGroups, defaultGroup, clusterGroup, ingress, rules }) => {
    const others = securityGroups.filter(
      ({ GroupId }) => GroupId !== defaultGroup && GroupId !== clusterGroup,
    );
    expect(others).toHaveLength(ingress.length > 0 ? 1 : 0);
    if (ingress.length === 0) return;
    const ofGroup = rules.filter(({ GroupId }) => GroupId === others[0]?.GroupId);
    const inward = ofGroup.filter(({ IsEgress }) => !IsEgress);
    expect(
      inward
        .map(
          ({ IpProtocol, FromPort, ToPort, CidrIpv4 }) => `${IpProtocol} ${FromPort}-${ToPort} ${CidrIpv4}`,
        )
        .toSorted(),
    ).toEqual([...ingress].toSorted());
    const outward = ofGroup.filter(({ IsEgress, IpProtocol }) => IsEgress && IpProtocol === '-1');
    expect(outward.map(({ CidrIpv4, CidrIpv6 }) => CidrIpv4 ?? CidrIpv6).toSorted()).toEqual([
      '0.0.0.0/0',
      '::/0',
    ]);
  },
  R25: (environment) => {
    const {
      aurora: clusters,
      documentdb: documents,
      replicationGroups,
      defaultGroup,
      clusterGroup,
    } = environment;
    expect(clusters.map(({ Port }) => Port)).toEqual([5432]);
    expect(documents.map(({ Port }) => Port)).toEqual([27017]);
    const shard = one(replicationGroups, 'replication group').NodeGroups?.[0];
    expect(shard?.PrimaryEndpoint?.Port).toBe(6379);
    // All of them, EFS and the endpoints stand in the default group, which admits the cluster's; pods share one.
    expect(admits(environment, defaultGroup, clusterGroup)).toBe(true);
    expect(admits(environment, clusterGroup, clusterGroup)).toBe(true);
  },
};

const clusterAndServices: Record<string, RuleCheck> = {
  R26: (environment) => {
    const { cluster, securityGroups, clusterGroup, oidcProviders } = environment;
    expect(cluster.status).toBe('ACTIVE');
    expect(cluster.resourcesVpcConfig?.subnetIds?.toSorted()).toEqual(
      ids(environment.at(...eksPrivate, ...eksPublic)),
    );
    expect(cluster.resourcesVpcConfig).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
    });
    expect(securityGroups.find(({ GroupId }) => GroupId === clusterGroup)?.Tags).toContainEqual({
      Key: 'aws:eks:cluster-name',
      Value: cluster.name,
    });
    const issuer = cluster.identity?.oidc?.issuer?.replace('https://', '');
    const provider = one(
      oidcProviders.filter(({ Url }) => Url?.replace('https://', '') === issuer),
      'OIDC provider of the issuer',
    );
    expect(provider.ClientIDList).toContain('sts.amazonaws.com');
    expect(cluster.addons).toEqual(
      expect.arrayContaining([
        'aws-efs-csi-driver',
        'coredns',
        'eks-pod-identity-agent',
        'kube-proxy',
        'vpc-cni',
      ]),
    );
  },
  R27: (environment) => {
    const nodegroup = one(environment.cluster.nodegroups, 'node group');
    expect(nodegroup?.status).toBe('ACTIVE');
    expect(nodegroup?.subnets?.toSorted()).toEqual(ids(environment.at(...eksPrivate)));
    expect(nodegroup?.amiType).toBe('BOTTLEROCKET_x86_64');
  },
  R28: (environment) => {
    const cluster = one(environment.aurora, 'Aurora cluster');
    expect(cluster.Status).toBe('available');
    subnetGroupOf(environment, cluster.DBSubnetGroup, aurora);
    expect(cluster.DBClusterMembers).toHaveLength(environment.auroraInstances);
    expect(cluster.StorageEncrypted).toBe(true);
  },
  R29: (environment) => {
    const cluster = one(environment.documentdb, 'DocumentDB cluster');
    expect(cluster.Status).toBe('available');
    subnetGroupOf(environment, cluster.DBSubnetGroup, documentdb);
    expect(cluster.DBClusterMembers?.length).toBeGreaterThan(0);
    expect(cluster.StorageEncrypted).toBe(true);
  },
  R30: (environment) => {
    const group = one(environment.replicationGroups, 'replication group');
    expect(group).toMatchObject({
      Status: 'available',
      AtRestEncryptionEnabled: true,
      TransitEncryptionEnabled: true,
    });
    expect(group.MemberClusters).toHaveLength(environment.cacheNodes);
    const subnetGroup = one(environment.cacheSubnetGroups, 'cache subnet group');
    expect(subnetGroup.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier as string).toSorted()).toEqual(
      ids(environment.at(...elasticache)),
    );
    for (const member of environment.cacheClusters)
      expect(member.CacheSubnetGroupName).toBe(subnetGroup.CacheSubnetGroupName);
  },
  R31: (environment) => {
    const fileSystem = one(environment.fileSystems, 'file system');
    expect(fileSystem).toMatchObject({ LifeCycleState: 'available', Encrypted: true });
    expect(fileSystem.mountTargets.map(({ SubnetId }) => SubnetId as string).toSorted()).toEqual(
      ids(environment.at(...eksPrivate)),
    );
  },
};

export const ruleChecks: Record<string, RuleCheck> = {
  ...addressPlan,
  ...routing,
  ...endpointsAndGroups,
  ...clusterAndServices,
};
