import { describe, expect, it } from 'vitest';
import type { StepAnswer } from '#lib/environment.ts';
import { answerStep, pending, ready, type StepContext, type StepOutcome } from '#lib/step.ts';
import { samplePlan } from '../support/plan.ts';

const environment = samplePlan();
const awsError = (name: string, operation = 'rds:CreateDBCluster', message = 'no') =>
  Object.assign(new Error(message), { name, operation, $metadata: { requestId: 'r-1' } });

function look(run: (context: StepContext) => Promise<StepOutcome>, step?: StepAnswer, deadlineSeconds = 600) {
  return answerStep('aurora', { typicalSeconds: 60, deadlineSeconds }, run, { environment, step });
}

const earlier = (minutes: number, changes: Partial<StepAnswer> = {}): StepAnswer => ({
  step: 'aurora',
  status: 'pending',
  requested: true,
  retryAfterSeconds: 10,
  since: new Date(Date.now() - minutes * 60_000).toISOString(),
  detail: 'cluster is creating',
  resources: { vpcId: 'vpc-1' },
  ...changes,
});

describe('answerStep', () => {
  it('hands the ids on and adds its own', async () => {
    const answer = await look(
      async ({ resources }) => ready(`in ${resources.vpcId}`, { clusterName: 'c' }),
      earlier(1),
    );
    expect(answer).toMatchObject({
      status: 'ready',
      retryAfterSeconds: 0,
      detail: 'in vpc-1',
      resources: { vpcId: 'vpc-1', clusterName: 'c' },
    });
  });

  it('carries since from its first look, and starts anew after another step', async () => {
    const first = earlier(3);
    expect((await look(async () => pending('x', 5), first)).since).toBe(first.since);
    const other = await look(async () => pending('x', 5), earlier(3, { step: 'vpc' }));
    expect(Date.parse(other.since)).toBeGreaterThan(Date.now() - 5000);
  });

  it('answers pending when AWS asks to slow down, and has requested nothing then', async () => {
    const answer = await look(() => Promise.reject(awsError('RequestLimitExceeded')));
    expect(answer).toMatchObject({ status: 'pending', requested: false });
  });

  it('fails for good on a quota, naming step, operation, code, request id and what to do', async () => {
    const refused = look(() => Promise.reject(awsError('DBClusterQuotaExceededFault')));
    await expect(refused).rejects.toMatchObject({ name: 'AwsRefusedError' });
    await expect(refused).rejects.toThrow(
      /^aurora: rds:CreateDBCluster was refused with DBClusterQuotaExceeded: no \(request r-1\)\. What to do: .*quota/,
    );
  });

  it('fails by name after its deadline, with the last thing it waited for', async () => {
    const late = look(async () => pending('cluster is creating', 10), earlier(11));
    await expect(late).rejects.toMatchObject({ name: 'StepTimedOutError' });
    await expect(late).rejects.toThrow(/aurora: not done after 11 minutes \(limit 10\): cluster is creating/);
  });

  it('lets a step that is done after its deadline be done', async () => {
    await expect(look(async () => ready('done'), earlier(11))).resolves.toMatchObject({ status: 'ready' });
  });

  it('throws what is not from AWS as it is', async () => {
    await expect(look(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow(TypeError);
  });

  it('answers whole seconds, at least one', async () => {
    expect((await look(async () => pending('x', 0.2))).retryAfterSeconds).toBe(1);
    expect((await look(async () => pending('x', 7.5))).retryAfterSeconds).toBe(8);
  });
});
