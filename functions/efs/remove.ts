/**
 * EFS is gone: mount targets, then the file system. Found by its creation token, and only touched with our
 * ownership tag; backups in AWS Backup stay. A removal narrowed to one execution takes a file system of that
 * execution whole, and of an older one just the mount targets which its tags say that execution added.
 */
import {
  DeleteFileSystemCommand,
  DeleteMountTargetCommand,
  EFSClient,
  type FileSystemDescription,
  type MountTargetDescription,
  UntagResourceCommand,
} from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isCreatedBy, isOwned } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { RemovalBlockedError } from '#lib/run/failures.ts';
import { gone, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { additionsOf, findFileSystem, findMountTargets, mountTargetCreatedBy } from './observe.ts';

/** Seconds (aws-facts 0.6): mount targets take 30 to 90 seconds to go. */
const mountTargetSeconds = 90;
const lookAgainSeconds = 30;

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const target = context.environment;
  const efs = client(EFSClient, target);
  const fileSystem = await findFileSystem(efs, names(target).fileSystemCreationToken);
  // Nothing asks AWS Backup: which recovery points there are is its own to tell, and it is not in every region.
  if (!fileSystem) return gone('EFS is gone; recovery points that AWS Backup keeps of it, if any, stay');
  if (!isOwned(fileSystem.Tags, target)) return gone('nothing of EFS is part of this removal');
  if (isCreatedBy(fileSystem.Tags, target.createdBy)) return removeFileSystem(efs, target, fileSystem);
  return removeAdditions(efs, target, fileSystem);
}

async function removeFileSystem(
  efs: EFSClient,
  target: RemovalTarget,
  fileSystem: FileSystemDescription,
): Promise<StepOutcome> {
  const FileSystemId = fileSystem.FileSystemId as string;
  const detail = `EFS file system ${FileSystemId} is being deleted`;
  if (fileSystem.LifeCycleState === 'deleting') return pending(detail, lookAgainSeconds);
  const mountTargets = await findMountTargets(efs, FileSystemId);
  if (mountTargets.length > 0) {
    assertAllInScope(target, fileSystem, mountTargets);
    return removeMountTargets(efs, mountTargets);
  }
  await tolerating(['gone'], () => efs.send(new DeleteFileSystemCommand({ FileSystemId })));
  return pending(detail, 15);
}

/** A mount target that another execution added cannot outlive the file system; one that is leaving does not. */
function assertAllInScope(
  target: RemovalTarget,
  fileSystem: FileSystemDescription,
  mountTargets: readonly MountTargetDescription[],
): void {
  const { createdBy } = target;
  if (createdBy === undefined) return;
  const foreign = mountTargets
    .filter(({ LifeCycleState }) => LifeCycleState !== 'deleting')
    .map((mountTarget) => ({
      id: mountTarget.MountTargetId,
      by: mountTargetCreatedBy(fileSystem, mountTarget.AvailabilityZoneId ?? ''),
    }))
    .filter(({ by }) => by !== createdBy);
  if (foreign.length === 0) return;
  const each = foreign.map(({ id, by }) => `${id} (made by execution ${by})`);
  throw new RemovalBlockedError(
    `file system ${fileSystem.FileSystemId} has mount targets that are not part of this removal: ${each.join(', ')}`,
    'delete them, or deprovision the whole environment',
  );
}

async function removeMountTargets(
  efs: EFSClient,
  mountTargets: readonly MountTargetDescription[],
): Promise<StepOutcome> {
  const standing = mountTargets.filter((mountTarget) => mountTarget.LifeCycleState !== 'deleting');
  for (const { MountTargetId } of standing)
    await tolerating(['gone'], () => efs.send(new DeleteMountTargetCommand({ MountTargetId })));
  const ids = mountTargets.map((mountTarget) => mountTarget.MountTargetId).join(', ');
  return pending(
    `EFS mount target ${ids} is being deleted`,
    standing.length > 0 ? mountTargetSeconds : lookAgainSeconds,
  );
}

/** The note of an addition goes last, when the mount target is seen to be gone. */
async function removeAdditions(
  efs: EFSClient,
  target: RemovalTarget,
  fileSystem: FileSystemDescription,
): Promise<StepOutcome> {
  const additions = additionsOf(fileSystem, target.createdBy ?? '');
  if (additions.length === 0) return gone('nothing of EFS is part of this removal');
  const FileSystemId = fileSystem.FileSystemId as string;
  const zoneIds = new Set(additions.map(({ zoneId }) => zoneId));
  const added = (await findMountTargets(efs, FileSystemId)).filter((mountTarget) =>
    zoneIds.has(mountTarget.AvailabilityZoneId ?? ''),
  );
  if (added.length > 0) return removeMountTargets(efs, added);
  const TagKeys = additions.map(({ key }) => key);
  await efs.send(new UntagResourceCommand({ ResourceId: FileSystemId, TagKeys }));
  return gone(`the EFS mount targets that execution ${target.createdBy} added are gone`);
}

export const handler = stepHandler('efs', 'remove', remove);
