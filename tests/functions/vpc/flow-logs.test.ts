import { CreateFlowLogsCommand, DescribeFlowLogsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { placeFlowLogBucket } from '#embedded/services/ec2/flow-logs.ts';
import { ensure } from '#functions/vpc/ensure.ts';
import { remove } from '#functions/vpc/remove.ts';
import { isFlowLogOf } from '#lib/network/options.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  ec2,
  ensureNetwork,
  killedAfter,
  mutationsOf,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const bucket = 'arn:aws:s3:::central-flow-logs';
const off = samplePlan();
const on = withTraffic('all');
const created = 'ec2:CreateFlowLogs';

function withTraffic(trafficType: 'all' | 'reject'): EnvironmentPlan {
  return samplePlan({ network: { ...off.network, flowLogs: { destination: bucket, trafficType } } });
}

/** An environment whose VPC stands. */
async function world(plan: EnvironmentPlan = off): Promise<{ test: TestAws; resources: Resources }> {
  const test = testAws();
  test.aws.inspect(plan.region, (call) => placeFlowLogBucket(call, bucket));
  return { test, resources: await ensureNetwork(test, plan, 'vpc') };
}

function run(test: TestAws, resources: Resources, plan = on) {
  return untilDone(test, 'vpc', ensure, plan, resources);
}

async function flowLogs() {
  const { FlowLogs = [] } = await ec2().send(new DescribeFlowLogsCommand({}));
  return FlowLogs.map(({ TrafficType, LogDestination }) => `${TrafficType} ${LogDestination}`);
}

describe('the flow log', () => {
  it('is made once although the answer was lost, or the process died', async () => {
    const { test, resources } = await world();
    test.aws.inject = once(test, created, { kind: 'answer-lost' });
    await run(test, resources);
    expect(await flowLogs()).toEqual([`ALL ${bucket}`]);

    const other = await world();
    await killedAfter(other.test, created, () => run(other.test, other.resources));
    await run(other.test, other.resources, { ...on, execution: 'run-2' });
    expect(await flowLogs()).toEqual([`ALL ${bucket}`]);
  });

  it('is left alone by a second run, and replaced where another is asked for', async () => {
    const { test, resources } = await world(on);
    await run(test, resources, { ...on, execution: 'run-2' });
    expect(mutationsOf(test, created)).toHaveLength(1);
    await run(test, resources, withTraffic('reject'));
    expect(await flowLogs()).toEqual([`REJECT ${bucket}`]);
  });

  it("stands beside somebody else's, which stays", async () => {
    const { test, resources } = await world();
    await ec2().send(
      new CreateFlowLogsCommand({
        ResourceIds: [resources.vpcId!],
        ResourceType: 'VPC',
        TrafficType: 'REJECT',
        LogDestinationType: 's3',
        LogDestination: bucket,
      }),
    );
    test.advance(settledSeconds);
    await run(test, resources);
    expect((await flowLogs()).sort()).toEqual([`ALL ${bucket}`, `REJECT ${bucket}`]);
    await run(test, resources, { ...off, execution: 'run-2' });
    expect(await flowLogs()).toEqual([`REJECT ${bucket}`]);
  });

  it('does not take over one of the same kind', async () => {
    const { test, resources } = await world();
    const input = { ResourceType: 'VPC', TrafficType: 'ALL', LogDestinationType: 's3' } as const;
    await ec2().send(
      new CreateFlowLogsCommand({ ...input, ResourceIds: [resources.vpcId!], LogDestination: bucket }),
    );
    await expect(run(test, resources)).rejects.toThrow(/does not carry the tags of this environment/);
    expect(await flowLogs()).toHaveLength(1);
  });

  it('fails by name where the bucket takes none', async () => {
    const { test, resources } = await world();
    const destination = 'arn:aws:s3:::of-somebody-else';
    const wish = samplePlan({ network: { ...off.network, flowLogs: { destination, trafficType: 'all' } } });
    await expect(run(test, resources, wish)).rejects.toThrow(
      /into arn:aws:s3:::of-somebody-else was refused with 400: Access Denied for LogDestination.*delivery\.logs\.amazonaws\.com/s,
    );
  });

  it('goes before its VPC, and only where the named run made it', async () => {
    const { test, resources } = await world();
    await run(test, resources, { ...on, execution: 'run-2' });
    await untilDone(test, 'vpc', remove, sampleRemoval({ createdBy: 'run-3' }), resources);
    expect(await flowLogs()).toHaveLength(1);
    await untilDone(test, 'vpc', remove, sampleRemoval({ createdBy: 'run-2' }), resources);
    expect(await flowLogs()).toEqual([]);
    expect(mutationsOf(test, 'ec2:DeleteVpc')).toEqual([]);
  });

  it('is known by its log group however AWS spells that', () => {
    const wish = {
      destination: 'arn:aws:logs:eu-central-1:111122223333:log-group:/central',
      trafficType: 'all',
    };
    for (const destination of [wish.destination, `${wish.destination}:*`, '/central'])
      expect(isFlowLogOf({ ...wish, destination }, wish)).toBe(true);
    expect(isFlowLogOf({ ...wish, destination: '/other' }, wish)).toBe(false);
    expect(isFlowLogOf({ ...wish, roleArn: 'r' }, wish)).toBe(false);
  });
});
