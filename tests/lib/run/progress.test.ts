import { expect, test } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { reportProgress } from '#lib/run/progress.ts';
import { lockEnvironment, readEnvironment } from '#lib/run/registry.ts';
import { testAws } from '../../support/embedded.ts';
import { samplePlan } from '../../support/plan.ts';

test('progress that cannot be written down fails no run, and is written of a locked environment alone', async () => {
  const account = testAws();
  const answer = {
    step: 'vpc' as const,
    status: 'pending' as const,
    requested: true,
    retryAfterSeconds: 5,
    since: '2026-11-01T00:00:00.000Z',
    detail: 'the VPC is pending',
    resources: {},
  };
  await reportProgress(samplePlan(), answer);
  expect(await readEnvironment('dev')).toBeUndefined();
  await lockEnvironment('dev', { id: 'arn:one', name: 'one', startTime: '' }, {});
  await reportProgress(samplePlan(), answer);
  expect((await readEnvironment('dev'))?.steps).toMatchObject({
    vpc: { status: 'pending', detail: 'the VPC is pending', execution: 'run-1' },
  });
  const fault = new AwsFault('AccessDeniedException', 'not allowed');
  account.aws.inject = () => ({ kind: 'refuse', fault });
  await expect(reportProgress(samplePlan(), answer)).resolves.toBeUndefined();
});
