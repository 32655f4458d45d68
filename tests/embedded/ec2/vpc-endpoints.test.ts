import {
  CreateSecurityGroupCommand,
  CreateVpcEndpointCommand,
  type CreateVpcEndpointCommandInput,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type ServiceDetail,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { ec2, enableDnsHostnames, makeSubnet, makeVpc, refusal, region, seen } from './support.ts';

async function network(aws: TestAws) {
  const VpcId = await makeVpc(aws);
  await enableDnsHostnames(VpcId);
  return { VpcId, SubnetIds: [await makeSubnet(aws, VpcId, '10.231.100.0/24')] };
}

function wanted(
  network: { VpcId: string; SubnetIds: string[] },
  suffix: string,
): CreateVpcEndpointCommandInput {
  return {
    ...network,
    VpcEndpointType: 'Interface',
    ServiceName: `com.amazonaws.${region}.${suffix}`,
    PrivateDnsEnabled: suffix !== 's3',
  };
}

async function make(input: CreateVpcEndpointCommandInput): Promise<string> {
  const { VpcEndpoint } = await ec2().send(new CreateVpcEndpointCommand(input));
  return VpcEndpoint!.VpcEndpointId!;
}

async function endpoint(id: string) {
  const { VpcEndpoints } = await ec2().send(
    new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-endpoint-id', Values: [id] }] }),
  );
  return VpcEndpoints![0];
}

async function makeGroup(aws: TestAws, VpcId: string, GroupName = 'nodes'): Promise<string> {
  const { GroupId } = await ec2().send(
    new CreateSecurityGroupCommand({ VpcId, GroupName, Description: GroupName }),
  );
  aws.advance(seen);
  return GroupId!;
}

describe('the services', () => {
  test('are listed in pages, with s3 both as gateway and as interface', async () => {
    testAws();
    const details: ServiceDetail[] = [];
    let pages = 0;
    let NextToken: string | undefined;
    do {
      const page = await ec2().send(new DescribeVpcEndpointServicesCommand({ NextToken }));
      pages += 1;
      details.push(...page.ServiceDetails!);
      NextToken = page.NextToken;
    } while (NextToken);
    expect(pages).toBeGreaterThan(2);
    const s3 = details.filter((one) => one.ServiceName!.endsWith('.s3'));
    expect(s3.map((one) => one.ServiceType![0]!.ServiceType).sort()).toEqual(['Gateway', 'Interface']);
  });

  test('fail as a whole for one unknown name', async () => {
    testAws();
    const call = ec2().send(new DescribeVpcEndpointServicesCommand({ ServiceNames: ['com.amazonaws.x.y'] }));
    expect(await refusal(call)).toBe('InvalidServiceName');
  });

  test('are not all in every zone', async () => {
    testAws();
    const { ServiceDetails } = await ec2('us-east-1').send(
      new DescribeVpcEndpointServicesCommand({
        Filters: [{ Name: 'service-name', Values: ['com.amazonaws.us-east-1.email-smtp'] }],
      }),
    );
    expect(ServiceDetails![0]!.AvailabilityZoneIds).toEqual(['use1-az1', 'use1-az4', 'use1-az6']);
    expect(ServiceDetails![0]!.AvailabilityZones).toEqual(['us-east-1c', 'us-east-1d', 'us-east-1f']);
  });
});

describe('an endpoint', () => {
  test('is pending, then available, with an interface in its subnet and the default group', async () => {
    const aws = testAws();
    const there = await network(aws);
    const id = await make(wanted(there, 'ecr.api'));
    aws.advance(30);
    expect((await endpoint(id))!.State).toBe('pending');
    aws.advance(150);
    const now = (await endpoint(id))!;
    expect(now).toMatchObject({
      State: 'available',
      PrivateDnsEnabled: true,
      Groups: [{ GroupName: 'default' }],
    });
    expect(now.DnsEntries!.map((entry) => entry.DnsName)).toContain('api.ecr.eu-central-1.amazonaws.com');
    const { NetworkInterfaces } = await ec2().send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: now.NetworkInterfaceIds }),
    );
    expect(NetworkInterfaces).toMatchObject([
      { Status: 'in-use', InterfaceType: 'vpc_endpoint', Description: `VPC Endpoint Interface ${id}` },
    ]);
  });

  test('is seen by its id within seconds, and listed up to fifteen seconds later', async () => {
    const late: number[] = [];
    for (let seed = 1; seed <= 6; seed += 1) {
      const aws = testAws({ seed });
      const id = await make(wanted(await network(aws), 'sts'));
      aws.advance(3);
      const byId = await ec2().send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }));
      expect(byId.VpcEndpoints).toHaveLength(1);
      let waited = 3;
      for (; !(await endpoint(id)); waited += 1) aws.advance(1);
      late.push(waited);
    }
    expect(Math.max(...late)).toBeGreaterThan(8);
    expect(Math.max(...late)).toBeLessThanOrEqual(19);
  });

  test('fails where chance has it', async () => {
    const aws = testAws({
      inject: (call) => (call.operation === 'ec2:CreateVpcEndpoint' ? { kind: 'outcome-fails' } : undefined),
    });
    const id = await make(wanted(await network(aws), 'ec2'));
    aws.advance(60);
    expect(await endpoint(id)).toMatchObject({ State: 'failed', LastError: { Code: 'InternalError' } });
  });

  test('is not a gateway endpoint, which AWS would make by default', async () => {
    const aws = testAws();
    const { VpcEndpointType: _type, ...input } = wanted(await network(aws), 's3');
    await expect(make(input)).rejects.toThrow(/does not model.*VpcEndpointType/);
  });

  test('is made once for a token', async () => {
    const aws = testAws();
    const there = await network(aws);
    const input = { ...wanted(there, 's3'), ClientToken: 'token' };
    const id = await make(input);
    expect(await make(input)).toBe(id);
    expect(await make({ ...input, ClientToken: 'other' })).not.toBe(id);
    const changed = { ...input, ServiceName: `com.amazonaws.${region}.ec2` };
    expect(await refusal(make(changed))).toBe('IdempotentParameterMismatch');
  });

  test('needs both DNS attributes of the VPC for private DNS', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const SubnetIds = [await makeSubnet(aws, VpcId, '10.231.100.0/24')];
    expect(await refusal(make(wanted({ VpcId, SubnetIds }, 'ec2')))).toBe('InvalidParameter');
    expect(aws.aws.inventory(region)['ec2:network-interface']).toBeUndefined();
  });

  test('has private DNS unless told otherwise, which s3 refuses', async () => {
    const aws = testAws();
    const there = await network(aws);
    const { PrivateDnsEnabled: _off, ...silent } = wanted(there, 's3');
    await expect(make(silent)).rejects.toThrow('must have a Gateway endpoint for the service');
    expect(await refusal(make(wanted(there, 's3')))).toBe('accepted');
  });

  test('is refused in a zone its service does not support', async () => {
    const aws = testAws();
    const where = 'us-east-1';
    const VpcId = await makeVpc(aws, '10.231.0.0/16', where);
    const subnet = (letter: string, cidr: string) => makeSubnet(aws, VpcId, cidr, `${where}${letter}`);
    const create = async (SubnetId: string) =>
      ec2(where).send(
        new CreateVpcEndpointCommand({
          VpcId,
          SubnetIds: [SubnetId],
          VpcEndpointType: 'Interface',
          ServiceName: `com.amazonaws.${where}.email-smtp`,
          PrivateDnsEnabled: false,
        }),
      );
    await expect(create(await subnet('a', '10.231.100.0/24'))).rejects.toMatchObject({
      name: 'InvalidParameter',
      message: expect.stringContaining('does not support the availability zone of the subnet'),
    });
    expect(await refusal(create(await subnet('c', '10.231.101.0/24')))).toBe('accepted');
  });

  test('carries the groups it is given later, never none', async () => {
    const aws = testAws();
    const there = await network(aws);
    const id = await make(wanted(there, 'ec2'));
    const group = await makeGroup(aws, there.VpcId);
    const modify = (input: { AddSecurityGroupIds?: string[]; RemoveSecurityGroupIds?: string[] }) =>
      refusal(ec2().send(new ModifyVpcEndpointCommand({ VpcEndpointId: id, ...input })));
    expect(await modify({ AddSecurityGroupIds: [group] })).toBe('OperationInProgress');
    aws.advance(150);
    expect(await modify({ AddSecurityGroupIds: [group] })).toBe('accepted');
    aws.advance(15);
    const { Groups, NetworkInterfaceIds } = (await endpoint(id))!;
    expect(Groups).toHaveLength(2);
    const remove = () => refusal(ec2().send(new DeleteSecurityGroupCommand({ GroupId: group })));
    expect(await remove()).toBe('DependencyViolation');
    const { NetworkInterfaces } = await ec2().send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'group-id', Values: [group] }] }),
    );
    expect(NetworkInterfaces!.map((one) => one.NetworkInterfaceId)).toEqual(NetworkInterfaceIds);
    const all = Groups!.map((one) => one.GroupId!);
    expect(await modify({ RemoveSecurityGroupIds: all })).toBe('InvalidParameter');
    expect(await modify({ RemoveSecurityGroupIds: [group] })).toBe('accepted');
    expect(await remove()).toBe('accepted');
  });
});

describe('deleting endpoints', () => {
  test('says what it could not do in an answer that is otherwise fine', async () => {
    testAws();
    const { Unsuccessful } = await ec2().send(
      new DeleteVpcEndpointsCommand({ VpcEndpointIds: ['vpce-0123'] }),
    );
    expect(Unsuccessful).toMatchObject([
      { ResourceId: 'vpce-0123', Error: { Code: 'InvalidVpcEndpoint.NotFound' } },
    ]);
  });

  test('takes minutes, in which the name stays taken and the network in use', async () => {
    const aws = testAws();
    const there = await network(aws);
    const id = await make(wanted(there, 'ec2'));
    expect(await refusal(make(wanted(there, 'ec2')))).toBe('InvalidParameter');
    aws.advance(150);
    await ec2().send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    expect((await endpoint(id))!.State).toBe('deleting');
    await expect(make(wanted(there, 'ec2'))).rejects.toThrow('already a conflicting DNS domain for ec2');
    const deleteSubnet = () => refusal(ec2().send(new DeleteSubnetCommand({ SubnetId: there.SubnetIds[0] })));
    expect(await deleteSubnet()).toBe('DependencyViolation');
    expect(await refusal(ec2().send(new DeleteVpcCommand({ VpcId: there.VpcId })))).toBe(
      'DependencyViolation',
    );
    const states = new Set<string | undefined>();
    for (let second = 0; second < 240; second += 1) {
      states.add((await endpoint(id))?.State);
      aws.advance(1);
    }
    expect([...states]).toEqual(['deleting', 'deleted', undefined]);
    expect(await deleteSubnet()).toBe('accepted');
    expect(Object.keys(aws.aws.inventory(region))).toEqual(['ec2:vpc']);
  });
});
