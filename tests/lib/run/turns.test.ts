import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it, vi } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import { lookAtQueue } from '#lib/run/budget.ts';
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

/** Without the SDK's own repetitions, whose pauses are real time. */
async function makeVpcOnce({ environment }: StepContext): Promise<StepOutcome> {
  await singleAttemptClient(EC2Client, environment).send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
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
    expect(second.queue).toEqual({
      operation: 'ec2:CreateVpc',
      place: 1,
      from: '2026-11-01T00:00:10.000Z',
      until: '2026-11-01T00:00:10.000Z',
    });
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

  /** AWS refuses this call for rate. */
  function refuse(test: ReturnType<typeof testAws>, refuses: () => boolean): void {
    test.aws.inject = ({ operation }) =>
      operation === 'ec2:CreateVpc' && refuses()
        ? {
            kind: 'refuse',
            fault: new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 }),
          }
        : undefined;
  }

  it.each([
    [2, 0.1, 60],
    // Looks are events of the execution.
    [50, 5, 300],
  ])(
    'end where AWS has taken no call of anybody for half an hour (%i, %d a second)',
    async (burst, rate, most) => {
      const test = testAws();
      own(burst, rate);
      refuse(test, () => true);
      let last = await look(makeVpcOnce);
      let looks = 1;
      const goesOn = async () => {
        for (;;) {
          test.advance(last.retryAfterSeconds);
          last = await look(makeVpcOnce, last);
          looks += 1;
        }
      };
      await expect(goesOn()).rejects.toThrow(
        `AWS has taken no ec2:CreateVpc of any run in account ${plan.account}, ${plan.region}, for 3`,
      );
      expect(looks).toBeLessThan(most);
      // Somebody who has only just come asks for himself.
      expect(await look(makeVpcOnce)).toMatchObject({ status: 'pending' });
    },
  );

  it('go on as long as one goes through now and then, whoever makes it', async () => {
    const test = testAws();
    own(2, 0.1);
    let calls = 0;
    refuse(test, () => (calls += 1) % 10 !== 0);
    let last = await look(async (context) => {
      await expectCalls('ec2:CreateVpc', 40);
      return makeVpcOnce(context);
    });
    const from = Date.now();
    while (Date.now() - from < 7_200_000) {
      test.advance(last.retryAfterSeconds);
      last = await look(makeVpcOnce, last, 14_400);
      expect(last.status).toBe('pending');
    }
  });

  it('hear that AWS has taken a call that it refused for another reason', async () => {
    const test = testAws();
    own(2, 0.1);
    refuse(test, () => true);
    const refused = await look(makeVpc);
    test.aws.inject = ({ operation }) =>
      operation === 'ec2:CreateVpc'
        ? { kind: 'refuse', fault: new AwsFault('VpcLimitExceeded', 'The maximum number of VPCs.') }
        : undefined;
    test.advance(60);
    await expect(look(makeVpc, refused)).rejects.toThrow('VpcLimitExceeded');
    const at = { place: plan, operation: 'ec2:CreateVpc', rate: { burst: 2, perSecond: 0.1 } };
    expect((await lookAtQueue(at))!.refusedSince).toBeUndefined();
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

  it('are asked for in vain once a look, whatever it has to do: a table out of reach takes seconds to say so', async () => {
    const test = testAws();
    const refused: string[] = [];
    test.aws.inject = ({ operation }) => {
      if (!operation.startsWith('dynamodb:')) return undefined;
      refused.push(operation);
      return { kind: 'refuse', fault: new AwsFault('AccessDeniedException', 'no', { status: 400 }) };
    };
    await look(async (context) => {
      for (let made = 0; made < 3; made += 1) await makeVpc(context);
      return pending('made three', 1);
    });
    // And once for the progress of the step.
    expect(refused).toHaveLength(2);
  });

  it('are not asked for by calls without a rate', async () => {
    const test = testAws();
    await look(async () => ready('nothing to do'));
    expect(test.aws.requests['dynamodb:UpdateItem'] ?? 0).toBeLessThanOrEqual(1);
  });
});
