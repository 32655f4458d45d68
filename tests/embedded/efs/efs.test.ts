import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateFileSystemCommand,
  type CreateFileSystemCommandInput,
  CreateMountTargetCommand,
  DeleteFileSystemCommand,
  DeleteMountTargetCommand,
  DescribeBackupPolicyCommand,
  DescribeFileSystemsCommand,
  DescribeLifecycleConfigurationCommand,
  DescribeMountTargetSecurityGroupsCommand,
  DescribeMountTargetsCommand,
  EFSClient,
  ListTagsForResourceCommand,
  ModifyMountTargetSecurityGroupsCommand,
  PutBackupPolicyCommand,
  PutLifecycleConfigurationCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFileSystemCommand,
} from '@aws-sdk/client-efs';
import { beforeEach, describe, expect, it } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

const region = 'eu-central-1';
const efs = () => client(EFSClient, { region });

let test: TestAws;
let network: Awaited<ReturnType<typeof testNetwork>>;
beforeEach(async () => {
  test = testAws();
  network = await testNetwork(test, samplePlan());
});

async function createFileSystem(changes: Partial<CreateFileSystemCommandInput> = {}): Promise<string> {
  const { FileSystemId } = await efs().send(
    new CreateFileSystemCommand({
      CreationToken: 'files',
      Encrypted: true,
      ThroughputMode: 'elastic',
      ...changes,
    }),
  );
  return FileSystemId as string;
}

/** One that is available. */
async function fileSystem(): Promise<string> {
  const id = await createFileSystem();
  test.advance(12);
  return id;
}

const createMountTarget = (FileSystemId: string, letter = 'a', group = 'eks-private') =>
  efs().send(
    new CreateMountTargetCommand({ FileSystemId, SubnetId: network.subnetIds[`subnet/${group}/${letter}`] }),
  );
const states = async () =>
  ((await efs().send(new DescribeFileSystemsCommand({}))).FileSystems ?? []).map((one) => one.LifeCycleState);
const mountTargets = async (FileSystemId: string) =>
  (await efs().send(new DescribeMountTargetsCommand({ FileSystemId }))).MountTargets ?? [];

describe('file systems', () => {
  it('are told by their creation token, also when it is used again', async () => {
    const id = await createFileSystem({ Tags: [{ Key: 'Name', Value: 'shared' }] });
    await expect(createFileSystem()).rejects.toMatchObject({
      name: 'FileSystemAlreadyExists',
      FileSystemId: id,
    });
    test.advance(12);
    const found = await efs().send(new DescribeFileSystemsCommand({ CreationToken: 'files' }));
    expect(found.FileSystems).toMatchObject([
      {
        FileSystemId: id,
        Name: 'shared',
        LifeCycleState: 'available',
        Encrypted: true,
        KmsKeyId: expect.any(String),
      },
    ]);
    const none = await efs().send(new DescribeFileSystemsCommand({ CreationToken: 'others' }));
    expect(none.FileSystems).toEqual([]);
  });

  it('can be used once they are available', async () => {
    const id = await createFileSystem();
    await expect(createMountTarget(id)).rejects.toMatchObject({ name: 'IncorrectFileSystemLifeCycleState' });
    await expect(
      efs().send(new PutBackupPolicyCommand({ FileSystemId: id, BackupPolicy: { Status: 'ENABLED' } })),
    ).rejects.toMatchObject({ name: 'IncorrectFileSystemLifeCycleState' });
  });

  it('take provisioned throughput with its mode only', async () => {
    await expect(createFileSystem({ ThroughputMode: 'provisioned' })).rejects.toMatchObject({
      name: 'BadRequest',
    });
    const id = await fileSystem();
    await efs().send(
      new UpdateFileSystemCommand({
        FileSystemId: id,
        ThroughputMode: 'provisioned',
        ProvisionedThroughputInMibps: 10,
      }),
    );
    expect(await states()).toEqual(['updating']);
    test.advance(8);
    expect(await states()).toEqual(['available']);
  });

  it('keep backup and lifecycle policies', async () => {
    const id = await fileSystem();
    const FileSystemId = id;
    await expect(efs().send(new DescribeBackupPolicyCommand({ FileSystemId }))).rejects.toMatchObject({
      name: 'PolicyNotFound',
    });
    await efs().send(new PutBackupPolicyCommand({ FileSystemId, BackupPolicy: { Status: 'ENABLED' } }));
    const { BackupPolicy } = await efs().send(new DescribeBackupPolicyCommand({ FileSystemId }));
    expect(BackupPolicy).toEqual({ Status: 'ENABLED' });
    const LifecyclePolicies = [{ TransitionToIA: 'AFTER_30_DAYS' as const }];
    await efs().send(new PutLifecycleConfigurationCommand({ FileSystemId, LifecyclePolicies }));
    const lifecycle = await efs().send(new DescribeLifecycleConfigurationCommand({ FileSystemId }));
    expect(lifecycle.LifecyclePolicies).toEqual(LifecyclePolicies);
  });

  it('carry tags', async () => {
    const ResourceId = await fileSystem();
    await efs().send(
      new TagResourceCommand({
        ResourceId,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await efs().send(new UntagResourceCommand({ ResourceId, TagKeys: ['a'] }));
    const { Tags } = await efs().send(new ListTagsForResourceCommand({ ResourceId }));
    expect(Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });

  it('end in error when they are chosen to', async () => {
    test.aws.inject = () => ({ kind: 'outcome-fails' });
    const id = await fileSystem();
    expect(await states()).toEqual(['error']);
    await efs().send(new DeleteFileSystemCommand({ FileSystemId: id }));
  });
});

describe('mount targets', () => {
  it('take a minute, and have the default group unless another is named', async () => {
    const id = await fileSystem();
    const { MountTargetId, IpAddress } = await createMountTarget(id);
    expect(IpAddress).toBe('10.231.0.4');
    const groups = () => efs().send(new DescribeMountTargetSecurityGroupsCommand({ MountTargetId }));
    await expect(groups()).rejects.toMatchObject({ name: 'IncorrectMountTargetState' });
    test.advance(100);
    expect(await mountTargets(id)).toMatchObject([
      { LifeCycleState: 'available', AvailabilityZoneId: 'euc1-az2' },
    ]);
    expect((await groups()).SecurityGroups).toEqual([network.defaultSecurityGroupId]);
    await expect(
      efs().send(new ModifyMountTargetSecurityGroupsCommand({ MountTargetId, SecurityGroups: ['sg-0123'] })),
    ).rejects.toMatchObject({ name: 'SecurityGroupNotFound' });
  });

  it('are one a zone, whatever the subnet', async () => {
    const id = await fileSystem();
    await createMountTarget(id, 'a');
    await createMountTarget(id, 'b');
    await expect(createMountTarget(id, 'a', 'aurora')).rejects.toMatchObject({ name: 'MountTargetConflict' });
  });

  it('are an interface that EC2 shows', async () => {
    const id = await fileSystem();
    const { MountTargetId } = await createMountTarget(id);
    const { NetworkInterfaces } = await client(EC2Client, { region }).send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'subnet-id', Values: [network.subnetIds['subnet/eks-private/a'] as string] }],
      }),
    );
    expect(NetworkInterfaces).toMatchObject([
      { Description: `EFS mount target for ${id} (${MountTargetId})`, RequesterManaged: true },
    ]);
  });

  it('end in error when they are chosen to', async () => {
    const id = await fileSystem();
    test.aws.inject = () => ({ kind: 'outcome-fails' });
    await createMountTarget(id);
    test.advance(100);
    expect(await mountTargets(id)).toMatchObject([{ LifeCycleState: 'error' }]);
  });
});

describe('deleting', () => {
  it('goes from the mount targets to the file system', async () => {
    const id = await fileSystem();
    const { MountTargetId } = await createMountTarget(id);
    const remove = () => efs().send(new DeleteFileSystemCommand({ FileSystemId: id }));
    await expect(remove()).rejects.toMatchObject({ name: 'FileSystemInUse' });
    await efs().send(new DeleteMountTargetCommand({ MountTargetId }));
    expect(await mountTargets(id)).toMatchObject([{ LifeCycleState: 'deleting' }]);
    await expect(remove()).rejects.toMatchObject({ name: 'FileSystemInUse' });
    test.advance(90);
    expect(await mountTargets(id)).toEqual([]);
    await remove();
    expect(await states()).toEqual(['deleting']);
    test.advance(20);
    expect(await states()).toEqual([]);
    expect(test.aws.inventory(region)).not.toHaveProperty('efs:file-system');
    await expect(remove()).rejects.toMatchObject({ name: 'FileSystemNotFound' });
    await createFileSystem();
  });
});
