import { DescribeRouteTablesCommand, DescribeVpcEndpointsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { placeGatewayEndpoint } from '#embedded/services/ec2/others-endpoints.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { ensure } from '#functions/endpoints/ensure.ts';
import { remove } from '#functions/endpoints/remove.ts';
import { phaseOf } from '#lib/network/endpoints.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import { ec2, ensureNetwork, killedAfter, mutationsOf, once } from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const off = samplePlan();
const on = samplePlan({ network: { ...off.network, s3GatewayEndpoint: true } });
const created = 'ec2:CreateVpcEndpoint';

/** An environment whose twelve endpoints stand. */
async function world(plan: EnvironmentPlan = off): Promise<{ test: TestAws; resources: Resources }> {
  const test = testAws();
  const resources = await ensureNetwork(test, plan, 'endpoints');
  return { test, resources };
}

function run(test: TestAws, resources: Resources, plan = on) {
  return untilDone(test, 'endpoints', ensure, plan, resources);
}

async function gateways() {
  const { VpcEndpoints = [] } = await ec2().send(new DescribeVpcEndpointsCommand({}));
  return VpcEndpoints.filter((one) => one.VpcEndpointType === 'Gateway' && phaseOf(one) !== 'gone');
}

async function tablesWithIt(): Promise<string[]> {
  const { RouteTables = [] } = await ec2().send(new DescribeRouteTablesCommand({}));
  return RouteTables.filter(({ Routes }) => Routes?.some(({ GatewayId }) => GatewayId?.startsWith('vpce-')))
    .map(({ Tags }) => tagValue(Tags, 'aoscloud:component')!)
    .sort();
}

describe('the S3 gateway endpoint', () => {
  it('stands on both EKS route tables and not on the main one, beside the twelve', async () => {
    const { test, resources } = await world(on);
    const [gateway] = await gateways();
    expect(gateway).toMatchObject({
      VpcEndpointId: resources.s3GatewayEndpointId,
      ServiceName: 'com.amazonaws.eu-central-1.s3',
      State: 'available',
    });
    expect(await tablesWithIt()).toEqual(['route-table/eks-private', 'route-table/eks-public']);
    expect(mutationsOf(test, created)).toHaveLength(13);
  });

  it('is left alone by a second run', async () => {
    const { test, resources } = await world(on);
    const before = test.aws.mutations.length;
    await run(test, resources, { ...on, execution: 'run-2' });
    expect(test.aws.mutations.length).toBe(before);
  });

  it('is not made unless the request asks for it', async () => {
    const { test } = await world();
    expect(mutationsOf(test, created)).toHaveLength(12);
    expect(await gateways()).toEqual([]);
  });

  it('is made once although the answer was lost, or the process died', async () => {
    const { test, resources } = await world();
    test.aws.inject = once(test, created, { kind: 'answer-lost' });
    await run(test, resources);
    expect(await gateways()).toHaveLength(1);

    const other = await world();
    await killedAfter(other.test, created, () => run(other.test, other.resources));
    await run(other.test, other.resources, { ...on, execution: 'run-2' });
    expect(await gateways()).toHaveLength(1);
  });

  it('waits where AWS asks to slow down', async () => {
    const { test, resources } = await world();
    const fault = new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
    let refusals = 0;
    test.aws.inject = ({ operation }) =>
      operation === created && refusals++ < 2 ? { kind: 'refuse', fault } : undefined;
    await run(test, resources);
    expect(await gateways()).toHaveLength(1);
  });

  it('gets the table back that it was taken off', async () => {
    const { test, resources } = await world(on);
    test.aws.inspect(on.region, (call) => {
      const { vpcEndpoints, routeTables } = ec2State(call);
      const endpoint = vpcEndpoints[resources.s3GatewayEndpointId!]!;
      const [first, ...rest] = endpoint.routeTableIds!;
      endpoint.routeTableIds = rest;
      const table = routeTables[first!]!;
      table.routes = table.routes.filter(({ target }) => target !== endpoint.id);
    });
    expect(await tablesWithIt()).toHaveLength(1);
    await run(test, resources);
    expect(await tablesWithIt()).toHaveLength(2);
  });

  it('does not take over what somebody else put on a table', async () => {
    const { test, resources } = await world();
    const foreign = test.aws.inspect(on.region, (call) =>
      placeGatewayEndpoint(call, resources.vpcId!, [resources.privateRouteTableId!]),
    );
    const refusal = run(test, resources);
    await expect(refusal).rejects.toMatchObject({ name: 'NotOurResourceError' });
    await expect(refusal).rejects.toThrow(foreign);
    await expect(refusal).rejects.toThrow(/network\.s3GatewayEndpoint off/);
  });

  it('goes, and nothing else, once a request no longer asks for it', async () => {
    const { test, resources } = await world(on);
    const { answer } = await run(test, resources, off);
    expect(answer.status).toBe('ready');
    expect(await gateways()).toEqual([]);
    expect(await tablesWithIt()).toEqual([]);
    expect(mutationsOf(test, 'ec2:DeleteVpcEndpoints')).toHaveLength(1);
  });

  it('is all that a rollback of the run that switched it on takes', async () => {
    const { test, resources } = await world();
    await run(test, resources, { ...on, execution: 'run-2' });
    await untilDone(test, 'endpoints', remove, sampleRemoval({ createdBy: 'run-2' }));
    expect(await gateways()).toEqual([]);
    const { VpcEndpoints = [] } = await ec2().send(new DescribeVpcEndpointsCommand({}));
    expect(VpcEndpoints.filter((one) => phaseOf(one) === 'available')).toHaveLength(12);
  });

  it('goes with a removal', async () => {
    const { test } = await world(on);
    await untilDone(test, 'endpoints', remove, sampleRemoval());
    expect(await gateways()).toEqual([]);
    expect(await tablesWithIt()).toEqual([]);
  });
});
