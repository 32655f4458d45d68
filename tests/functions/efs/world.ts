/** A fresh account with a network, and the file system in it. */
import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateFileSystemCommand,
  DeleteMountTargetCommand,
  DescribeMountTargetSecurityGroupsCommand,
  EFSClient,
  ModifyMountTargetSecurityGroupsCommand,
  type MountTargetDescription,
  paginateDescribeFileSystems,
} from '@aws-sdk/client-efs';
import type { Fault } from '#embedded/engine.ts';
import { ensure } from '#functions/efs/ensure.ts';
import { findMountTargets } from '#functions/efs/observe.ts';
import { remove } from '#functions/efs/remove.ts';
import { client } from '#lib/aws/clients.ts';
import type { EnvironmentPlan, RemovalTarget } from '#lib/run/environment.ts';
import { answerStep } from '#lib/run/step.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

export async function fileWorld() {
  const test = testAws();
  const base = samplePlan();
  const resources = await testNetwork(test, base);
  const efs = client(EFSClient, base);
  const fileSystems = async () => {
    const all = [];
    for await (const page of paginateDescribeFileSystems({ client: efs }, {}))
      all.push(...(page.FileSystems ?? []));
    return all;
  };
  const mountTargets = async (): Promise<MountTargetDescription[]> => {
    const [fileSystem] = await fileSystems();
    return fileSystem ? findMountTargets(efs, fileSystem.FileSystemId as string) : [];
  };
  return {
    test,
    resources,
    fileSystems,
    mountTargets,
    ensure: (changes: Partial<EnvironmentPlan> = {}) =>
      untilDone(test, 'efs', ensure, samplePlan(changes), resources),
    remove: (changes: Partial<RemovalTarget> = {}) => untilDone(test, 'efs', remove, sampleRemoval(changes)),
    /** One look of a removal. */
    look: (changes: Partial<RemovalTarget> = {}) =>
      answerStep<RemovalTarget>('efs', { typicalSeconds: 60, deadlineSeconds: 3600 }, remove, {
        environment: sampleRemoval(changes),
      }),
    mutationsOf: (operation: string) =>
      test.aws.mutations.filter((call) => call.operation === `efs:${operation}`),
    groupsOf: async (mountTarget: MountTargetDescription | undefined) =>
      (
        await efs.send(
          new DescribeMountTargetSecurityGroupsCommand({ MountTargetId: mountTarget?.MountTargetId }),
        )
      ).SecurityGroups,
    setGroups: (mountTarget: MountTargetDescription | undefined, groups: string[]) =>
      efs.send(
        new ModifyMountTargetSecurityGroupsCommand({
          MountTargetId: mountTarget?.MountTargetId,
          SecurityGroups: groups,
        }),
      ),
    /** Somebody deletes a mount target by hand. */
    loseMountTarget: async (zoneId: string) => {
      const lost = (await mountTargets()).find((candidate) => candidate.AvailabilityZoneId === zoneId);
      await efs.send(new DeleteMountTargetCommand({ MountTargetId: lost?.MountTargetId }));
      test.advance(300);
    },
    /** A security group of somebody's in the same VPC. */
    foreignGroup: async (name = 'theirs') => {
      const made = await client(EC2Client, base).send(
        new CreateSecurityGroupCommand({
          GroupName: name,
          Description: 'of somebody',
          VpcId: resources.vpcId,
        }),
      );
      test.advance(5);
      return made.GroupId as string;
    },
    foreignFileSystem: async () => {
      await efs.send(new CreateFileSystemCommand({ CreationToken: 'aoscloud-dev-efs' }));
      test.advance(60);
    },
    /** Does `fault` at the n-th call of an operation, counted from 1. */
    at: (operation: string, nth: number, fault: Fault) => {
      let seen = 0;
      test.aws.inject = (call) =>
        call.operation === `efs:${operation}` && ++seen === nth ? fault : undefined;
    },
  };
}
