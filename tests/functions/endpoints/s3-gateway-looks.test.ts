import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type RouteTable,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { ensureS3Gateway } from '#functions/endpoints/s3-gateway.ts';
import type { Resources } from '#lib/run/environment.ts';
import { contextOf, madeAgo, mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const on = { ...plan, network: { ...plan.network, s3GatewayEndpoint: true } };
const component = 'endpoint/s3-gateway';
const tableIds = ['route-table/eks-public', 'route-table/eks-private'];
const tables: RouteTable[] = tableIds.map((id) => ({ RouteTableId: id, Tags: tagsOf(id) }));

function gateway(state: string, changes: Partial<VpcEndpoint> = {}): VpcEndpoint {
  return {
    VpcEndpointId: 'gw-1',
    VpcEndpointType: 'Gateway',
    ServiceName: 'com.amazonaws.eu-central-1.s3',
    State: state as never,
    RouteTableIds: tableIds,
    Tags: tagsOf(component),
    ...changes,
  };
}

function ensure(all: VpcEndpoint[], resources: Resources = {}, environment = on) {
  return ensureS3Gateway(contextOf(resources, environment), 'vpc-1', all);
}

function inputsOf(which: Parameters<typeof mocked.ec2.commandCalls>[0]) {
  return mocked.ec2.commandCalls(which).map(({ args }) => args[0].input as { ClientToken?: string });
}

const creates = () => inputsOf(CreateVpcEndpointCommand);
const pendingNew = { id: 'gw-new', wait: { detail: 'S3 gateway endpoint gw-new is pending', seconds: 3 } };

beforeEach(() => {
  mocked.ec2.onAnyCommand().resolves({});
  mocked.ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: tables });
  mocked.ec2.on(CreateVpcEndpointCommand).resolves({ VpcEndpoint: { VpcEndpointId: 'gw-new' } });
});

describe('the S3 gateway endpoint', () => {
  it('is done where it is available on the explicit route tables', async () => {
    expect(await ensure([gateway('available')])).toEqual({ id: 'gw-1' });
    expect(mocked.ec2.calls()).toHaveLength(1);
    expect(inputsOf(DescribeRouteTablesCommand)).toMatchObject([
      { Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }] },
    ]);
  });

  it('is asked for on those, with its tags, and kept at once', async () => {
    const context = contextOf({}, on);
    expect(await ensureS3Gateway(context, 'vpc-1', [])).toEqual(pendingNew);
    expect(creates()).toMatchObject([
      {
        VpcId: 'vpc-1',
        VpcEndpointType: 'Gateway',
        ServiceName: 'com.amazonaws.eu-central-1.s3',
        RouteTableIds: tableIds,
        TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: tagsOf(component) }],
      },
    ]);
    expect(context.kept).toEqual([{ s3GatewayEndpointId: 'gw-new', ...madeAgo(0, 'gw-new') }]);
  });

  it.each([
    ['an interface endpoint', { VpcEndpointType: 'Interface' as const }],
    ['somebody else’s', { Tags: [], RouteTableIds: ['theirs'] }],
    ['another component', { Tags: tagsOf('endpoint/s3'), RouteTableIds: ['theirs'] }],
    ['deleted', { State: 'deleted' as never }],
  ])('is not one that is %s', async (_what, changes) => {
    expect(await ensure([gateway('available', changes)])).toEqual(pendingNew);
  });

  it('waits until all its route tables are listed', async () => {
    const theirs = { ...plan, name: 'other' };
    for (const listed of [
      [],
      tables.slice(1),
      [tables[0]!, { RouteTableId: 'x', Tags: tagsOf('route-table/eks-private', theirs) }],
    ]) {
      mocked.ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: listed });
      expect(await ensure([])).toEqual({
        wait: { detail: 'the route tables for the S3 gateway endpoint are not visible yet', seconds: 2 },
      });
    }
    expect(creates()).toEqual([]);
  });

  it('is waited for while it is pending or leaves', async () => {
    expect(await ensure([gateway('pending', { RouteTableIds: [] })])).toEqual({
      id: 'gw-1',
      wait: { detail: 'S3 gateway endpoint gw-1 is pending', seconds: 3 },
    });
    expect(await ensure([gateway('deleting')])).toEqual({
      wait: { detail: 'the S3 gateway endpoint is being deleted first', seconds: 5 },
    });
    expect(inputsOf(ModifyVpcEndpointCommand)).toEqual([]);
  });

  it('ends the step where it failed', async () => {
    const failed = gateway('failed', { LastError: { Message: 'no route is free' } });
    await expect(ensure([gateway('available'), failed])).rejects.toMatchObject({
      name: 'ResourceFailedError',
      what: 'S3 gateway endpoint gw-1 is failed: no route is free',
      todo: 'delete it, then run again',
    });
  });

  it.each([
    ['the tables it misses', { RouteTableIds: ['theirs', tableIds[0]!] }, [tableIds[1]!]],
    ['all of them where it tells none', { RouteTableIds: undefined as never }, tableIds],
  ])('is put on %s', async (_what, changes, missing) => {
    const putting = `S3 gateway endpoint gw-1 is being put on ${missing.join(', ')}`;
    const standing = gateway('available', changes);
    expect(await ensure([standing])).toEqual({ id: 'gw-1', wait: { detail: putting, seconds: 5 } });
    expect(inputsOf(ModifyVpcEndpointCommand)).toEqual([
      { VpcEndpointId: 'gw-1', AddRouteTableIds: missing },
    ]);
    mocked.ec2.on(ModifyVpcEndpointCommand).rejects(refusal('ec2:ModifyVpcEndpoint', 'RequestLimitExceeded'));
    expect((await ensure([standing]))?.wait?.detail).toBe(`${putting}; AWS answered RequestLimitExceeded`);
  });

  describe('that a listing leaves out', () => {
    const known = (seconds: number) => ({ s3GatewayEndpointId: 'gw-1', ...madeAgo(seconds, 'gw-1') });
    const byId = (...found: VpcEndpoint[]) =>
      mocked.ec2
        .on(DescribeVpcEndpointsCommand, { VpcEndpointIds: ['gw-1'] })
        .resolves({ VpcEndpoints: found });

    it('is waited for while EC2 may not show it', async () => {
      byId(gateway('available'));
      expect(await ensure([], known(59))).toEqual({
        id: 'gw-1',
        wait: { detail: 'S3 gateway endpoint gw-1 is not visible yet', seconds: 3 },
      });
      expect(creates()).toEqual([]);
    });

    it.each(['available', 'pending'])('is found by its id after that where it is %s', async (state) => {
      byId(gateway(state));
      expect(await ensure([], known(61))).toMatchObject({ id: 'gw-1' });
      expect(creates()).toEqual([]);
    });

    it('is made anew where there is none, or it is deleted, by another token', async () => {
      byId(gateway('deleted'));
      expect(await ensure([], known(61))).toEqual(pendingNew);
      byId();
      expect(await ensure([], known(61))).toEqual(pendingNew);
      await ensure([]);
      const [first, second, other] = creates().map(({ ClientToken }) => ClientToken);
      expect(first).toBe(second);
      expect(first).not.toBe(other);
    });

    it('is not looked for where another is listed', async () => {
      expect(await ensure([gateway('available', { VpcEndpointId: 'gw-2' })], known(61))).toEqual({
        id: 'gw-2',
      });
      expect(inputsOf(DescribeVpcEndpointsCommand)).toEqual([]);
    });
  });

  it.each(['available', 'pending'])(
    'is refused where somebody’s own that is %s is on one of the tables',
    async (state) => {
      const theirs = gateway(state, { Tags: [], RouteTableIds: ['x', tableIds[1]!] });
      await expect(ensure([theirs])).rejects.toMatchObject({
        name: 'NotOurResourceError',
        what: 'S3 gateway endpoint gw-1 is on a route table of environment dev and does not carry its tags',
        todo: 'take it off these route tables, or switch network.s3GatewayEndpoint off, then run again',
      });
    },
  );

  it.each([
    ['is for another service', { ServiceName: 'com.amazonaws.eu-central-1.dynamodb' }],
    ['is an interface', { VpcEndpointType: 'Interface' as const }],
    ['leaves', { State: 'deleting' as never }],
    ['tells no tables', { RouteTableIds: undefined as never }],
  ])('stands beside one of somebody else that %s', async (_what, changes) => {
    expect(await ensure([gateway('available', { Tags: [], ...changes })])).toEqual(pendingNew);
  });

  it.each(['RequestLimitExceeded', 'InvalidRouteTableID.NotFound', 'InternalError', 'RouteAlreadyExists'])(
    'is asked for by a later look where AWS answers %s',
    async (code) => {
      mocked.ec2.on(CreateVpcEndpointCommand).rejects(refusal('ec2:CreateVpcEndpoint', code));
      expect(await ensure([])).toEqual({
        wait: { detail: `the S3 gateway endpoint is not requested yet; AWS answered ${code}`, seconds: 5 },
      });
    },
  );

  it('is asked for once more where AWS answers nothing of it', async () => {
    mocked.ec2.on(CreateVpcEndpointCommand).resolves({});
    expect(await ensure([])).toEqual({
      wait: { detail: 'the S3 gateway endpoint is not requested yet', seconds: 5 },
    });
  });

  it('ends the step where AWS refuses it for good', async () => {
    mocked.ec2
      .on(CreateVpcEndpointCommand)
      .rejects(refusal('ec2:CreateVpcEndpoint', 'VpcEndpointLimitExceeded'));
    await expect(ensure([])).rejects.toThrow('VpcEndpointLimitExceeded');
  });
});

describe('the S3 gateway endpoint that no request asks for', () => {
  it('is nothing where there is none', async () => {
    expect(await ensure([gateway('available', { Tags: [] }), gateway('deleted')], {}, plan)).toBeUndefined();
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it('is deleted, in whatever state, and waited for', async () => {
    const leaving = gateway('deleting', { VpcEndpointId: 'gw-0' });
    const detail = 'the S3 gateway endpoint, which the request no longer asks for, is being deleted';
    expect(await ensure([leaving, gateway('failed')], {}, plan)).toEqual({ wait: { detail, seconds: 5 } });
    expect(inputsOf(DeleteVpcEndpointsCommand)).toEqual([{ VpcEndpointIds: ['gw-1'] }]);
  });
});
