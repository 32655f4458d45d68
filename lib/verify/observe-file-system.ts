/** The EFS file system and its mount targets; the groups of a mount target are told by a call of its own. */
import {
  DescribeBackupPolicyCommand,
  DescribeMountTargetSecurityGroupsCommand,
  EFSClient,
  type MountTargetDescription,
  paginateDescribeFileSystems,
  paginateDescribeMountTargets,
} from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import { names } from '#lib/ownership/names.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { FileSystemSeen } from './observation.ts';

export async function observeFileSystem(environment: EnvironmentTarget): Promise<FileSystemSeen | undefined> {
  const efs = client(EFSClient, environment);
  const CreationToken = names(environment).fileSystemCreationToken;
  // EFS answers an unknown creation token with an empty list or with FileSystemNotFound (aws-facts 9).
  const found = await tolerating(['gone'], () =>
    allPages(paginateDescribeFileSystems({ client: efs }, { CreationToken }), (page) => page.FileSystems),
  );
  const [fileSystem] = found ?? [];
  if (!fileSystem?.FileSystemId) return undefined;
  const { FileSystemId } = fileSystem;
  const [targets, policy] = await together([
    allPages(paginateDescribeMountTargets({ client: efs }, { FileSystemId }), (page) => page.MountTargets),
    // Without a policy EFS says PolicyNotFound.
    tolerating(['gone'], () => efs.send(new DescribeBackupPolicyCommand({ FileSystemId }))),
  ]);
  return {
    id: FileSystemId,
    state: fileSystem.LifeCycleState ?? '',
    encrypted: fileSystem.Encrypted ?? false,
    throughputMode: fileSystem.ThroughputMode ?? '',
    provisionedThroughput: fileSystem.ProvisionedThroughputInMibps,
    backup: ['ENABLED', 'ENABLING'].includes(policy?.BackupPolicy?.Status ?? ''),
    mountTargets: await forEach(targets, 3, (target) => mountTargetSeen(efs, target)),
  };
}

async function mountTargetSeen(
  efs: EFSClient,
  target: MountTargetDescription,
): Promise<FileSystemSeen['mountTargets'][number]> {
  // One that is being made, or failed, tells none: IncorrectMountTargetState.
  const answer = await tolerating(['pending', 'gone'], () =>
    efs.send(new DescribeMountTargetSecurityGroupsCommand({ MountTargetId: target.MountTargetId ?? '' })),
  );
  return {
    id: target.MountTargetId ?? '',
    state: target.LifeCycleState ?? '',
    vpcId: target.VpcId ?? '',
    subnetId: target.SubnetId ?? '',
    zoneId: target.AvailabilityZoneId ?? '',
    securityGroupIds: answer?.SecurityGroups ?? [],
  };
}
