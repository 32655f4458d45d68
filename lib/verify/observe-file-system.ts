/** The EFS file system and its mount targets, whose groups their interfaces tell, in one call for all. */

import { EC2Client, type NetworkInterface } from '@aws-sdk/client-ec2';
import {
  DescribeBackupPolicyCommand,
  EFSClient,
  type MountTargetDescription,
  paginateDescribeFileSystems,
  paginateDescribeMountTargets,
} from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import { listNetworkInterfaces } from '#lib/network/observe.ts';
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
  const interfaces = await interfacesOf(environment, targets);
  return {
    id: FileSystemId,
    state: fileSystem.LifeCycleState ?? '',
    encrypted: fileSystem.Encrypted ?? false,
    throughputMode: fileSystem.ThroughputMode ?? '',
    provisionedThroughput: fileSystem.ProvisionedThroughputInMibps,
    backup: ['ENABLED', 'ENABLING'].includes(policy?.BackupPolicy?.Status ?? ''),
    mountTargets: targets.map((target) => mountTargetSeen(target, interfaces)),
  };
}

/** One that is being made, or failed, has none. */
async function interfacesOf(
  environment: EnvironmentTarget,
  targets: readonly MountTargetDescription[],
): Promise<NetworkInterface[]> {
  const Values = targets.flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []);
  if (Values.length === 0) return [];
  return listNetworkInterfaces(client(EC2Client, environment), [{ Name: 'network-interface-id', Values }]);
}

function mountTargetSeen(
  target: MountTargetDescription,
  interfaces: readonly NetworkInterface[],
): FileSystemSeen['mountTargets'][number] {
  const own = interfaces.find((one) => one.NetworkInterfaceId === target.NetworkInterfaceId);
  return {
    id: target.MountTargetId ?? '',
    state: target.LifeCycleState ?? '',
    vpcId: target.VpcId ?? '',
    subnetId: target.SubnetId ?? '',
    zoneId: target.AvailabilityZoneId ?? '',
    securityGroupIds: (own?.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  };
}
