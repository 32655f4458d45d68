/** What keeps EFS from going: AWS refuses it only at the file system, when its mount targets are cut (B12). */
import {
  DescribeReplicationConfigurationsCommand,
  EFSClient,
  type MountTargetDescription,
} from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { nothingFound, type RemovalContext, type RemovalFindings } from './context.ts';

export async function askFileSystem({ target, account }: RemovalContext): Promise<RemovalFindings> {
  const findings = nothingFound();
  const fileSystem = await account.fileSystem();
  if (!fileSystem || fileSystem.LifeCycleState === 'deleting' || !isInScope(fileSystem.Tags, target))
    return findings;
  const what = `EFS file system ${fileSystem.FileSystemId}`;
  const problems = [
    ...(await replications(target, what, fileSystem.FileSystemId as string)),
    ...mountTargetsElsewhere(what, await account.mountTargets(), await account.vpcIds()),
  ];
  findings.blockers.push(...problems.map((problem) => ({ problem, steps: ['efs'] as const })));
  findings.warnings.push(
    `${what} leaves no final copy: what AWS Backup has kept of it stays, everything newer is gone for good`,
  );
  return findings;
}

/** `ReplicationNotFound` where there is none (DescribeReplicationConfigurations, API reference). */
async function replications(target: RemovalTarget, what: string, FileSystemId: string): Promise<Finding[]> {
  const efs = client(EFSClient, target);
  const answer = await tolerating(['gone'], () =>
    efs.send(new DescribeReplicationConfigurationsCommand({ FileSystemId })),
  );
  return (answer?.Replications ?? []).map(({ SourceFileSystemId, SourceFileSystemRegion, Destinations }) => {
    const role =
      SourceFileSystemId === FileSystemId
        ? `is replicated to ${(Destinations ?? []).map((one) => `${one.FileSystemId} in ${one.Region}`).join(', ')}`
        : `is the replica of ${SourceFileSystemId} in ${SourceFileSystemRegion}`;
    return {
      what: `${what} ${role}`,
      todo: `end the replication (aws efs delete-replication-configuration --source-file-system-id ${SourceFileSystemId}); its other side stays`,
    };
  });
}

/** A file system has mount targets in one VPC at a time; in another than ours they are somebody else's. */
function mountTargetsElsewhere(
  what: string,
  mountTargets: readonly MountTargetDescription[],
  vpcIds: readonly string[],
): Finding[] {
  return mountTargets
    .filter(({ VpcId, LifeCycleState }) => LifeCycleState !== 'deleting' && !vpcIds.includes(VpcId ?? ''))
    .map(({ MountTargetId, VpcId }) => ({
      what: `${what} has mount target ${MountTargetId} in ${VpcId}, which is not of this environment`,
      todo: 'delete that mount target when nobody there uses it any more',
    }));
}
