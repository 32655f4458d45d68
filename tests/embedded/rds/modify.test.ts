import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  type ModifyDBClusterCommandInput,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { beforeEach, describe, expect, it } from 'vitest';
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
  await rds().send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'main',
      Engine: 'aurora-postgresql',
      EngineVersion: '16.6',
      MasterUsername: 'aosadmin',
      ManageMasterUserPassword: true,
      DBSubnetGroupName: 'aurora',
    }),
  );
  test.advance(300);
  for (const name of ['one', 'two'])
    await rds().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: name,
        DBInstanceClass: 'db.t3.medium',
        Engine: 'aurora-postgresql',
        DBClusterIdentifier: 'main',
      }),
    );
  test.advance(900);
});

const modify = (changes: Partial<ModifyDBClusterCommandInput>) =>
  rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'main', ApplyImmediately: true, ...changes }));
const cluster = async () =>
  (await rds().send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'main' }))).DBClusters?.[0];
const instance = async (DBInstanceIdentifier: string) =>
  (await rds().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
const writer = async () =>
  (await cluster())?.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;

describe('ModifyDBInstance', () => {
  const setClass = (DBInstanceClass: string, ApplyImmediately = true) =>
    rds().send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'one', DBInstanceClass, ApplyImmediately }),
    );

  it('is available with a pending value at first, then modifying, and a writer hands over', async () => {
    await setClass('db.r6g.large');
    expect(await instance('one')).toMatchObject({
      DBInstanceStatus: 'available',
      PendingModifiedValues: { DBInstanceClass: 'db.r6g.large' },
    });
    test.advance(60);
    expect(await instance('one')).toMatchObject({
      DBInstanceStatus: 'modifying',
      DBInstanceClass: 'db.t3.medium',
    });
    expect(await writer()).toBe('two');
    test.advance(900);
    expect(await instance('one')).toMatchObject({
      DBInstanceStatus: 'available',
      DBInstanceClass: 'db.r6g.large',
      PendingModifiedValues: {},
    });
  });

  it('waits for the maintenance window unless told otherwise', async () => {
    await setClass('db.r6g.large', false);
    test.advance(86_400);
    expect(await instance('one')).toMatchObject({ DBInstanceClass: 'db.t3.medium' });
  });

  it('refuses a class that cannot be ordered, and an instance that is changing', async () => {
    await expect(setClass('db.t9.huge')).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    await setClass('db.r6g.large');
    test.advance(60);
    await expect(setClass('db.r6g.xlarge')).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
  });
});

describe('ModifyDBCluster', () => {
  it('upgrades to a later version, with all instances', async () => {
    await modify({ EngineVersion: '16.9' });
    expect(await cluster()).toMatchObject({
      Status: 'available',
      EngineVersion: '16.6',
      PendingModifiedValues: { EngineVersion: '16.9' },
    });
    test.advance(60);
    expect(await cluster()).toMatchObject({ Status: 'upgrading' });
    expect(await instance('one')).toMatchObject({ DBInstanceStatus: 'upgrading' });
    test.advance(900);
    expect(await cluster()).toMatchObject({ Status: 'available', EngineVersion: '16.9' });
  });

  it.each([
    ['16.3', /Cannot upgrade aurora-postgresql from 16.6 to 16.3/],
    ['15.13', /Cannot upgrade/],
    ['17.5', /The AllowMajorVersionUpgrade flag must be present/],
  ])('refuses %s', async (EngineVersion, message) => {
    await expect(modify({ EngineVersion })).rejects.toThrow(message);
  });

  it('becomes I/O-optimized once in 30 days, and standard at any time', async () => {
    await modify({ StorageType: 'aurora-iopt1' });
    test.advance(60);
    const next = (await cluster())?.IOOptimizedNextAllowedModificationTime;
    expect(next?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    await modify({ StorageType: 'aurora' });
    test.advance(60);
    await expect(modify({ StorageType: 'aurora-iopt1' })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    });
    test.advance(30 * 86_400);
    await modify({ StorageType: 'aurora-iopt1' });
    expect(await cluster()).toMatchObject({ StorageType: 'aurora-iopt1' });
  });
});
