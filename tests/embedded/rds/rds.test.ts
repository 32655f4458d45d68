import {
  CreateDBClusterCommand as CreateDocumentdbCluster,
  CreateDBSubnetGroupCommand as CreateDocumentdbSubnetGroup,
  DeleteDBClusterCommand as DeleteDocumentdbCluster,
  DescribeDBClustersCommand as DescribeDocumentdbClusters,
  DocDBClient,
} from '@aws-sdk/client-docdb';
import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  type CreateDBClusterCommandInput,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  type DeleteDBClusterCommandInput,
  DeleteDBClusterSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeAccountAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  FailoverDBClusterCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '#embedded/engine.ts';
import { setLimit } from '#embedded/limits.ts';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

const region = 'eu-central-1';
const rds = () => client(RDSClient, { region });
const docdb = () => client(DocDBClient, { region });
const secrets = () => client(SecretsManagerClient, { region });

let test: TestAws;
let network: Awaited<ReturnType<typeof testNetwork>>;
beforeEach(async () => {
  test = testAws();
  network = await testNetwork(test, samplePlan());
});

const subnets = (group: string, letters = 'abc') =>
  [...letters].map((letter) => network.subnetIds[`subnet/${group}/${letter}`] as string);

const createSubnetGroup = (name = 'aurora', SubnetIds = subnets('aurora')) =>
  rds().send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: 'of a test',
      SubnetIds,
    }),
  );
const createCluster = (changes: Partial<CreateDBClusterCommandInput> = {}) =>
  rds().send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'main',
      Engine: 'aurora-postgresql',
      EngineVersion: '16.6',
      MasterUsername: 'aosadmin',
      ManageMasterUserPassword: true,
      DBSubnetGroupName: 'aurora',
      VpcSecurityGroupIds: [network.defaultSecurityGroupId],
      StorageEncrypted: true,
      ...changes,
    }),
  );
const createInstance = (name = 'main-1', AvailabilityZone = `${region}a`) =>
  rds().send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: name,
      DBInstanceClass: 'db.t3.medium',
      Engine: 'aurora-postgresql',
      DBClusterIdentifier: 'main',
      AvailabilityZone,
    }),
  );
const deleteInstance = (DBInstanceIdentifier = 'main-1') =>
  rds().send(new DeleteDBInstanceCommand({ DBInstanceIdentifier }));
const writer = async () => {
  const { DBClusters } = await rds().send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'main' }));
  return DBClusters?.[0]?.DBClusterMembers?.find((one) => one.IsClusterWriter)?.DBInstanceIdentifier;
};
const deleteCluster = (changes: Partial<DeleteDBClusterCommandInput> = { SkipFinalSnapshot: true }) =>
  rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'main', ...changes }));
const clusters = async () => (await rds().send(new DescribeDBClustersCommand({}))).DBClusters ?? [];
const instances = async () => (await rds().send(new DescribeDBInstancesCommand({}))).DBInstances ?? [];
const interfaces = async () =>
  (
    await client(EC2Client, { region }).send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'description', Values: ['RDSNetworkInterface'] }],
      }),
    )
  ).NetworkInterfaces ?? [];

/** A cluster with its instances, all available. */
async function database(names = ['main-1']): Promise<void> {
  await createSubnetGroup();
  await createCluster();
  test.advance(120);
  for (const [index, name] of names.entries()) await createInstance(name, `${region}${'abc'[index]}`);
  test.advance(480);
}

function failNext(operation: string): void {
  const fails: Fault = { kind: 'outcome-fails' };
  test.aws.inject = (call) => (call.operation === operation ? fails : undefined);
}

describe('subnet groups', () => {
  it('need two zones of one VPC', async () => {
    await expect(createSubnetGroup('one', subnets('aurora', 'a'))).rejects.toMatchObject({
      name: 'DBSubnetGroupDoesNotCoverEnoughAZs',
    });
    await expect(createSubnetGroup('none', ['subnet-0123456789abcdef0'])).rejects.toMatchObject({
      name: 'InvalidSubnet',
    });
    await createSubnetGroup();
    await expect(createSubnetGroup('AURORA')).rejects.toMatchObject({
      name: 'DBSubnetGroupAlreadyExistsFault',
      Code: 'DBSubnetGroupAlreadyExists',
    });
  });

  it('cannot be deleted before their cluster', async () => {
    await createSubnetGroup();
    await createCluster();
    const remove = () => rds().send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: 'aurora' }));
    await expect(remove()).rejects.toMatchObject({ name: 'InvalidDBSubnetGroupStateFault' });
    test.advance(120);
    await deleteCluster();
    await expect(remove()).rejects.toMatchObject({ name: 'InvalidDBSubnetGroupStateFault' });
    test.advance(300);
    await remove();
  });
});

describe('clusters', () => {
  it('take one to two minutes, and their secret a while', async () => {
    await createSubnetGroup();
    const { DBCluster } = await createCluster({ DBClusterIdentifier: 'Main' });
    expect(DBCluster).toMatchObject({
      DBClusterIdentifier: 'main',
      Status: 'creating',
      StorageEncrypted: true,
      MasterUserSecret: { SecretStatus: 'creating' },
    });
    test.advance(120);
    const [cluster] = await clusters();
    expect(cluster).toMatchObject({
      Status: 'available',
      EngineVersion: '16.6',
      Endpoint: expect.stringMatching(/^main\.cluster-[a-z0-9]+\.eu-central-1\.rds\.amazonaws\.com$/),
      ReaderEndpoint: expect.stringMatching(/^main\.cluster-ro-/),
      MasterUserSecret: { SecretStatus: 'active' },
      ClusterCreateTime: expect.any(Date),
    });
  });

  it('keep their password to themselves, and take it along', async () => {
    await createSubnetGroup();
    const { DBCluster } = await createCluster();
    test.advance(120);
    const SecretId = DBCluster!.MasterUserSecret!.SecretArn!;
    expect(await secrets().send(new DescribeSecretCommand({ SecretId }))).toMatchObject({
      OwningService: 'rds',
    });
    await expect(secrets().send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(secrets().send(new DeleteSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    await deleteCluster();
    test.advance(300);
    await expect(secrets().send(new DescribeSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('accept no password', async () => {
    await createSubnetGroup();
    await expect(
      createCluster({ ManageMasterUserPassword: false, MasterUserPassword: 'not a good idea' }),
    ).rejects.toThrow(/does not model this call of rds:CreateDBCluster: .*MasterUserPassword/);
    await expect(createCluster({ ManageMasterUserPassword: false })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  it.each([
    ['a reserved user name', { MasterUsername: 'admin' }, 'InvalidParameterValue'],
    ['an identifier with two hyphens', { DBClusterIdentifier: 'a--b' }, 'InvalidParameterValue'],
    ['an unknown version', { EngineVersion: '99.1' }, 'InvalidParameterCombination'],
    ['an unknown security group', { VpcSecurityGroupIds: ['sg-0123456789abcdef0'] }, 'InvalidParameterValue'],
    ['an unknown subnet group', { DBSubnetGroupName: 'nothing' }, 'DBSubnetGroupNotFoundFault'],
    ['another engine’s storage', { StorageType: 'standard' }, 'InvalidParameterCombination'],
  ])('refuse %s', async (_what, changes, name) => {
    await createSubnetGroup();
    await expect(createCluster(changes)).rejects.toMatchObject({ name });
  });

  it('refuse a second one of their name, and one beyond the quota', async () => {
    await createSubnetGroup();
    await createCluster();
    await expect(createCluster()).rejects.toMatchObject({ name: 'DBClusterAlreadyExistsFault' });
    test.aws.inspect(region, (call) => setLimit(call, 'L-952B80B8', 1));
    await expect(createCluster({ DBClusterIdentifier: 'second' })).rejects.toMatchObject({
      name: 'DBClusterQuotaExceededFault',
    });
    const { AccountQuotas } = await rds().send(new DescribeAccountAttributesCommand({}));
    expect(AccountQuotas).toContainEqual({ AccountQuotaName: 'DBClusters', Used: 1, Max: 1 });
  });

  it('tell only the storage type that is not the standard one', async () => {
    await createSubnetGroup();
    await createCluster({ StorageType: 'aurora' });
    await createCluster({ DBClusterIdentifier: 'fast', StorageType: 'aurora-iopt1' });
    expect((await clusters()).map(({ StorageType }) => StorageType)).toEqual([undefined, 'aurora-iopt1']);
  });

  it('end as failed when they are chosen to, and can then be deleted without a snapshot', async () => {
    await createSubnetGroup();
    failNext('rds:CreateDBCluster');
    await createCluster();
    test.advance(120);
    expect((await clusters())[0]?.Status).toBe('failed');
    await expect(deleteCluster({ FinalDBSnapshotIdentifier: 'last' })).rejects.toMatchObject({
      name: 'InvalidDBClusterStateFault',
    });
    await deleteCluster();
  });
});

describe('instances', () => {
  it('wait for their cluster, then take minutes; the first is the writer', async () => {
    await createSubnetGroup();
    await createCluster();
    await expect(createInstance()).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    test.advance(120);
    await createInstance('main-1');
    await createInstance('main-2', `${region}b`);
    expect((await instances())[0]).toMatchObject({ DBInstanceStatus: 'creating' });
    test.advance(299);
    expect((await instances()).every((one) => one.DBInstanceStatus === 'creating')).toBe(true);
    test.advance(181);
    expect((await instances())[0]).toMatchObject({
      DBInstanceStatus: 'available',
      AvailabilityZone: `${region}a`,
      DBSubnetGroup: { VpcId: network.vpcId },
      Endpoint: { Port: 5432 },
    });
    expect((await clusters())[0]).toMatchObject({
      MultiAZ: true,
      DBClusterMembers: [{ IsClusterWriter: true }, { IsClusterWriter: false }],
    });
  });

  it('hold an interface that outlives them', async () => {
    await database();
    const [held] = await interfaces();
    expect(held).toMatchObject({ SubnetId: subnets('aurora', 'a')[0], RequesterManaged: true });
    await deleteInstance();
    test.advance(480);
    expect(await instances()).toEqual([]);
    test.advance(60);
    expect(await interfaces()).toEqual([]);
  });

  it('pass on the writer when it goes', async () => {
    await database(['main-1', 'main-2']);
    await deleteInstance('main-1');
    expect((await clusters())[0]?.DBClusterMembers).toMatchObject([
      { DBInstanceIdentifier: 'main-1', IsClusterWriter: false },
      { DBInstanceIdentifier: 'main-2', IsClusterWriter: true },
    ]);
  });

  it('refuse a zone outside their subnet group, an unknown class, and snapshots of their own', async () => {
    await database();
    await expect(createInstance('main-2', `${region}d`)).rejects.toMatchObject({
      name: 'InvalidVPCNetworkStateFault',
    });
    await expect(
      rds().send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: 'main-2',
          DBInstanceClass: 'db.x9.huge',
          Engine: 'aurora-postgresql',
          DBClusterIdentifier: 'main',
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    await expect(
      rds().send(
        new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'main-1', FinalDBSnapshotIdentifier: 'last' }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });

  it('fail over to the reader that is asked for, and to no other', async () => {
    await database();
    await createInstance('main-2');
    await createInstance('main-3');
    test.advance(480);
    const failOver = (TargetDBInstanceIdentifier?: string) =>
      rds().send(new FailoverDBClusterCommand({ DBClusterIdentifier: 'main', TargetDBInstanceIdentifier }));
    await failOver('main-3');
    await expect(failOver('main-2')).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    test.advance(40);
    expect(await writer()).toBe('main-3');
    await expect(failOver('main-9')).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
  });

  it('end as incompatible-network when they are chosen to', async () => {
    await createSubnetGroup();
    await createCluster();
    test.advance(120);
    failNext('rds:CreateDBInstance');
    await createInstance();
    test.advance(480);
    expect((await instances())[0]?.DBInstanceStatus).toBe('incompatible-network');
    await expect(deleteInstance()).rejects.toMatchObject({
      message: expect.stringContaining('SkipFinalSnapshot'),
    });
    await rds().send(
      new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'main-1', SkipFinalSnapshot: true }),
    );
    await expect(deleteInstance()).rejects.toMatchObject({
      name: 'InvalidDBInstanceStateFault',
      message: expect.stringContaining('already being deleted'),
    });
  });
});

describe('deleting a cluster', () => {
  it('waits for its instances to be deleting, and asks about a snapshot', async () => {
    await database();
    await expect(deleteCluster()).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    await expect(deleteCluster({})).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    await deleteInstance();
    await deleteCluster();
    test.advance(540);
    expect(await clusters()).toEqual([]);
  });

  it('leaves a final snapshot whose name nothing may have', async () => {
    await database();
    await deleteInstance();
    await deleteCluster({ FinalDBSnapshotIdentifier: 'Last' });
    test.advance(600);
    const { DBClusterSnapshots } = await rds().send(new DescribeDBClusterSnapshotsCommand({}));
    expect(DBClusterSnapshots).toMatchObject([{ DBClusterSnapshotIdentifier: 'last', Status: 'available' }]);
    expect(test.aws.inventory(region)['rds:db-cluster-snapshot']).toEqual(['last']);

    await createCluster();
    test.advance(120);
    await expect(deleteCluster({ FinalDBSnapshotIdentifier: 'last' })).rejects.toMatchObject({
      name: 'DBClusterSnapshotAlreadyExistsFault',
    });
    await rds().send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'last' }));
    await deleteCluster({ FinalDBSnapshotIdentifier: 'last' });
  });

  it('is stopped by protection, which does not guard the instances', async () => {
    await createSubnetGroup();
    await createCluster({ DeletionProtection: true });
    test.advance(120);
    await createInstance();
    test.advance(480);
    await deleteInstance();
    await expect(deleteCluster()).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
      message: expect.stringContaining('disable deletion protection'),
    });
    await rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'main', DeletionProtection: false }));
    await expect(deleteCluster()).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    test.advance(20);
    await deleteCluster();
  });
});

describe('DocumentDB', () => {
  const createDocumentdb = () =>
    docdb().send(
      new CreateDocumentdbCluster({
        DBClusterIdentifier: 'documents',
        Engine: 'docdb',
        MasterUsername: 'aosadmin',
        ManageMasterUserPassword: true,
        DBSubnetGroupName: 'documents',
        EnableCloudwatchLogsExports: ['audit'],
        Tags: [{ Key: 'team', Value: 'platform' }],
      }),
    );
  beforeEach(() =>
    docdb().send(
      new CreateDocumentdbSubnetGroup({
        DBSubnetGroupName: 'documents',
        DBSubnetGroupDescription: 'of a test',
        SubnetIds: subnets('documentdb'),
      }),
    ),
  );

  it('is seen by either client, and told apart by engine', async () => {
    await createSubnetGroup();
    await createCluster();
    await createDocumentdb();
    const seen = async (answer: Promise<{ DBClusters?: { Engine?: string }[] }>) =>
      ((await answer).DBClusters ?? []).map(({ Engine }) => Engine);
    const both = ['aurora-postgresql', 'docdb'];
    expect(await seen(rds().send(new DescribeDBClustersCommand({})))).toEqual(both);
    expect(await seen(docdb().send(new DescribeDocumentdbClusters({})))).toEqual(both);
    const filter = [{ Name: 'engine', Values: ['docdb'] }];
    expect(await seen(rds().send(new DescribeDBClustersCommand({ Filters: filter })))).toEqual(['docdb']);
    expect(test.aws.inventory(region)).toMatchObject({
      'rds:db-cluster': ['main'],
      'rds:db-subnet-group': ['aurora'],
      'docdb:db-cluster': ['documents'],
      'docdb:db-subnet-group': ['documents'],
    });
  });

  it('has its own port, domain and default version, and no tags in its answers', async () => {
    const { DBCluster } = await createDocumentdb();
    expect(DBCluster).toMatchObject({
      Port: 27017,
      EngineVersion: '5.0.0',
      Endpoint: expect.stringMatching(/\.docdb\.amazonaws\.com$/),
      EnabledCloudwatchLogsExports: ['audit'],
    });
    expect(DBCluster).not.toHaveProperty('TagList');
    const { TagList } = await rds().send(
      new ListTagsForResourceCommand({ ResourceName: DBCluster!.DBClusterArn }),
    );
    expect(TagList).toEqual([{ Key: 'team', Value: 'platform' }]);
  });

  it('leaves snapshots that count as its own', async () => {
    await createDocumentdb();
    test.advance(120);
    await docdb().send(
      new DeleteDocumentdbCluster({
        DBClusterIdentifier: 'documents',
        FinalDBSnapshotIdentifier: 'documents-last',
      }),
    );
    test.advance(600);
    expect(test.aws.inventory(region)).toMatchObject({ 'docdb:db-cluster-snapshot': ['documents-last'] });
    expect(test.aws.inventory(region)).not.toHaveProperty('secretsmanager:secret');
  });
});

describe('what is offered', () => {
  it('names the default version of each engine, and none of an engine it does not have', async () => {
    const versions = async (Engine: string, more = {}) =>
      (await rds().send(new DescribeDBEngineVersionsCommand({ Engine, ...more }))).DBEngineVersions?.map(
        ({ EngineVersion }) => EngineVersion,
      );
    expect(await versions('docdb', { DefaultOnly: true })).toEqual(['5.0.0']);
    expect(await versions('aurora-postgresql', { EngineVersion: '16' })).toContain('16.6');
    expect(await versions('neptune')).toEqual([]);
  });

  it('tells the zones of a class by storage type', async () => {
    const { OrderableDBInstanceOptions } = await rds().send(
      new DescribeOrderableDBInstanceOptionsCommand({
        Engine: 'aurora-postgresql',
        EngineVersion: '16.6',
        DBInstanceClass: 'db.r6g.large',
      }),
    );
    expect(OrderableDBInstanceOptions).toMatchObject([
      { StorageType: 'aurora' },
      { StorageType: 'aurora-iopt1' },
    ]);
    expect(OrderableDBInstanceOptions?.[0]?.AvailabilityZones).toHaveLength(3);
  });
});
