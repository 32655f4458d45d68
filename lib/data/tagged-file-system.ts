/** The file system of an environment, with its tags. Mount targets take none. */
import { DescribeFileSystemsCommand, EFSClient } from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { isOwned, tagRecordOf } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export async function taggedFileSystem(target: EnvironmentTarget): Promise<Tagged[]> {
  const { fileSystemCreationToken: CreationToken } = names(target);
  const found = await tolerating(['gone'], () =>
    client(EFSClient, target).send(new DescribeFileSystemsCommand({ CreationToken })),
  );
  return (found?.FileSystems ?? [])
    .map(({ FileSystemId = '', Tags }) => ({
      step: 'efs' as const,
      id: FileSystemId,
      what: `file system ${FileSystemId}`,
      tags: tagRecordOf(Tags),
    }))
    .filter(({ tags }) => isOwned(tags, target));
}
