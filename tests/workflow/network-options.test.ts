/** Environments with every network option on, and what a request without any calls. */
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import { placeFlowLogBucket } from '#embedded/services/ec2/flow-logs.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { placeTransitGateway } from '#embedded/services/ec2/transit-gateways.ts';
import { MemoryStore } from '#embedded/store.ts';
import { client } from '#lib/aws/clients.ts';
import { openAccount } from '#local/account.ts';
import { failAt } from '#local/fail-at.ts';
import { countsOf, devRemoval, devRequest, freshAccount, type Run, runMachine } from '../support/workflow.ts';

const request = { ...devRequest, network: { s3GatewayEndpoint: true, natGateways: 'per-zone' } };

let made: Run;

beforeAll(async () => {
  made = await runMachine('provision', request, { name: 'made' });
}, 60_000);

describe('a request with every network option', () => {
  it('ends with every rule holding, and makes what each asks for', () => {
    expect(made.result.cause).toBeUndefined();
    expect(countsOf(made.resources)).toMatchObject({
      'ec2:vpc-endpoint': 13,
      'ec2:nat-gateway': 3,
      'ec2:elastic-ip': 3,
      'ec2:route-table': 4,
    });
  });

  it('changes nothing in a second run', async () => {
    const second = await runMachine('provision', request, { from: made.store.snapshot(), name: 'second' });
    expect(second.result.cause).toBeUndefined();
    expect(second.mutating).toBe(0);
    expect(second.resources).toEqual(made.resources);
  });

  it('is taken back whole where its last service fails', async () => {
    const failed = await runMachine('provision', request, { inject: failAt('efs'), name: 'failed' });
    expect(failed.result.status).toBe('FAILED');
    expect(failed.resources).toEqual({});
  });

  it('is removed whole', async () => {
    const input = { ...devRemoval, finalSnapshots: false, deleteLogs: true };
    const removed = await runMachine('deprovision', input, { from: made.store.snapshot(), name: 'removal' });
    expect(removed.result.cause).toBeUndefined();
    expect(removed.resources).toEqual({});
  });
});

describe('over an environment that stands', () => {
  let plain: Run;

  beforeAll(async () => {
    plain = await runMachine('provision', devRequest, { name: 'plain' });
  }, 60_000);

  it('options are made, and a rollback of that run takes them and nothing else', async () => {
    const from = plain.store.snapshot();
    const added = await runMachine('provision', request, { from, name: 'added' });
    expect(added.result.cause).toBeUndefined();
    expect(countsOf(added.resources)).toEqual(countsOf(made.resources));
    const failed = await runMachine('provision', request, { from, inject: failAt('efs'), name: 'failed' });
    expect(failed.result.status).toBe('FAILED');
    expect(failed.resources).toEqual(plain.resources);
    const again = await runMachine('provision', devRequest, { from: failed.store.snapshot(), name: 'again' });
    expect(again.result.cause).toBeUndefined();
    expect(again.mutating).toBe(0);
  });

  it('options go that a request no longer has, and every rule holds again', async () => {
    const without = await runMachine('provision', devRequest, {
      from: made.store.snapshot(),
      name: 'without',
    });
    expect(without.result.cause).toBeUndefined();
    expect(countsOf(without.resources)).toEqual(countsOf(plain.resources));
  });
});

describe('a request with Elastic IPs of the operator', () => {
  const ids = ['a', 'b', 'c'].map((letter) => `eipalloc-0123456789abcde${letter}`);
  const wish = { ...devRequest, network: { ...request.network, natAddresses: ids } };

  /** An account that has them. */
  function reserved() {
    const store = new MemoryStore(freshAccount());
    openAccount({ store }).aws.inspect(devRequest.region, (call) => {
      ids.forEach((id, index) => {
        ec2State(call).addresses[id] = { id, tags: {}, visibleAt: 0, publicIp: `198.19.0.${index}` };
      });
    });
    return store.snapshot();
  }

  it('has them on its NAT gateways, and neither removal nor rollback releases them', async () => {
    const named = await runMachine('provision', wish, { from: reserved(), name: 'named' });
    expect(named.result.cause).toBeUndefined();
    expect(named.result.output).toMatchObject({
      verification: { outputs: { natPublicIps: ['198.19.0.0', '198.19.0.1', '198.19.0.2'] } },
    });
    const from = named.store.snapshot();
    const second = await runMachine('provision', wish, { from, name: 'second' });
    expect(second.mutating).toBe(0);
    const input = { ...devRemoval, finalSnapshots: false, deleteLogs: true };
    const removed = await runMachine('deprovision', input, { from, name: 'removal' });
    expect(removed.resources).toEqual({ 'ec2:elastic-ip': ids });
    const failed = await runMachine('provision', wish, {
      from: reserved(),
      inject: failAt('efs'),
      name: 'failed',
    });
    expect(failed.resources).toEqual({ 'ec2:elastic-ip': ids });
  });

  it('are refused over an environment that has its own, which loses nothing', async () => {
    const own = await runMachine('provision', devRequest, { from: reserved(), name: 'own' });
    expect(own.result.cause).toBeUndefined();
    const one = { ...devRequest, network: { natAddresses: ids.slice(0, 1) } };
    const refused = await runMachine('provision', one, { from: own.store.snapshot(), name: 'refused' });
    expect(refused.result.cause).toContain('a gateway keeps its address for life');
    expect(refused.resources).toEqual(own.resources);
  });
});

describe('a request with a transit gateway', () => {
  const id = 'tgw-0123456789abcdef0';
  const transitGateway = { id, routes: ['10.0.0.0/8', '192.168.0.0/16'] };
  const wish = { ...devRequest, network: { transitGateway } };
  const others = '999900001111';

  /** An account that has one, or that it is shared with. */
  function shared(more: Parameters<typeof placeTransitGateway>[1] = { id }) {
    const store = new MemoryStore(freshAccount());
    openAccount({ store }).aws.inspect(devRequest.region, (call) => placeTransitGateway(call, more));
    return store.snapshot();
  }

  let attached: Run;

  beforeAll(async () => {
    attached = await runMachine('provision', wish, { from: shared(), name: 'attached' });
  }, 60_000);

  const routesOf = (run: Run) =>
    run.account.aws.inspect(devRequest.region, (call) =>
      Object.values(ec2State(call).routeTables).flatMap(({ tags, routes }) =>
        routes
          .filter(({ target }) => target === id)
          .map(({ destination }) => `${tags['aoscloud:component']} ${destination}`),
      ),
    );

  it('attaches the VPC in every zone and routes the private table to it', () => {
    expect(attached.result.cause).toBeUndefined();
    expect(attached.result.output).toMatchObject({
      verification: {
        outputs: { transitGatewayAttachmentId: expect.stringMatching(/^tgw-attach-/) },
      },
    });
    expect(routesOf(attached)).toEqual([
      'route-table/eks-private 10.0.0.0/8',
      'route-table/eks-private 192.168.0.0/16',
    ]);
    attached.account.aws.inspect(devRequest.region, (call) => {
      const [attachment] = Object.values(ec2State(call).transitGatewayAttachments);
      const components = attachment?.subnetIds.map(
        (subnetId) => ec2State(call).subnets[subnetId]?.tags['aoscloud:component'],
      );
      expect(components).toEqual(['subnet/eks-private/a', 'subnet/eks-private/b', 'subnet/eks-private/c']);
    });
  });

  it('changes nothing in a second run, and changes its routes in a third', async () => {
    const from = attached.store.snapshot();
    const second = await runMachine('provision', wish, { from, name: 'second' });
    expect(second.mutating).toBe(0);
    const routes = ['10.0.0.0/8', '172.30.0.0/16'];
    const third = await runMachine(
      'provision',
      { ...wish, network: { transitGateway: { id, routes } } },
      { from, name: 'third' },
    );
    expect(third.result.cause).toBeUndefined();
    expect(routesOf(third)).toEqual(routes.map((block) => `route-table/eks-private ${block}`));
  });

  it('is removed whole, and the gateway stays', async () => {
    const input = { ...devRemoval, finalSnapshots: false, deleteLogs: true };
    const from = attached.store.snapshot();
    const removed = await runMachine('deprovision', input, { from, name: 'removal' });
    expect(removed.result.cause).toBeUndefined();
    expect(removed.resources).toEqual({});
  });

  it('is taken back by a rollback, over an environment that had none', async () => {
    const failed = await runMachine('provision', wish, {
      from: shared(),
      inject: failAt('efs'),
      name: 'failed',
    });
    expect(failed.resources).toEqual({});
    const plain = await runMachine('provision', devRequest, { from: shared(), name: 'plain' });
    const from = plain.store.snapshot();
    const over = await runMachine('provision', wish, { from, inject: failAt('efs'), name: 'over' });
    expect(over.result.status).toBe('FAILED');
    expect(over.resources).toEqual(plain.resources);
    expect(routesOf(over)).toEqual([]);
  });

  it('goes with its routes where a request no longer names it', async () => {
    const from = attached.store.snapshot();
    const without = await runMachine('provision', devRequest, { from, name: 'without' });
    expect(without.result.cause).toBeUndefined();
    expect(without.resources['ec2:transit-gateway-attachment']).toBeUndefined();
    expect(routesOf(without)).toEqual([]);
  });

  it('is not changed for another gateway', async () => {
    const other = 'tgw-0fedcba9876543210';
    const store = new MemoryStore(attached.store.snapshot());
    openAccount({ store }).aws.inspect(devRequest.region, (call) => placeTransitGateway(call, { id: other }));
    const refused = await runMachine(
      'provision',
      { ...wish, network: { transitGateway: { ...transitGateway, id: other } } },
      { from: store.snapshot(), name: 'refused' },
    );
    expect(refused.result.cause).toContain('network.transitGateway.id');
    expect(refused.mutating).toBe(0);
  });

  it('waits for the account that owns the gateway, and fails by name where it does not accept', async () => {
    const from = shared({ id, ownerId: others, autoAccept: false });
    const waited = await runMachine('provision', wish, { from, name: 'waited' });
    expect(waited.result.status).toBe('FAILED');
    expect(waited.result.cause).toContain('was not accepted within 15 minutes');
    expect(waited.resources).toEqual({});
  });

  it('is refused before anything is made where the account does not see it', async () => {
    const refused = await runMachine('provision', wish, { from: freshAccount(), name: 'unseen' });
    expect(refused.result.cause).toContain('no such transit gateway in eu-central-1');
    expect(refused.resources).toEqual({});
  });
});

describe('a request with a flow log', () => {
  const bucket = 'arn:aws:s3:::central-flow-logs';
  const wish = { ...devRequest, network: { flowLogs: { destination: `${bucket}/dev` } } };
  const group = `arn:aws:logs:${devRequest.region}:${homeAccount}:log-group:/central/flow-logs`;
  const roleArn = `arn:aws:iam::${homeAccount}:role/flow-logs`;

  /** An account with a bucket, a log group and a role of the operator's. */
  async function prepared(trusted = 'vpc-flow-logs.amazonaws.com') {
    const store = new MemoryStore(freshAccount());
    const { aws } = openAccount({ store });
    const where = { region: devRequest.region };
    aws.inspect(devRequest.region, (call) => placeFlowLogBucket(call, bucket));
    const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: trusted } };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client(IAMClient, where).send(
      new CreateRoleCommand({ RoleName: 'flow-logs', AssumeRolePolicyDocument }),
    );
    await client(CloudWatchLogsClient, where).send(
      new CreateLogGroupCommand({ logGroupName: '/central/flow-logs' }),
    );
    return store.snapshot();
  }

  const own = { 'iam:role': ['flow-logs'], 'logs:log-group': ['/central/flow-logs'] };
  const flowLogsOf = (run: Run) =>
    run.account.aws.inspect(devRequest.region, (call) =>
      Object.values(ec2State(call).flowLogs).map(({ destination, trafficType, roleArn: role }) =>
        [trafficType, destination, ...(role ? [role] : [])].join(' '),
      ),
    );

  it('records into the bucket, is changed by no second run, and is replaced by a third', async () => {
    const made = await runMachine('provision', wish, { from: await prepared(), name: 'made' });
    expect(made.result.cause).toBeUndefined();
    expect(flowLogsOf(made)).toEqual([`ALL ${bucket}/dev`]);
    const from = made.store.snapshot();
    const second = await runMachine('provision', wish, { from, name: 'second' });
    expect(second.mutating).toBe(0);
    const flowLogs = { destination: group, roleArn, trafficType: 'reject' };
    const third = await runMachine('provision', { ...wish, network: { flowLogs } }, { from, name: 'third' });
    expect(third.result.cause).toBeUndefined();
    expect(flowLogsOf(third)).toEqual([`REJECT ${group} ${roleArn}`]);
    const without = await runMachine('provision', devRequest, { from: third.store.snapshot(), name: 'off' });
    expect(without.result.cause).toBeUndefined();
    expect(flowLogsOf(without)).toEqual([]);
  });

  it('is removed and rolled back, and leaves where it went', async () => {
    const made = await runMachine('provision', wish, { from: await prepared(), name: 'made' });
    const input = { ...devRemoval, finalSnapshots: false, deleteLogs: true };
    const removed = await runMachine('deprovision', input, { from: made.store.snapshot(), name: 'removal' });
    expect(removed.result.cause).toBeUndefined();
    expect(removed.resources).toEqual(own);
    const plain = await runMachine('provision', devRequest, { from: await prepared(), name: 'plain' });
    const from = plain.store.snapshot();
    const failed = await runMachine('provision', wish, { from, inject: failAt('efs'), name: 'failed' });
    expect(failed.result.status).toBe('FAILED');
    expect(failed.resources).toEqual(plain.resources);
  });

  it('is refused where log group or role will not do, and where the bucket does not take it', async () => {
    const flowLogs = { destination: group.replace('/central/', '/nowhere/'), roleArn };
    const from = await prepared('ec2.amazonaws.com');
    const refused = await runMachine(
      'provision',
      { ...wish, network: { flowLogs } },
      { from, name: 'refused' },
    );
    expect(refused.result.cause).toContain('there is no such log group');
    expect(refused.result.cause).toContain('its trust policy does not name vpc-flow-logs.amazonaws.com');
    expect(refused.resources).toEqual(own);
    const elsewhere = { flowLogs: { destination: 'arn:aws:s3:::of-somebody-else' } };
    const denied = await runMachine('provision', { ...wish, network: elsewhere }, { from, name: 'denied' });
    expect(denied.result.cause).toContain('Access Denied for LogDestination');
    expect(denied.resources).toEqual(own);
  });
});

describe('a request without network options', () => {
  it('makes exactly the calls that change EC2 as before there were any', async () => {
    const { result, account } = await runMachine('provision', devRequest, { name: 'default' });
    expect(result.cause).toBeUndefined();
    const calls: Record<string, number> = {};
    for (const { operation } of account.aws.mutations)
      if (operation.startsWith('ec2:')) calls[operation] = (calls[operation] ?? 0) + 1;
    expect(calls).toEqual({
      'ec2:AllocateAddress': 1,
      'ec2:AssociateRouteTable': 7,
      'ec2:AttachInternetGateway': 1,
      'ec2:AuthorizeSecurityGroupIngress': 2,
      'ec2:CreateInternetGateway': 1,
      'ec2:CreateLaunchTemplate': 1,
      'ec2:CreateNatGateway': 1,
      'ec2:CreateRoute': 2,
      'ec2:CreateRouteTable': 2,
      'ec2:CreateSubnet': 16,
      'ec2:CreateTags': 2,
      'ec2:CreateVpc': 1,
      'ec2:CreateVpcEndpoint': 12,
      'ec2:ModifySubnetAttribute': 3,
      'ec2:ModifyVpcAttribute': 1,
      'ec2:ModifyVpcEndpoint': 12,
    });
  });
});
