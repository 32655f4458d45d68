/** File systems, with their backup and lifecycle policies. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import {
  assertAvailable,
  efsFault,
  efsState,
  type FileSystem,
  invalidMarker,
  mountTargetsOf,
  paging,
  requireFileSystem,
  tagListOf,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

const throughputMode = z.enum(['bursting', 'provisioned', 'elastic']);
const createShape = {
  CreationToken: z.string().min(1).max(64),
  PerformanceMode: z.enum(['generalPurpose', 'maxIO']).optional(),
  Encrypted: z.boolean().optional(),
  KmsKeyId: z.string().optional(),
  ThroughputMode: throughputMode.optional(),
  ProvisionedThroughputInMibps: z.number().optional(),
  Backup: z.boolean().optional(),
  Tags: tagListSchema,
};
type CreateInput = z.infer<z.ZodObject<typeof createShape>>;

export const fileSystemOperations: Record<string, Operation> = {
  CreateFileSystem: mutation(createShape, (input, call) => {
    const fileSystem = newFileSystem(call, input);
    efsState(call).fileSystems[fileSystem.id] = fileSystem;
    call.schedule('efs:fileSystemAvailable', fileSystem.id, call.between(5, 12));
    return described(call, fileSystem);
  }),
  DescribeFileSystems: read(
    { CreationToken: z.string().optional(), FileSystemId: z.string().optional(), ...paging },
    (input, call) => {
      const found = input.FileSystemId
        ? [requireFileSystem(call, input.FileSystemId)]
        : Object.values(efsState(call).fileSystems).filter(
            (one) => input.CreationToken === undefined || one.creationToken === input.CreationToken,
          );
      const page = pageOf(found, input.Marker, input.MaxItems ?? 100, invalidMarker);
      return {
        FileSystems: page.items.map((one) => described(call, one)),
        ...(page.next === undefined ? {} : { NextMarker: page.next }),
      };
    },
  ),
  UpdateFileSystem: mutation(
    {
      FileSystemId: z.string(),
      ThroughputMode: throughputMode.optional(),
      ProvisionedThroughputInMibps: z.number().optional(),
    },
    (input, call) => {
      const fileSystem = requireFileSystem(call, input.FileSystemId);
      assertAvailable(fileSystem);
      const mode = input.ThroughputMode ?? fileSystem.throughputMode;
      const provisioned = checkedThroughput(mode, input.ProvisionedThroughputInMibps);
      assertMayChange(call, fileSystem, mode, provisioned);
      fileSystem.throughputChangedAt = call.now;
      fileSystem.throughputMode = mode;
      if (provisioned === undefined) delete fileSystem.provisionedThroughput;
      else fileSystem.provisionedThroughput = provisioned;
      fileSystem.state = 'updating';
      call.schedule('efs:fileSystemUpdated', fileSystem.id, call.between(3, 8));
      return described(call, fileSystem);
    },
  ),
  DeleteFileSystem: mutation({ FileSystemId: z.string() }, (input, call) => {
    const fileSystem = requireFileSystem(call, input.FileSystemId);
    if (mountTargetsOf(call, fileSystem.id).length > 0)
      throw efsFault('FileSystemInUse', `File system ${fileSystem.id} has mount targets created.`, {
        status: 409,
      });
    if (fileSystem.replication)
      throw efsFault(
        'FileSystemInUse',
        `File system ${fileSystem.id} is part of a replication configuration.`,
        { status: 409 },
      );
    if (fileSystem.state !== 'error') assertAvailable(fileSystem);
    fileSystem.state = 'deleting';
    call.schedule('efs:fileSystemGone', fileSystem.id, call.between(5, 20));
    return {};
  }),
  DescribeReplicationConfigurations: read({ FileSystemId: z.string() }, (input, call) => {
    const fileSystem = requireFileSystem(call, input.FileSystemId);
    if (!fileSystem.replication)
      throw efsFault('ReplicationNotFound', `Replication for file system ${fileSystem.id} does not exist.`, {
        status: 404,
      });
    return { Replications: [describedReplication(call, fileSystem, fileSystem.replication)] };
  }),
  PutBackupPolicy: mutation(
    { FileSystemId: z.string(), BackupPolicy: z.strictObject({ Status: z.enum(['ENABLED', 'DISABLED']) }) },
    (input, call) => {
      const fileSystem = requireFileSystem(call, input.FileSystemId);
      assertAvailable(fileSystem);
      fileSystem.backup = input.BackupPolicy.Status;
      return { BackupPolicy: { Status: fileSystem.backup === 'ENABLED' ? 'ENABLING' : 'DISABLING' } };
    },
  ),
  DescribeBackupPolicy: read({ FileSystemId: z.string() }, (input, call) => {
    const { backup } = requireFileSystem(call, input.FileSystemId);
    if (!backup) throw efsFault('PolicyNotFound', 'The file system has no backup policy.', { status: 404 });
    return { BackupPolicy: { Status: backup } };
  }),
  PutLifecycleConfiguration: mutation(
    {
      FileSystemId: z.string(),
      LifecyclePolicies: z.array(
        z.strictObject({
          TransitionToIA: z.string().optional(),
          TransitionToArchive: z.string().optional(),
          TransitionToPrimaryStorageClass: z.string().optional(),
        }),
      ),
    },
    (input, call) => {
      const fileSystem = requireFileSystem(call, input.FileSystemId);
      assertAvailable(fileSystem);
      if (input.LifecyclePolicies.some((policy) => Object.keys(policy).length !== 1))
        throw efsFault('BadRequest', 'Each lifecycle policy must contain a single transition.');
      fileSystem.lifecyclePolicies = input.LifecyclePolicies;
      return { LifecyclePolicies: fileSystem.lifecyclePolicies };
    },
  ),
  DescribeLifecycleConfiguration: read({ FileSystemId: z.string() }, (input, call) => ({
    LifecyclePolicies: requireFileSystem(call, input.FileSystemId).lifecyclePolicies,
  })),
  TagResource: mutation({ ResourceId: z.string(), Tags: tagListSchema }, (input, call) => {
    Object.assign(requireFileSystem(call, input.ResourceId).tags, tagRecordOf(input.Tags));
    return {};
  }),
  UntagResource: mutation({ ResourceId: z.string(), TagKeys: z.array(z.string()) }, (input, call) => {
    const { tags } = requireFileSystem(call, input.ResourceId);
    for (const key of input.TagKeys) delete tags[key];
    return {};
  }),
  ListTagsForResource: read({ ResourceId: z.string() }, (input, call) => ({
    Tags: tagListOf(requireFileSystem(call, input.ResourceId).tags),
  })),
};

export const fileSystemEvents: ServiceModel['events'] = {
  'efs:fileSystemAvailable': (id, call) => {
    const fileSystem = efsState(call).fileSystems[id];
    if (fileSystem?.state === 'creating') fileSystem.state = fileSystem.fails ? 'error' : 'available';
  },
  'efs:fileSystemUpdated': (id, call) => {
    const fileSystem = efsState(call).fileSystems[id];
    if (fileSystem?.state === 'updating') fileSystem.state = 'available';
  },
  'efs:fileSystemGone': (id, call) => {
    delete efsState(call).fileSystems[id];
  },
};

function newFileSystem(call: Call, input: CreateInput): FileSystem {
  const state = efsState(call);
  const taken = Object.values(state.fileSystems).find((one) => one.creationToken === input.CreationToken);
  if (taken)
    throw efsFault(
      'FileSystemAlreadyExists',
      `File system '${taken.id}' already exists with creation token '${input.CreationToken}'`,
      { status: 409, extra: { FileSystemId: taken.id } },
    );
  if (Object.keys(state.fileSystems).length >= limitOf(call, 'L-848C634D'))
    throw efsFault('FileSystemLimitExceeded', 'You have reached the maximum number of file systems.', {
      status: 403,
    });
  const mode = input.ThroughputMode ?? 'bursting';
  const provisionedThroughput = checkedThroughput(mode, input.ProvisionedThroughputInMibps);
  if (mode === 'elastic' && input.PerformanceMode === 'maxIO')
    throw efsFault('BadRequest', 'Elastic throughput needs the general purpose performance mode.');
  const id = call.newId('fs');
  const encrypted = input.Encrypted ?? false;
  const key = `arn:${call.partition}:kms:${call.region}:${call.account}:key/${state.keyId}`;
  return {
    id,
    arn: `arn:${call.partition}:elasticfilesystem:${call.region}:${call.account}:file-system/${id}`,
    creationToken: input.CreationToken,
    encrypted,
    ...(encrypted ? { kmsKeyId: input.KmsKeyId ?? key } : {}),
    performanceMode: input.PerformanceMode ?? 'generalPurpose',
    throughputMode: mode,
    ...(provisionedThroughput === undefined ? {} : { provisionedThroughput }),
    createdAt: call.now,
    state: 'creating',
    fails: call.outcome === 'fails',
    ...(input.Backup ? { backup: 'ENABLED' as const } : {}),
    lifecyclePolicies: [],
    tags: tagRecordOf(input.Tags),
  };
}

const dayMilliseconds = 86_400_000;

/** Increasing is always possible. The sentence is AWS's own (ansible-collections/community.aws#2026). */
function assertMayChange(
  call: Call,
  { throughputMode: from, provisionedThroughput = 0, throughputChangedAt }: FileSystem,
  to: string,
  figure: number | undefined,
): void {
  const isIncrease = from === 'provisioned' && to === 'provisioned' && (figure ?? 0) >= provisionedThroughput;
  const free = (throughputChangedAt ?? Number.NEGATIVE_INFINITY) + dayMilliseconds;
  if (isIncrease || call.now >= free) return;
  const until = new Date(free).toISOString().replace(/\.\d+Z$/, 'Z');
  throw efsFault(
    'TooManyRequests',
    `You have reached the maximum number of throughput mode changes or provisioned throughput value decreases. Wait until ${until} UTC and try again.`,
    { status: 429 },
  );
}

function checkedThroughput(mode: string, mebibytes: number | undefined): number | undefined {
  if ((mode === 'provisioned') !== (mebibytes !== undefined))
    throw efsFault(
      'BadRequest',
      'ProvisionedThroughputInMibps must be given with the provisioned throughput mode, and only then.',
    );
  return mebibytes;
}

function described(call: Call, fileSystem: FileSystem): object {
  const Name = fileSystem.tags.Name;
  return {
    OwnerId: call.account,
    CreationToken: fileSystem.creationToken,
    FileSystemId: fileSystem.id,
    FileSystemArn: fileSystem.arn,
    CreationTime: new Date(fileSystem.createdAt),
    LifeCycleState: fileSystem.state,
    ...(Name === undefined ? {} : { Name }),
    NumberOfMountTargets: mountTargetsOf(call, fileSystem.id).length,
    SizeInBytes: { Value: 6144, ValueInIA: 0, ValueInStandard: 6144 },
    PerformanceMode: fileSystem.performanceMode,
    Encrypted: fileSystem.encrypted,
    ...(fileSystem.kmsKeyId === undefined ? {} : { KmsKeyId: fileSystem.kmsKeyId }),
    ThroughputMode: fileSystem.throughputMode,
    ...(fileSystem.provisionedThroughput === undefined
      ? {}
      : { ProvisionedThroughputInMibps: fileSystem.provisionedThroughput }),
    Tags: tagListOf(fileSystem.tags),
    FileSystemProtection: { ReplicationOverwriteProtection: 'ENABLED' },
  };
}

function describedReplication(
  call: Call,
  fileSystem: FileSystem,
  other: NonNullable<FileSystem['replication']>,
): object {
  const here = { id: fileSystem.id, region: call.region };
  const [source, destination] = other.role === 'source' ? [here, other] : [other, here];
  return {
    SourceFileSystemId: source.id,
    SourceFileSystemRegion: source.region,
    SourceFileSystemArn: fileSystem.arn,
    OriginalSourceFileSystemArn: fileSystem.arn,
    CreationTime: new Date(fileSystem.createdAt),
    Destinations: [{ FileSystemId: destination.id, Region: destination.region, Status: 'ENABLED' }],
  };
}
