import {
  CreateDBClusterCommand,
  CreateDBClusterParameterGroupCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterParameterGroupCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  ModifyDBClusterCommand,
  type ModifyDBClusterCommandInput,
  RDSClient,
} from '@aws-sdk/client-rds';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, type Instance, rdsState } from '#embedded/services/rds/state.ts';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

const region = 'eu-central-1';
const rds = () => client(RDSClient, { region });

let test: TestAws;
beforeEach(async () => {
  test = testAws();
  const network = await testNetwork(test, samplePlan());
  await rds().send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: 'aurora',
      DBSubnetGroupDescription: 'of a test',
      SubnetIds: ['a', 'b', 'c'].map((letter) => network.subnetIds[`subnet/aurora/${letter}`] as string),
    }),
  );
  for (const major of ['15', '16'])
    await rds().send(
      new CreateDBClusterParameterGroupCommand({
        DBClusterParameterGroupName: `pg${major}`,
        DBParameterGroupFamily: `aurora-postgresql${major}`,
        Description: 'of a test',
      }),
    );
  await rds().send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'main',
      Engine: 'aurora-postgresql',
      EngineVersion: '15.13',
      MasterUsername: 'aosadmin',
      ManageMasterUserPassword: true,
      DBSubnetGroupName: 'aurora',
      DBClusterParameterGroupName: 'pg15',
    }),
  );
  test.advance(300);
  await rds().send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'one',
      DBInstanceClass: 'db.t3.medium',
      Engine: 'aurora-postgresql',
      DBClusterIdentifier: 'main',
    }),
  );
  test.advance(900);
});

const major = { EngineVersion: '16.9', AllowMajorVersionUpgrade: true, DBClusterParameterGroupName: 'pg16' };
const modify = (changes: Partial<ModifyDBClusterCommandInput>) =>
  rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'main', ApplyImmediately: true, ...changes }));
const cluster = async () => (await rds().send(new DescribeDBClustersCommand({}))).DBClusters?.[0];
const arrange = (change: (cluster: Cluster, instance: Instance) => void) =>
  test.aws.inspect(region, (call) => {
    const { clusters, instances } = rdsState(call);
    change(clusters.main as Cluster, instances.one as Instance);
  });

describe('a major version', () => {
  it('takes its parameter group with it, an outage of many minutes long', async () => {
    await modify(major);
    test.advance(60);
    expect(await cluster()).toMatchObject({ Status: 'upgrading', DBClusterParameterGroup: 'pg15' });
    test.advance(1200);
    expect(await cluster()).toMatchObject({ Status: 'upgrading' });
    test.advance(900);
    expect(await cluster()).toMatchObject({
      Status: 'available',
      EngineVersion: '16.9',
      DBClusterParameterGroup: 'pg16',
    });
  });

  it.each<[string, Partial<ModifyDBClusterCommandInput>, RegExp]>([
    ['without the word', { ...major, AllowMajorVersionUpgrade: false }, /flag must be present/],
    ['without a group of its own', { ...major, DBClusterParameterGroupName: undefined }, /pg15 is custom/],
    [
      'with the group of another family',
      { ...major, DBClusterParameterGroupName: 'pg15' },
      /can't be used for this cluster/,
    ],
    [
      'with security groups, whichever',
      { ...major, VpcSecurityGroupIds: ['sg-1'] },
      /Cannot change VPC security group/,
    ],
    [
      'that is no target',
      { ...major, EngineVersion: '16.6' },
      /Cannot upgrade aurora-postgresql from 15\.13 to 16\.6/,
    ],
  ])('is refused %s', async (_what, input, message) => {
    await expect(modify(input)).rejects.toThrow(message);
    test.advance(60);
    expect(await cluster()).toMatchObject({ Status: 'available', EngineVersion: '15.13' });
  });

  it.each<[string, (cluster: Cluster, instance: Instance) => void, RegExp]>([
    ['an instance that is changing', (_, one) => (one.status = 'modifying'), /one is not in available state/],
    [
      'an instance with a group of its own',
      (_, one) => (one.parameterGroup = 'own'),
      /parameter group own is custom/,
    ],
    ['a global cluster', (main) => (main.globalCluster = 'world'), /global cluster/],
    ['replicas elsewhere', (main) => (main.readReplicas = ['arn']), /cross-Region read replicas/],
    ['a backup under way', (main) => (main.status = 'backing-up'), /backing-up/],
  ])('is refused for %s', async (_what, change, message) => {
    arrange(change);
    await expect(modify(major)).rejects.toThrow(message);
  });

  it('that the database does not pass leaves everything as it was', async () => {
    arrange((main) => (main.failsUpgradeCheck = true));
    await modify(major);
    test.advance(60);
    expect(await cluster()).toMatchObject({ Status: 'upgrading' });
    test.advance(600);
    expect(await cluster()).toMatchObject({
      Status: 'available',
      EngineVersion: '15.13',
      DBClusterParameterGroup: 'pg15',
      PendingModifiedValues: {},
    });
  });

  it('holds the group it is to have, and the one it has', async () => {
    await modify(major);
    for (const DBClusterParameterGroupName of ['pg15', 'pg16'])
      await expect(
        rds().send(new DeleteDBClusterParameterGroupCommand({ DBClusterParameterGroupName })),
      ).rejects.toThrow(/still members of this parameter group/);
  });

  it('is listed only where AWS has a way there', async () => {
    const { DBEngineVersions } = await rds().send(
      new DescribeDBEngineVersionsCommand({ Engine: 'aurora-postgresql', EngineVersion: '15.13' }),
    );
    expect(
      DBEngineVersions?.[0]?.ValidUpgradeTarget?.map((one) => [one.EngineVersion, one.IsMajorVersionUpgrade]),
    ).toEqual([
      ['16.9', true],
      ['17.5', true],
    ]);
  });
});

describe('a snapshot of a cluster that lives', () => {
  const snapshot = (DBClusterSnapshotIdentifier = 'before') =>
    rds().send(
      new CreateDBClusterSnapshotCommand({
        DBClusterSnapshotIdentifier,
        DBClusterIdentifier: 'main',
        Tags: [{ Key: 'why', Value: 'upgrade' }],
      }),
    );

  it('is made while the cluster is backing up, and changes nothing meanwhile', async () => {
    await snapshot();
    expect(await cluster()).toMatchObject({ Status: 'backing-up' });
    await expect(modify({ BackupRetentionPeriod: 3 })).rejects.toThrow(/backing-up/);
    await expect(snapshot('again')).rejects.toThrow(/not currently in the available state/);
    test.advance(180);
    expect(await cluster()).toMatchObject({ Status: 'available' });
    const { DBClusterSnapshots } = await rds().send(new DescribeDBClusterSnapshotsCommand({}));
    expect(DBClusterSnapshots).toMatchObject([
      { Status: 'available', EngineVersion: '15.13', TagList: [{ Key: 'why', Value: 'upgrade' }] },
    ]);
    await expect(snapshot()).rejects.toMatchObject({ name: 'DBClusterSnapshotAlreadyExistsFault' });
  });
});
