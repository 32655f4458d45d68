import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it, vi } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { client } from '#lib/aws/clients.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import type { EnvironmentPlan, StepAnswer } from '#lib/run/environment.ts';
import { answerStep, pending, ready, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { testAws } from '../../support/embedded.ts';
import { samplePlan } from '../../support/plan.ts';

const plan = samplePlan();
const own = (burst: number, perSecond: number) =>
  vi.stubEnv('ACCOUNT_RATES', JSON.stringify({ [plan.account]: { 'ec2:CreateVpc': { burst, perSecond } } }));

/** One call a look, as often as it is let through. */
async function makeVpc({ environment }: StepContext): Promise<StepOutcome> {
  await client(EC2Client, environment).send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  return pending('made one', 1);
}

function look(
  run: (context: StepContext) => Promise<StepOutcome>,
  last?: StepAnswer,
  deadlineSeconds = 600,
  environment: EnvironmentPlan = plan,
): Promise<StepAnswer> {
  const step = last ?? ({ step: 'accept', resources: {} } as StepAnswer);
  return answerStep('vpc', { typicalSeconds: 60, deadlineSeconds }, run, { environment, step });
}

describe('the turns of a look', () => {
  it('keep a call from AWS until it is due, tell the place, and ask for just that look', async () => {
    const test = testAws();
    own(1, 0.1);
    const first = await look(makeVpc);
    expect(first).toMatchObject({ detail: 'made one' });
    const second = await look(makeVpc, first);
    expect(second).toMatchObject({ status: 'pending', requested: false, retryAfterSeconds: 10 });
    expect(second.detail).toMatch(/^the queue at the rate of ec2:CreateVpc: place 1, from 00:00:10 UTC$/);
    expect(test.aws.requests['ec2:CreateVpc']).toBe(1);
    test.advance(10);
    expect(await look(makeVpc, second)).toMatchObject({ detail: 'made one' });
  });

  it('are served in the order in which they were taken', async () => {
    const test = testAws();
    own(1, 0.1);
    const [, second, third] = [await look(makeVpc), await look(makeVpc), await look(makeVpc)];
    expect([second.retryAfterSeconds, third.retryAfterSeconds]).toEqual([10, 20]);
    test.advance(10);
    expect(await look(makeVpc, third)).toMatchObject({ retryAfterSeconds: 10 });
    expect(await look(makeVpc, second)).toMatchObject({ detail: 'made one' });
  });

  it('are taken together where many calls are announced', async () => {
    testAws();
    own(2, 0.1);
    const makeThree = async (context: StepContext) => {
      await expectCalls('ec2:CreateVpc', 3);
      return makeVpc(context);
    };
    const mine = await look(makeThree);
    expect(mine.resources.turns).toEqual({ vpc: { 'ec2:CreateVpc': [[1, 2]] } });
    expect(await look(makeVpc)).toMatchObject({ retryAfterSeconds: 30 });
  });

  it('count the wait against no deadline', async () => {
    const test = testAws();
    own(1, 0.001);
    const queued = await look(makeVpc, await look(makeVpc));
    test.advance(1000);
    expect(await look(makeVpc, queued, 600)).toMatchObject({ detail: 'made one', queuedSeconds: 1000 });
  });

  it('keep the place of a call that AWS refused for rate, and do not repeat it within the look', async () => {
    const test = testAws();
    own(2, 0.1);
    test.aws.inject = ({ operation }) =>
      operation === 'ec2:CreateVpc'
        ? {
            kind: 'refuse',
            fault: new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 }),
          }
        : undefined;
    const answer = await look(makeVpc);
    expect(answer.resources.turns).toEqual({ vpc: { 'ec2:CreateVpc': [[0, 1]] } });
    expect(answer.queuedSince).toBeDefined();
    expect(test.aws.requests['ec2:CreateVpc']).toBe(1);
  });

  it('pass: slots that nobody used for minutes are taken anew', async () => {
    const test = testAws();
    own(1, 0.1);
    const late = await look(makeVpc, await look(makeVpc));
    test.advance(600);
    expect(await look(makeVpc, late)).toMatchObject({ detail: 'made one' });
    expect(await look(makeVpc)).toMatchObject({ retryAfterSeconds: 10 });
  });

  it('are done without where the table cannot be written', async () => {
    const test = testAws();
    own(1, 0.001);
    test.aws.inject = ({ operation }) =>
      operation.startsWith('dynamodb:')
        ? { kind: 'refuse', fault: new AwsFault('AccessDeniedException', 'no', { status: 400 }) }
        : undefined;
    const first = await look(makeVpc);
    expect(await look(makeVpc, first)).toMatchObject({ detail: 'made one' });
  });

  it('are not asked for by calls without a rate', async () => {
    const test = testAws();
    await look(async () => ready('nothing to do'));
    expect(test.aws.requests['dynamodb:UpdateItem'] ?? 0).toBeLessThanOrEqual(1);
  });
});
