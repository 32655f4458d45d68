import {
  CreateSecurityGroupCommand,
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { ensure } from '#functions/endpoints/ensure.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { Resources, StepAnswer } from '#lib/run/environment.ts';
import { answerStep } from '#lib/run/step.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  countsOf,
  ec2,
  ensureNetwork,
  killedAfter,
  mutationsOf,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan } from '../../support/plan.ts';

const plan = samplePlan();
const secondRun = samplePlan({ execution: 'run-2' });
const created = 'ec2:CreateVpcEndpoint';
const throttled = new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });

async function world(
  options: { seed?: number; throttle?: boolean } = {},
): Promise<{ test: TestAws; vpc: Resources }> {
  const test = testAws(options);
  const vpc = await ensureNetwork(test, plan, 'vpc');
  test.advance(settledSeconds);
  return { test, vpc };
}

function run(test: TestAws, vpc: Resources, environment = plan) {
  return untilDone(test, 'endpoints', ensure, environment, vpc);
}

function look(resources: Resources, last?: StepAnswer): Promise<StepAnswer> {
  const first: StepAnswer = {
    step: 'routing',
    status: 'pending',
    requested: true,
    retryAfterSeconds: 0,
    since: '2026-11-01T00:00:00Z',
    detail: '',
    resources,
  };
  return answerStep('endpoints', { typicalSeconds: 60, deadlineSeconds: 900 }, ensure, {
    environment: plan,
    step: last ?? first,
  });
}

async function endpoints(): Promise<VpcEndpoint[]> {
  return (await ec2().send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints ?? [];
}

async function endpointOf(suffix: string): Promise<VpcEndpoint> {
  const component = `endpoint/${suffix}`;
  return (await endpoints()).find((one) => tagValue(one.Tags, 'aoscloud:component') === component)!;
}

/** An endpoint for ECR that is not ours. */
async function foreignEndpoint(vpc: Resources): Promise<string> {
  const { VpcEndpoint: made } = await ec2().send(
    new CreateVpcEndpointCommand({
      VpcId: vpc.vpcId,
      VpcEndpointType: 'Interface',
      ServiceName: 'com.amazonaws.eu-central-1.ecr.api',
      SubnetIds: [vpc.subnetIds!['subnet/endpoints/a']!],
      PrivateDnsEnabled: true,
    }),
  );
  return made!.VpcEndpointId!;
}

describe('ensure endpoints', () => {
  it('makes the twelve, as R18 to R20 have them, and knows their ids', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc);
    const made = await endpoints();
    expect(made.map((one) => one.ServiceName).sort()).toEqual(
      plan.endpointServices.map((service) => service.serviceName).sort(),
    );
    for (const { suffix } of plan.endpointServices) {
      expect(await endpointOf(suffix)).toMatchObject({
        VpcEndpointId: answer.resources.endpointIds?.[suffix],
        VpcEndpointType: 'Interface',
        State: 'available',
        PrivateDnsEnabled: suffix !== 's3',
        SubnetIds: [vpc.subnetIds?.['subnet/endpoints/a']],
        Groups: [{ GroupId: vpc.defaultSecurityGroupId }],
      });
    }
  });

  it('has asked for all twelve in the 34 seconds that the rate of AWS takes for all but half a bucket', async () => {
    const { test, vpc } = await world({ throttle: true });
    const start = Date.now();
    let answer = await look(vpc);
    expect(answer).toMatchObject({ status: 'pending', requested: true });
    expect(answer.detail).toMatch(
      /^2 of 12 endpoints are requested; the queue at the rate of ec2:CreateVpcEndpoint/,
    );
    while (mutationsOf(test, created).length < 12) {
      test.advance(answer.retryAfterSeconds);
      answer = await look(vpc, answer);
    }
    expect((Date.now() - start) / 1000).toBeLessThanOrEqual(34);
    expect(test.aws.requests[created]).toBe(12);
    expect(answer.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('counts as requested only when AWS took one', async () => {
    const { test, vpc } = await world({ throttle: true });
    test.aws.inject = (call) =>
      call.operation === created ? { kind: 'refuse', fault: throttled } : undefined;
    expect(await look(vpc)).toMatchObject({ status: 'pending', requested: false });
    expect(test.aws.requests[created]).toBe(1);
  });

  it('changes nothing in a second run, which costs one read', async () => {
    const { test, vpc } = await world();
    await run(test, vpc);
    const [mutations, reads] = [test.aws.mutations.length, test.aws.requests['ec2:DescribeVpcEndpoints']!];
    const { looks } = await run(test, vpc, secondRun);
    expect(looks).toBe(1);
    expect(test.aws.mutations).toHaveLength(mutations);
    expect(test.aws.requests['ec2:DescribeVpcEndpoints']).toBe(reads + 1);
  });

  it('makes nothing twice when an answer is lost, or the process dies with it', async () => {
    const lost = await world();
    lost.test.aws.inject = once(lost.test, created, { kind: 'answer-lost' });
    await run(lost.test, lost.vpc);
    expect(countsOf(lost.test)).toMatchObject({ 'ec2:vpc-endpoint': 12 });
    for (const seed of [1, 2, 3, 4]) {
      const { test, vpc } = await world({ seed });
      await killedAfter(test, created, () => run(test, vpc));
      await run(test, vpc, secondRun);
      expect(countsOf(test)).toMatchObject({ 'ec2:vpc-endpoint': 12 });
    }
  });

  it.each([1, 2, 3])(
    'makes none twice under throttling, when AWS lists them late (seed %i)',
    async (seed) => {
      const { test, vpc } = await world({ seed });
      // Another environment of the account takes its share: one create in six seconds is left (N7).
      let next = 0;
      test.aws.inject = (call) => {
        if (call.operation !== created) return undefined;
        if (Date.now() < next) return { kind: 'refuse', fault: throttled };
        next = Date.now() + 6000;
        return undefined;
      };
      const { answer, seconds } = await run(test, vpc);
      expect(answer.status).toBe('ready');
      expect(seconds).toBeGreaterThan(67);
      expect(mutationsOf(test, created)).toHaveLength(12);
    },
  );

  it('believes an id before a listing, and makes anew what its id does not find', async () => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    const logs = first.answer.resources.endpointIds!.logs!;
    const hide = (listedAt: number) =>
      test.aws.inspect(plan.region, (call) => {
        const endpoint = ec2State(call).vpcEndpoints[logs];
        if (endpoint) Object.assign(endpoint, { listedAt });
      });
    hide(Date.now() + 60_000);
    const { answer } = await run(test, { ...vpc, ...first.answer.resources });
    expect(answer.resources.endpointIds?.logs).toBe(logs);
    expect(mutationsOf(test, created)).toHaveLength(12);
    await ec2().send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [logs] }));
    test.advance(600);
    const again = await run(test, { ...vpc, ...first.answer.resources });
    expect(again.answer.status).toBe('ready');
    expect(mutationsOf(test, created)).toHaveLength(13);
  });

  it('keeps one of two S3 endpoints that two runs made', async () => {
    const { test, vpc } = await world();
    const onlyS3 = plan.endpointServices.filter((service) => service.suffix === 's3');
    const first = await run(test, vpc, samplePlan({ endpointServices: onlyS3 }));
    const s3 = await endpointOf('s3');
    await ec2().send(
      new CreateVpcEndpointCommand({
        VpcId: vpc.vpcId,
        VpcEndpointType: 'Interface',
        ServiceName: s3.ServiceName,
        SubnetIds: s3.SubnetIds,
        PrivateDnsEnabled: false,
        TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: s3.Tags }],
      }),
    );
    test.advance(settledSeconds);
    await run(test, vpc, samplePlan({ endpointServices: onlyS3 }));
    test.advance(300);
    expect((await endpoints()).map((one) => one.VpcEndpointId)).toEqual([
      first.answer.resources.endpointIds?.s3,
    ]);
  });

  it('gives the base group back and leaves groups that others added', async () => {
    const { test, vpc } = await world();
    await run(test, vpc);
    const { GroupId } = await ec2().send(
      new CreateSecurityGroupCommand({ GroupName: 'eks', Description: 'eks', VpcId: vpc.vpcId }),
    );
    test.advance(settledSeconds);
    await ec2().send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: (await endpointOf('sts')).VpcEndpointId,
        AddSecurityGroupIds: [GroupId!],
        RemoveSecurityGroupIds: [vpc.defaultSecurityGroupId!],
      }),
    );
    await run(test, vpc, secondRun);
    const groups = (await endpointOf('sts')).Groups?.map((group) => group.GroupId);
    expect(groups?.sort()).toEqual([GroupId, vpc.defaultSecurityGroupId].sort());
  });

  it('gives back the private DNS that somebody turned off', async () => {
    const { test, vpc } = await world();
    await run(test, vpc);
    const VpcEndpointId = (await endpointOf('sts')).VpcEndpointId;
    await ec2().send(new ModifyVpcEndpointCommand({ VpcEndpointId, PrivateDnsEnabled: false }));
    test.advance(60);
    await run(test, vpc, secondRun);
    expect((await endpointOf('sts')).PrivateDnsEnabled).toBe(true);
  });

  it('waits a minute for DNS attributes that a create does not see yet, and no longer', async () => {
    const { test, vpc } = await world();
    const fault = new AwsFault(
      'InvalidParameter',
      'Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for vpc-1',
    );
    const refuseUntil = (until: number) => {
      test.aws.inject = ({ operation }) =>
        operation === created && Date.now() < until ? { kind: 'refuse', fault } : undefined;
    };
    refuseUntil(Date.now() + 50_000);
    expect((await run(test, vpc)).answer.status).toBe('ready');
    const other = await world();
    refuseUntil(Number.POSITIVE_INFINITY);
    other.test.aws.inject = test.aws.inject;
    await expect(run(other.test, other.vpc)).rejects.toMatchObject({ name: 'AwsRefusedError' });
  });

  it('replaces an endpoint that failed', async () => {
    const { test, vpc } = await world();
    test.aws.inject = once(test, created, { kind: 'outcome-fails' });
    const { answer } = await run(test, vpc);
    expect(answer.status).toBe('ready');
    expect(mutationsOf(test, created)).toHaveLength(13);
    expect((await endpointOf('ec2')).VpcEndpointId).toBe(answer.resources.endpointIds?.ec2);
  });

  it('fails with the reason of AWS when an endpoint keeps failing', async () => {
    const { test, vpc } = await world();
    test.aws.inject = (call) =>
      call.operation === created && String(call.input.ServiceName).endsWith('.rds')
        ? { kind: 'outcome-fails' }
        : undefined;
    await expect(run(test, vpc)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(
        /^endpoints: vpce-\w+ \(com\.amazonaws\.eu-central-1\.rds\) is failed: An internal error/,
      ),
    });
    expect(mutationsOf(test, created).length).toBeLessThan(16);
  });

  it('waits for a predecessor that is being deleted', async () => {
    const { test, vpc } = await world();
    await run(test, vpc);
    const old = (await endpointOf('logs')).VpcEndpointId!;
    await ec2().send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [old] }));
    const { answer } = await run(test, vpc, secondRun);
    expect(answer.status).toBe('ready');
    expect(answer.resources.endpointIds?.logs).not.toBe(old);
  });

  it("refuses when somebody else's endpoint holds the private DNS name, and names it", async () => {
    const { test, vpc } = await world();
    const theirs = await foreignEndpoint(vpc);
    test.advance(settledSeconds);
    await expect(run(test, vpc)).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining(`ecr.api is held in this VPC by endpoint ${theirs}`),
    });
  });
});
