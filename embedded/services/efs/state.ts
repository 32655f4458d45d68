/** What EFS keeps. */
import { z } from 'zod';
import { AwsFault, type Call } from '#embedded/model.ts';

type Tags = Record<string, string>;

export interface FileSystem {
  readonly id: string;
  readonly arn: string;
  readonly creationToken: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly performanceMode: 'generalPurpose' | 'maxIO';
  throughputMode: 'bursting' | 'provisioned' | 'elastic';
  provisionedThroughput?: number;
  /** When its throughput was last changed. */
  throughputChangedAt?: number;
  readonly createdAt: number;
  state: 'creating' | 'available' | 'updating' | 'deleting' | 'error';
  /** It will end in `error`. */
  readonly fails: boolean;
  /** Absent until a policy was ever put. */
  backup?: 'ENABLED' | 'DISABLED';
  lifecyclePolicies: object[];
  /** The other side of its replication, and which side it is itself. Tests put it there. */
  replication?: { readonly role: 'source' | 'destination'; readonly id: string; readonly region: string };
  tags: Tags;
}

export interface MountTarget {
  readonly id: string;
  readonly fileSystemId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zoneName: string;
  readonly zoneId: string;
  readonly ipAddress: string;
  readonly networkInterfaceId: string;
  securityGroupIds: string[];
  state: 'creating' | 'available' | 'deleting' | 'error';
  readonly fails: boolean;
}

export interface EfsState {
  readonly keyId: string;
  fileSystems: Record<string, FileSystem>;
  mountTargets: Record<string, MountTarget>;
}

export function efsState(call: Call): EfsState {
  return call.state<EfsState>('efs', () => ({
    keyId: [8, 4, 4, 4, 12].map((length) => call.hex(length)).join('-'),
    fileSystems: {},
    mountTargets: {},
  }));
}

/** EFS tells the condition in the name, and again in `ErrorCode`. */
export function efsFault(
  name: string,
  message: string,
  options: { status?: number; extra?: Record<string, unknown> } = {},
): AwsFault {
  return new AwsFault(name, message, {
    status: options.status ?? 400,
    extra: { ErrorCode: name, ...options.extra },
  });
}

/** By id or ARN. */
export function requireFileSystem(call: Call, given: string): FileSystem {
  const id = given.split('/').at(-1) as string;
  const fileSystem = efsState(call).fileSystems[id];
  if (!fileSystem)
    throw efsFault('FileSystemNotFound', `File system '${id}' does not exist.`, { status: 404 });
  return fileSystem;
}

export function requireMountTarget(call: Call, id: string): MountTarget {
  const mountTarget = efsState(call).mountTargets[id];
  if (!mountTarget)
    throw efsFault('MountTargetNotFound', `Mount target '${id}' does not exist.`, { status: 404 });
  return mountTarget;
}

export function assertAvailable(fileSystem: FileSystem): void {
  if (fileSystem.state !== 'available')
    throw efsFault(
      'IncorrectFileSystemLifeCycleState',
      `The file system ${fileSystem.id} is not in the 'available' state: it is '${fileSystem.state}'.`,
      { status: 409 },
    );
}

export function mountTargetsOf(call: Call, fileSystemId: string): MountTarget[] {
  return Object.values(efsState(call).mountTargets).filter((one) => one.fileSystemId === fileSystemId);
}

export const tagListSchema = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();

export function tagRecordOf(tags: readonly { Key: string; Value: string }[] | undefined): Tags {
  const reserved = tags?.find(({ Key }) => /^aws:/i.test(Key));
  if ((tags ?? []).length > 50) throw efsFault('BadRequest', 'A resource has at most 50 tags.');
  for (const { Key, Value } of tags ?? [])
    if (
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) ||
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)
    )
      throw efsFault('BadRequest', `Invalid tag: ${Key}`);
  if (reserved) throw efsFault('BadRequest', `Tag keys that start with 'aws:' are reserved: ${reserved.Key}`);
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

export function tagListOf(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What both paged describes take. */
export const paging = {
  MaxItems: z.number().int().min(1).optional(),
  Marker: z.string().optional(),
};

export function invalidMarker(): AwsFault {
  return efsFault('BadRequest', 'The marker is not one of an earlier answer.');
}
