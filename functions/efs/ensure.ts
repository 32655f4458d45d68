/**
 * EFS (R31): an encrypted file system and one mount target in each EKS private subnet, in the base default
 * security group. A second run finds the file system by its creation token, its mount targets by zone. Mount
 * targets take no tags: one that is added to an older file system is noted as a tag on that file system before
 * it is made, so that `remove.ts` can take back just that one.
 */
import {
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  DeleteMountTargetCommand,
  DescribeBackupPolicyCommand,
  DescribeMountTargetSecurityGroupsCommand,
  EFSClient,
  type FileSystemDescription,
  ModifyMountTargetSecurityGroupsCommand,
  type MountTargetDescription,
  PutBackupPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { fileSystemStates } from '#lib/aws/statuses.ts';
import { networkOf, type ServiceNetwork } from '#lib/data/network.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { names } from '#lib/ownership/names.ts';
import { withTags } from '#lib/ownership/tagged.ts';
import { createdByTag, tagList, tagValue } from '#lib/ownership/tags.ts';
import { secondsBesideControlPlane } from '#lib/run/cadence.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { assertKnownStatus } from '#lib/run/known-status.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { findFileSystem, findMountTargets, mountTargetCreatedBy, mountTargetTag } from './observe.ts';
import { tagFileSystem } from './tags.ts';
import { setThroughput } from './throughput.ts';

/** Seconds (aws-facts 0.6, 15). */
const fileSystemSeconds = 15;
const mountTargetSeconds = 120;

/** Of one mount target (EFS user guide, "Amazon EFS quotas": security groups for each mount target). */
const mostSecurityGroups = 5;

/** A planned mount target and what there is of it. */
interface Place {
  readonly zoneId: string;
  readonly subnetId: string;
  readonly mountTarget: MountTargetDescription | undefined;
}

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment } = context;
  const efs = client(EFSClient, environment);
  const token = names(environment).fileSystemCreationToken;
  const network = networkOf(context, 'eks-private');
  const fileSystem = await findFileSystem(efs, token);
  if (!fileSystem) return requestFileSystem(efs, context, token);
  const id = fileSystem.FileSystemId as string;
  assertOwned(`file system ${id} with creation token ${token}`, fileSystem.Tags, environment);
  const detail = `EFS file system ${id} is ${fileSystem.LifeCycleState}`;
  if (fileSystem.LifeCycleState === 'error') {
    throw new ResourceFailedError(
      detail,
      'if it holds no data, deprovision the environment and run again; otherwise ask AWS support',
    );
  }
  assertKnownStatus(`file system ${id}`, fileSystemStates, fileSystem.LifeCycleState);
  const lookAgainSeconds = secondsBesideControlPlane(context, fileSystem.CreationTime, true);
  if (fileSystem.LifeCycleState !== 'available') return pending(detail, Math.min(lookAgainSeconds, 15));

  const found = await findMountTargets(efs, id);
  const places = placesOf(context, network, found);
  const broken = places.filter((place) => place.mountTarget?.LifeCycleState === 'error');
  if (broken.length > 0) return replaceBroken(efs, context, fileSystem, broken);
  const missing = places.filter((place) => !place.mountTarget);
  if (missing.length > 0) return createMountTargets(efs, context, fileSystem, network, missing);
  const waiting = places.filter((place) => place.mountTarget?.LifeCycleState !== 'available');
  if (waiting.length > 0) {
    const each = waiting.map(
      ({ mountTarget }) => `${mountTarget?.MountTargetId} is ${mountTarget?.LifeCycleState}`,
    );
    return pending(`EFS mount target ${each.join(', ')}`, lookAgainSeconds);
  }
  await ensureSecurityGroups(efs, context, fileSystem, network, places);
  await ensureBackup(efs, context, fileSystem);
  const changing = await setThroughput(efs, context, fileSystem);
  if (changing) return changing;
  return ready(`${detail} with ${places.length} mount targets`);
}

async function requestFileSystem(
  efs: EFSClient,
  { environment }: StepContext,
  token: string,
): Promise<StepOutcome> {
  const { throughputMode, provisionedThroughput, backup } = environment.efs;
  const create = new CreateFileSystemCommand({
    CreationToken: token,
    Encrypted: true,
    PerformanceMode: 'generalPurpose',
    ThroughputMode: throughputMode,
    ...(throughputMode === 'provisioned' && { ProvisionedThroughputInMibps: provisionedThroughput }),
    Backup: backup,
    Tags: tagList(environment, 'efs'),
  });
  // `exists`: made already and not listed yet; found by its token at the next look, tags and all.
  await tolerating(['exists'], () => efs.send(create));
  return pending(`EFS file system ${token} is being created`, fileSystemSeconds);
}

/** By zone, not by subnet: AWS allows one mount target a zone. */
function placesOf(
  { environment }: StepContext,
  network: ServiceNetwork,
  mountTargets: readonly MountTargetDescription[],
): Place[] {
  const subnets = environment.subnets.filter((subnet) => subnet.group === 'eks-private');
  return subnets.map(({ zone }, index) => {
    const subnetId = network.subnetIds[index] as string;
    const mountTarget = mountTargets.find((candidate) => candidate.AvailabilityZoneId === zone.id);
    const state = mountTarget?.LifeCycleState;
    assertKnownStatus(`mount target ${mountTarget?.MountTargetId}`, fileSystemStates, state);
    if (mountTarget && mountTarget.SubnetId !== subnetId && state !== 'error' && state !== 'deleting') {
      throw new ResourceFailedError(
        `mount target ${mountTarget.MountTargetId} of zone ${zone.id} is in ${mountTarget.SubnetId}, not in ${subnetId}`,
        'delete that mount target, then run again',
      );
    }
    return { zoneId: zone.id, subnetId, mountTarget };
  });
}

/** One after the other: parallel creates may answer with one and the same id (aws-facts 9). */
async function createMountTargets(
  efs: EFSClient,
  { environment }: StepContext,
  fileSystem: FileSystemDescription,
  network: ServiceNetwork,
  missing: readonly Place[],
): Promise<StepOutcome> {
  const FileSystemId = fileSystem.FileSystemId as string;
  const later = missing.filter(
    ({ zoneId }) => mountTargetCreatedBy(fileSystem, zoneId) !== environment.execution,
  );
  if (later.length > 0) {
    const Tags = later.map(({ zoneId }) => ({ Key: mountTargetTag(zoneId), Value: environment.execution }));
    await efs.send(new TagResourceCommand({ ResourceId: FileSystemId, Tags }));
  }
  for (const { subnetId } of missing) {
    await tolerating(['exists'], () =>
      efs.send(
        new CreateMountTargetCommand({
          FileSystemId,
          SubnetId: subnetId,
          SecurityGroups: [network.securityGroupId],
        }),
      ),
    );
  }
  return pending(`${missing.length} EFS mount targets are being created`, mountTargetSeconds);
}

/** One of an earlier run makes room for a new one; one of this run would only fail again. */
async function replaceBroken(
  efs: EFSClient,
  { environment }: StepContext,
  fileSystem: FileSystemDescription,
  broken: readonly Place[],
): Promise<StepOutcome> {
  const ids = broken.map(({ mountTarget }) => mountTarget?.MountTargetId as string);
  const own = broken.find(({ zoneId }) => mountTargetCreatedBy(fileSystem, zoneId) === environment.execution);
  if (own) {
    throw new ResourceFailedError(
      `mount target ${own.mountTarget?.MountTargetId} in ${own.subnetId} (${own.zoneId}) ended in error`,
      'see whether the subnet has free addresses and the account may have more network interfaces, then run again; it is replaced',
    );
  }
  for (const id of ids)
    await tolerating(['gone'], () => efs.send(new DeleteMountTargetCommand({ MountTargetId: id })));
  return pending(`EFS mount target ${ids.join(', ')} failed in an earlier run and is being replaced`, 30);
}

/** Only of mount targets that an earlier run made: this run's were made with the right group. */
async function ensureSecurityGroups(
  efs: EFSClient,
  { environment }: StepContext,
  fileSystem: FileSystemDescription,
  network: ServiceNetwork,
  places: readonly Place[],
): Promise<void> {
  for (const { zoneId, mountTarget } of places) {
    if (mountTargetCreatedBy(fileSystem, zoneId) === environment.execution) continue;
    const MountTargetId = mountTarget?.MountTargetId;
    const found = await efs.send(new DescribeMountTargetSecurityGroupsCommand({ MountTargetId }));
    const groups = found.SecurityGroups ?? [];
    if (groups.includes(network.securityGroupId)) continue;
    if (groups.length >= mostSecurityGroups) {
      throw new ResourceFailedError(
        `mount target ${MountTargetId} is in ${groups.join(', ')} and not in the base default group ${network.securityGroupId} (R21), and AWS allows ${mostSecurityGroups} groups`,
        'take it out of one of them, then run again',
      );
    }
    // The call replaces all groups: those that somebody added stay.
    await efs.send(
      new ModifyMountTargetSecurityGroupsCommand({
        MountTargetId,
        SecurityGroups: [...groups, network.securityGroupId],
      }),
    );
  }
}

/** Of a file system that an earlier run made: AWS set this run's when it was created. */
async function ensureBackup(
  efs: EFSClient,
  { environment }: StepContext,
  fileSystem: FileSystemDescription,
): Promise<void> {
  if (tagValue(fileSystem.Tags, createdByTag) === environment.execution) return;
  const FileSystemId = fileSystem.FileSystemId;
  const found = await tolerating(['gone'], () => efs.send(new DescribeBackupPolicyCommand({ FileSystemId })));
  const status = found?.BackupPolicy?.Status ?? 'DISABLED';
  if (['ENABLED', 'ENABLING'].includes(status) === environment.efs.backup) return;
  const Status = environment.efs.backup ? 'ENABLED' : 'DISABLED';
  await efs.send(new PutBackupPolicyCommand({ FileSystemId, BackupPolicy: { Status } }));
}

export const handler = stepHandler('efs', 'ensure', withTags(ensure, tagFileSystem));
