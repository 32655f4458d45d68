import { afterEach, describe, expect, it, vi } from 'vitest';
import { tolerating } from '#lib/aws/errors.ts';
import type { StepAnswer } from '#lib/run/environment.ts';
import { answerStep, pending, ready, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { samplePlan } from '../../support/plan.ts';

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

  it('keeps what was made before AWS asked to slow down, beside what was known', async () => {
    const known = { vpcId: 'vpc-1', subnetIds: { a: 'subnet-a', b: 'subnet-old' }, nodegroupNames: ['one'] };
    const answer = await look(
      async ({ keep }) => {
        keep({ allocationId: 'eipalloc-1', subnetIds: { b: 'subnet-b' }, nodegroupNames: ['two'] });
        keep({ subnetIds: { c: 'subnet-c' } });
        throw awsError('RequestLimitExceeded');
      },
      earlier(1, { resources: known }),
    );
    expect(answer.resources).toEqual({
      vpcId: 'vpc-1',
      allocationId: 'eipalloc-1',
      subnetIds: { a: 'subnet-a', b: 'subnet-b', c: 'subnet-c' },
      nodegroupNames: ['two'],
    });
  });

  it('keeps what was made beside what a look answers', async () => {
    const answer = await look(async ({ keep }) => {
      keep({ madeAt: { 'eipalloc-1': 'now' } });
      return pending('x', 5, { madeAt: { 'igw-1': 'before' } });
    }, earlier(1));
    expect(answer.resources.madeAt).toEqual({ 'eipalloc-1': 'now', 'igw-1': 'before' });
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

  it('gives a step the time that what it asked for takes by its size', async () => {
    const bySize = (extraSeconds: number) =>
      look(async () => ({ ...pending('nodes are replaced', 5), extraSeconds }), earlier(15));
    expect(await bySize(301)).toMatchObject({ status: 'pending' });
    await expect(bySize(299)).rejects.toThrow('not done after 15 minutes (limit 15): nodes are replaced');
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

describe('a refusal that is taken for passing', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const refusing =
    (message: string, name = 'InvalidDBClusterStateFault') =>
    async () => {
      await tolerating(['gone', 'pending'], () =>
        Promise.reject(awsError(name, 'rds:DeleteDBCluster', message)),
      );
      return pending('the cluster is being deleted', 240);
    };

  /** Looks every `poll` seconds or as the answer says; answers the last answer, or throws. */
  async function looks(run: () => Promise<StepOutcome>, count: number, deadlineSeconds = 36_000) {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    let answer: StepAnswer | undefined;
    for (let look_ = 0; look_ < count; look_ += 1) {
      answer = await look(run, answer, deadlineSeconds);
      vi.setSystemTime(Date.now() + answer.retryAfterSeconds * 1000);
    }
    return answer!;
  }

  it("is told in AWS's own sentence, with its time, and looked at again soon", async () => {
    const answer = await looks(refusing('for reasons of its own'), 1);
    expect(answer.detail).toBe(
      'the cluster is being deleted; rds:DeleteDBCluster answered InvalidDBClusterState: for reasons of its own',
    );
    expect(answer.retryAfterSeconds).toBe(30);
    expect(answer.refusals).toEqual([
      {
        operation: 'rds:DeleteDBCluster',
        code: 'InvalidDBClusterState',
        sentence: 'for reasons of its own',
        since: '1970-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('fails by name after some minutes, with step, operation, code, sentence and advice (U4)', async () => {
    await expect(looks(refusing('for reasons of its own'), 20)).rejects.toMatchObject({
      name: 'AwsRefusedError',
      message:
        'aurora: rds:DeleteDBCluster was refused with InvalidDBClusterState: for reasons of its own, at every look for 6 minutes (request r-1). What to do: AWS says so for longer than that lasts as a rule: look at what it names in the AWS console, end what keeps it, then run again.',
    });
  });

  it('waits on where the sentence names a status that passes', async () => {
    expect((await looks(refusing('it is modifying'), 30)).status).toBe('pending');
  });

  it('fails at once where the sentence names what stays', async () => {
    await expect(looks(refusing('This cluster is a part of a global cluster'), 1)).rejects.toThrow(
      /RemoveFromGlobalCluster/,
    );
  });

  it('counts anew when the sentence changes', async () => {
    let look_ = 0;
    const run = () => refusing(`reason ${Math.floor(look_++ / 8)}`)();
    expect((await looks(run, 24)).status).toBe('pending');
  });

  it('goes on counting over a look that was cut short by throttling', async () => {
    let look_ = 0;
    const run = () =>
      look_++ % 2 === 0
        ? refusing('for reasons of its own')()
        : Promise.reject(awsError('ThrottlingException'));
    await expect(looks(run, 60)).rejects.toMatchObject({ name: 'AwsRefusedError' });
  });

  it('bounds what a step throws, too: a wished state that AWS names but never shows', async () => {
    const run = () => Promise.reject(awsError('DBClusterAlreadyExistsFault', 'rds:CreateDBCluster', 'there'));
    await expect(looks(run, 60)).rejects.toThrow(
      /AlreadyExists: there, .*for [56] minutes.*does not show it/,
    );
  });

  it('is forgotten with the look that no longer meets it', async () => {
    let look_ = 0;
    const run = async () =>
      look_++ === 0 ? refusing('for reasons of its own')() : pending('the cluster is being deleted', 240);
    const answer = await looks(run, 2);
    expect(answer).not.toHaveProperty('refusals');
    expect(answer.retryAfterSeconds).toBe(240);
  });
});
