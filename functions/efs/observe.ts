/** What exists of the file system, as AWS says; and how a mount target, which takes no tags, is known. */
import {
  DescribeFileSystemsCommand,
  type EFSClient,
  type FileSystemDescription,
  type MountTargetDescription,
  paginateDescribeMountTargets,
} from '@aws-sdk/client-efs';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { createdByTag, tagValue } from '#lib/ownership/tags.ts';

/** A token nobody used is answered with an empty list or with `FileSystemNotFound` (aws-facts 9). */
export async function findFileSystem(
  efs: EFSClient,
  creationToken: string,
): Promise<FileSystemDescription | undefined> {
  const found = await tolerating(['gone'], () =>
    efs.send(new DescribeFileSystemsCommand({ CreationToken: creationToken })),
  );
  return found?.FileSystems?.find((fileSystem) => fileSystem.LifeCycleState !== 'deleted');
}

export async function findMountTargets(
  efs: EFSClient,
  fileSystemId: string,
): Promise<MountTargetDescription[]> {
  const found = await tolerating(['gone'], () =>
    allPages(
      paginateDescribeMountTargets({ client: efs }, { FileSystemId: fileSystemId }),
      (page) => page.MountTargets,
    ),
  );
  return (found ?? []).filter((mountTarget) => mountTarget.LifeCycleState !== 'deleted');
}

const mountTargetTagPrefix = 'aoscloud:mount-target/';

/** The tag of a file system that names the execution which added the mount target of a zone to it later. */
export function mountTargetTag(zoneId: string): string {
  return `${mountTargetTagPrefix}${zoneId}`;
}

/** The execution that made the mount target of a zone: the file system's own, unless it was added later. */
export function mountTargetCreatedBy(fileSystem: FileSystemDescription, zoneId: string): string | undefined {
  return tagValue(fileSystem.Tags, mountTargetTag(zoneId)) ?? tagValue(fileSystem.Tags, createdByTag);
}

/** The zones of every later addition by `execution`, and the tag's key of each. */
export function additionsOf(
  fileSystem: FileSystemDescription,
  execution: string,
): { readonly key: string; readonly zoneId: string }[] {
  return (fileSystem.Tags ?? [])
    .filter((tag) => tag.Key?.startsWith(mountTargetTagPrefix) && tag.Value === execution)
    .map((tag) => ({
      key: tag.Key as string,
      zoneId: (tag.Key as string).slice(mountTargetTagPrefix.length),
    }));
}
