import { CreateVpcEndpointCommand, DeleteVpcEndpointsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { createEndpoint, deleteEndpoints, failureOf, phaseOf, repairOf } from '#lib/network/endpoints.ts';
import { mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const place = { vpcId: 'vpc-1', subnetId: 'subnet-1', groupIds: ['sg-1', 'sg-2'] };
const sts = { suffix: 'sts', serviceName: 'com.amazonaws.eu-central-1.sts' };
const s3 = { suffix: 's3', serviceName: 'com.amazonaws.eu-central-1.s3' };

const create = (predecessor?: string, service = sts, environment = plan) =>
  createEndpoint(environment, service, place, predecessor);

function creates() {
  return mocked.ec2.commandCalls(CreateVpcEndpointCommand).map(({ args }) => args[0].input);
}

describe('the state of an endpoint', () => {
  it.each([
    ['pending', 'coming'],
    ['pendingAcceptance', 'coming'],
    ['available', 'available'],
    ['Available', 'available'],
    ['failed', 'failed'],
    ['rejected', 'failed'],
    ['expired', 'failed'],
    ['partial', 'failed'],
    ['deleting', 'leaving'],
    ['deleted', 'gone'],
  ])('%s means %s', (State, phase) => {
    expect(phaseOf({ State: State as never })).toBe(phase);
  });

  it.each([['odd'], [undefined]])('that nobody knows fails by name (%s)', (State) => {
    expect(() => phaseOf({ VpcEndpointId: 'vpce-1', State: State as never })).toThrow(
      expect.objectContaining({
        name: 'ResourceFailedError',
        what: `VPC endpoint vpce-1 has the state ${State}, which this version does not know`,
        todo: 'look at it in the AWS console; when it is as it should be, run again',
      }),
    );
  });

  it('is explained by the best that AWS says', () => {
    expect(failureOf({ LastError: { Message: 'm', Code: 'c' }, FailureReason: 'f' })).toBe('m');
    expect(failureOf({ LastError: { Code: 'c' }, FailureReason: 'f' })).toBe('c');
    expect(failureOf({ FailureReason: 'f' })).toBe('f');
    expect(failureOf({})).toBe('AWS gives no reason');
  });
});

describe('a create', () => {
  it('asks for the endpoint in its subnet with its groups and tags, and private DNS but for S3 (R19)', async () => {
    mocked.ec2.on(CreateVpcEndpointCommand).resolves({ VpcEndpoint: { VpcEndpointId: 'vpce-1' } });
    expect(await create()).toEqual({ answer: 'asked', id: 'vpce-1' });
    await create(undefined, s3);
    expect(creates()).toMatchObject([
      {
        VpcId: 'vpc-1',
        VpcEndpointType: 'Interface',
        ServiceName: sts.serviceName,
        SubnetIds: ['subnet-1'],
        SecurityGroupIds: ['sg-1', 'sg-2'],
        PrivateDnsEnabled: true,
        IpAddressType: 'ipv4',
        TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: tagsOf('endpoint/sts') }],
      },
      { ServiceName: s3.serviceName, PrivateDnsEnabled: false },
    ]);
  });

  it('has the same token for the same endpoint, and another for another, or after one that died', async () => {
    mocked.ec2.on(CreateVpcEndpointCommand).resolves({ VpcEndpoint: { VpcEndpointId: 'vpce-1' } });
    await create();
    await create();
    await create('vpce-1');
    await create('vpce-2');
    await create(undefined, s3);
    await create(undefined, sts, { ...plan, execution: 'run-2' });
    const [one, same, ...others] = creates().map(({ ClientToken }) => ClientToken);
    expect(one).toBe(same);
    expect(new Set([one, ...others]).size).toBe(5);
  });

  it.each([
    ['InvalidParameter', 'there is already a conflicting DNS domain for it', 'conflict'],
    ['InvalidParameter', 'Enabling private DNS requires both attributes', 'DNS is off'],
    ['RequestLimitExceeded', 'no', 'slow down'],
    ['InvalidSubnetID.NotFound', 'no', 'later'],
    ['InternalError', 'no', 'later'],
  ])('that AWS answers with %s (%s) is told: %s', async (code, message, answer) => {
    const error = refusal('ec2:CreateVpcEndpoint', code, message);
    mocked.ec2.on(CreateVpcEndpointCommand).rejects(error);
    expect(await create()).toEqual({ answer, code, error });
  });

  it('that AWS refuses for good is thrown', async () => {
    mocked.ec2
      .on(CreateVpcEndpointCommand)
      .rejects(refusal('ec2:CreateVpcEndpoint', 'VpcEndpointLimitExceeded'));
    await expect(create()).rejects.toThrow('VpcEndpointLimitExceeded');
  });
});

describe('the change an endpoint needs', () => {
  const right = {
    VpcEndpointId: 'vpce-1',
    PrivateDnsEnabled: true,
    Groups: [{ GroupId: 'sg-0' }, { GroupId: 'sg-1' }],
  };
  const change = (endpoint: object, service = sts) => repairOf(endpoint, service, 'sg-1')?.input;

  it('is none where it has private DNS and our group among others', () => {
    expect(change(right)).toBeUndefined();
    expect(change({ ...right, PrivateDnsEnabled: false }, s3)).toBeUndefined();
  });

  it('is what it lacks and nothing else', () => {
    expect(change({ ...right, Groups: [{ GroupId: 'sg-0' }] })).toEqual({
      VpcEndpointId: 'vpce-1',
      AddSecurityGroupIds: ['sg-1'],
    });
    expect(change(right, s3)).toEqual({ VpcEndpointId: 'vpce-1', PrivateDnsEnabled: false });
    expect(change({ VpcEndpointId: 'vpce-1' })).toEqual({
      VpcEndpointId: 'vpce-1',
      PrivateDnsEnabled: true,
      AddSecurityGroupIds: ['sg-1'],
    });
  });
});

describe('the deletion of endpoints', () => {
  const remove = () => deleteEndpoints(plan, [{ VpcEndpointId: 'vpce-1' }, { VpcEndpointId: 'vpce-2' }]);
  const refuse = (...errors: ({ Code?: string; Message?: string } | undefined)[]) =>
    mocked.ec2.on(DeleteVpcEndpointsCommand).resolves({
      Unsuccessful: errors.map((error) => ({ ResourceId: 'vpce-1', ...(error && { Error: error }) })),
    });

  it('is one call for all, and none for nobody', async () => {
    mocked.ec2.on(DeleteVpcEndpointsCommand).resolves({});
    await remove();
    await deleteEndpoints(plan, []);
    expect(mocked.ec2.calls().map(({ args }) => args[0].input)).toEqual([
      { VpcEndpointIds: ['vpce-1', 'vpce-2'] },
    ]);
  });

  it('throws the first of what AWS did not delete, but for what is gone', async () => {
    refuse({ Code: 'InvalidVpcEndpoint.NotFound', Message: 'gone' });
    await expect(remove()).resolves.toBeUndefined();
    refuse(
      { Code: 'InvalidVpcEndpoint.NotFound', Message: 'gone' },
      { Code: 'UnauthorizedOperation', Message: 'not yours' },
    );
    await expect(remove()).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      operation: 'ec2:DeleteVpcEndpoints',
      message: 'vpce-1: not yours',
    });
  });

  it.each([[undefined], [{}]])('throws what AWS does not explain (%o)', async (error) => {
    refuse(error);
    await expect(remove()).rejects.toMatchObject({ name: 'Unknown', message: 'vpce-1: no reason given' });
  });
});
