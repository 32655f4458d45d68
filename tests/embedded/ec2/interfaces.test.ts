import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteNetworkInterfaceCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addInstance, removeInstance } from '#embedded/services/ec2/instances.ts';
import { addNetworkInterface, type NewNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { ec2, makeSubnet, makeVpc, refusal, region, seen } from './support.ts';

async function leave(aws: TestAws, how: Partial<NewNetworkInterface>): Promise<string> {
  const subnetId = await makeSubnet(aws, await makeVpc(aws));
  return aws.aws.inspect(region, (call) =>
    addNetworkInterface(call, { subnetId, groupIds: [], description: 'aws-K8S-i-0123', ...how }),
  );
}

async function look(id: string) {
  const { NetworkInterfaces } = await ec2().send(
    new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id], IncludeManagedResources: true }),
  );
  return NetworkInterfaces![0]!;
}

function remove(NetworkInterfaceId: string): Promise<string> {
  return refusal(ec2().send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })));
}

describe('a network interface', () => {
  test('that was leaked can be deleted', async () => {
    const aws = testAws();
    const id = await leave(aws, { requesterManaged: false, attachmentStatus: 'detached' });
    expect(await look(id)).toMatchObject({ Status: 'available', RequesterManaged: false });
    expect(await remove(id)).toBe('accepted');
    expect(await remove(id)).toBe('InvalidNetworkInterfaceID.NotFound');
  });

  test('that is attached is detached first, which takes a while', async () => {
    const aws = testAws();
    const id = await leave(aws, { requesterManaged: false });
    const { Attachment } = await look(id);
    expect(await remove(id)).toBe('InvalidParameterValue');
    await ec2().send(
      new DetachNetworkInterfaceCommand({ AttachmentId: Attachment!.AttachmentId, Force: true }),
    );
    expect((await look(id)).Attachment!.Status).toBe('detaching');
    aws.advance(20);
    expect((await look(id)).Status).toBe('available');
    expect(await remove(id)).toBe('accepted');
  });

  test('of a service is nobody else’s to take', async () => {
    const aws = testAws();
    const id = await leave(aws, { requesterId: 'amazon-elasticache' });
    const { Attachment } = await look(id);
    const detach = ec2().send(new DetachNetworkInterfaceCommand({ AttachmentId: Attachment!.AttachmentId }));
    expect(await refusal(detach)).toBe('OperationNotPermitted');
    expect(await remove(id)).toBe('InvalidParameterValue');
  });
});

test('an instance is listed while it runs and for an hour after', async () => {
  const aws = testAws();
  const subnetId = await makeSubnet(aws, await makeVpc(aws));
  const id = aws.aws.inspect(region, (call) =>
    addInstance(call, { subnetId, groupIds: [], instanceType: 't3a.2xlarge' }),
  );
  const state = async () => {
    const { Reservations } = await ec2().send(new DescribeInstancesCommand({}));
    return Reservations![0]?.Instances?.[0]?.State?.Name;
  };
  expect(await state()).toBe('running');
  aws.aws.inspect(region, (call) => removeInstance(call, id));
  expect(await state()).toBe('terminated');
  expect(aws.aws.inventory(region)['ec2:network-interface']).toBeUndefined();
  aws.advance(3600);
  expect(await state()).toBeUndefined();
});

describe('a launch template', () => {
  const name = { LaunchTemplateName: 'aoscloud-dev-nodes' };
  const data = { MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 } } as const;

  test('has a name of its own and numbered versions', async () => {
    const aws = testAws();
    const make = (ClientToken: string) =>
      ec2().send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: data, ClientToken }));
    await make('token');
    expect(await refusal(make('other'))).toBe('InvalidLaunchTemplateName.AlreadyExistsException');
    expect(await refusal(make('token'))).toBe('accepted');
    aws.advance(seen);
    const more = new CreateLaunchTemplateVersionCommand({
      ...name,
      LaunchTemplateData: {},
      ClientToken: 'v',
    });
    expect((await ec2().send(more)).LaunchTemplateVersion!.VersionNumber).toBe(2);
    expect((await ec2().send(more)).LaunchTemplateVersion!.VersionNumber).toBe(2);
    const { LaunchTemplates } = await ec2().send(new DescribeLaunchTemplatesCommand({}));
    expect(LaunchTemplates).toMatchObject([{ DefaultVersionNumber: 1, LatestVersionNumber: 2 }]);
    const { LaunchTemplateVersions } = await ec2().send(
      new DescribeLaunchTemplateVersionsCommand({ ...name, Versions: ['$Default'] }),
    );
    expect(LaunchTemplateVersions).toMatchObject([{ VersionNumber: 1, LaunchTemplateData: data }]);
  });

  test('is not found by name or id once it is deleted', async () => {
    const aws = testAws();
    const { LaunchTemplate } = await ec2().send(
      new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: data }),
    );
    aws.advance(seen);
    await ec2().send(new DeleteLaunchTemplateCommand(name));
    expect(await refusal(ec2().send(new DeleteLaunchTemplateCommand(name)))).toBe(
      'InvalidLaunchTemplateName.NotFoundException',
    );
    const LaunchTemplateId = LaunchTemplate!.LaunchTemplateId;
    expect(await refusal(ec2().send(new DeleteLaunchTemplateCommand({ LaunchTemplateId })))).toBe(
      'InvalidLaunchTemplateId.NotFound',
    );
  });
});
