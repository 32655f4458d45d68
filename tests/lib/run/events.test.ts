import { afterEach, beforeEach, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { keptEvents } from '#embedded/services/events.ts';
import { recordFailure } from '#functions/record-failure.ts';
import { recordRemoval } from '#functions/record-removal.ts';
import { recordResult } from '#functions/record-result.ts';
import { lockEnvironment } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const execution = {
  id: 'arn:aws:states:eu-central-1:111122223333:execution:provision:run-1',
  name: 'run-1',
  startTime: '2026-11-01T00:00:00Z',
};
const verification = { rules: [], outputs: { vpc: { id: 'vpc-1' } } };
const error = { Error: 'States.TaskFailed', Cause: '{"errorMessage":"vpc: it broke"}' };

let test: TestAws;

/** Only a run that holds the environment may say how it ended. */
const hold = () =>
  lockEnvironment('dev', execution, { status: 'PROVISIONING', region: homeRegion, account: '111122223333' });

beforeEach(async () => {
  test = testAws();
  process.env.EVENT_BUS_NAME = 'default';
  await hold();
});
afterEach(() => {
  delete process.env.EVENT_BUS_NAME;
});

const events = () =>
  test.aws.inspect(homeRegion, (call) =>
    keptEvents(call).map(({ source, detailType, detail }) => ({ source, detailType, ...JSON.parse(detail) })),
  );
const source = 'aoscloud.environments';
const where = { environment: 'dev', region: 'eu-central-1', account: '111122223333', execution: 'run-1' };

it('tells that an environment is ready, with its outputs', async () => {
  await recordResult({ environment: samplePlan(), verification, execution });
  const { outputs } = verification;
  expect(events()).toEqual([{ source, detailType: 'Environment Ready', ...where, outputs }]);
});

it('tells that an environment is gone, but not that a rollback is done', async () => {
  await recordRemoval({ environment: sampleRemoval({ createdBy: 'run-1' }), execution });
  expect(events()).toEqual([]);
  await hold();
  await recordRemoval({ environment: sampleRemoval(), execution });
  expect(events()).toEqual([{ source, detailType: 'Environment Gone', ...where }]);
});

it('tells that a run failed, once, whatever became of its rollback', async () => {
  const rollback = sampleRemoval({ createdBy: 'run-1' });
  await recordFailure({ execution, error, state: { environment: rollback } });
  expect(events()).toEqual([]);
  await recordFailure({ execution, error, state: { environment: samplePlan(), rollbackError: error } });
  const failure = { execution: 'run-1', error: 'States.TaskFailed', step: 'vpc' };
  expect(events()).toMatchObject([{ detailType: 'Environment Failed', ...where, failure }]);
});

it('tells of a request that was refused what is known of it', async () => {
  await recordFailure({ execution, error, request: { environment: 'dev', region: 7 } });
  await recordFailure({ execution, error, request: 'nonsense' });
  const [refused, ...others] = events();
  expect(refused).toMatchObject({ environment: 'dev', execution: 'run-1' });
  expect(Object.keys(refused)).not.toContain('region');
  expect(others).toEqual([]);
});

it('lets no run fail because nobody could be told, and tells nobody where there is no bus', async () => {
  test.aws.inject = ({ operation }) =>
    operation === 'events:PutEvents'
      ? { kind: 'refuse', fault: new AwsFault('AccessDeniedException', 'no') }
      : undefined;
  const run = { environment: samplePlan(), verification, execution };
  expect(await recordResult(run)).toEqual({ status: 'READY' });
  test.aws.inject = undefined;
  delete process.env.EVENT_BUS_NAME;
  await recordResult(run);
  expect(events()).toEqual([]);
  expect(test.aws.requests['events:PutEvents']).toBe(1);
});
