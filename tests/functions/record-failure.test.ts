import { expect, it } from 'vitest';
import { recordFailure } from '#functions/record-failure.ts';
import { testAws } from '../support/embedded.ts';
import { samplePlan } from '../support/plan.ts';

const execution = { id: 'arn:aws:states:eu-central-1:1:execution:provision:run', name: 'run', startTime: '' };
const first = { Error: 'AwsRefusedError', Cause: '{"errorMessage":"aurora: it broke."}' };
const nested = {
  ExecutionArn: 'arn:aws:states:eu-central-1:111122223333:execution:deprovision:run-rollback',
  Input: '{"environment":"dev"}',
  InputDetails: { Included: true },
  Name: 'run-rollback',
  StartDate: 1_790_000_000_000,
  StateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:deprovision',
};

async function causeOf(rollback: string): Promise<string> {
  testAws();
  const rollbackError = { Error: 'States.TaskFailed', Cause: rollback };
  const recorded = await recordFailure({
    execution,
    error: first,
    state: { environment: samplePlan(), rollbackError },
  });
  return recorded.cause;
}

it.each([
  ['was stopped', { Status: 'ABORTED' }, 'execution run-rollback was stopped by somebody.'],
  ['ran out of time', { Status: 'TIMED_OUT' }, 'execution run-rollback reached its own time limit.'],
  ['failed without a cause', { Status: 'FAILED', Error: 'X' }, 'execution run-rollback ended as FAILED (X).'],
  [
    'failed with a cause',
    { Status: 'FAILED', Error: 'RemovalBlockedError', Cause: '{"errorMessage":"vpc: blocked."}' },
    'vpc: blocked.',
  ],
  ['has no name', { Name: undefined, Status: 'ABORTED' }, 'execution run-rollback was stopped by somebody.'],
])('puts a rollback that %s into words', async (_what, end, words) => {
  const cause = await causeOf(JSON.stringify({ ...nested, ...end }));
  expect(cause).toBe(
    `aurora: it broke. The rollback did not finish: ${words} What to do: deprovision the environment again; it goes on from there.`,
  );
});

it('never shows JSON, also not of a cause that Step Functions cut off', async () => {
  for (const text of [
    JSON.stringify({ ...nested, Status: 'ABORTED', Output: 'x'.repeat(100) }).slice(0, -40),
    '{"errorMessage":"vpc: blocked by much","trace":["at x',
    '{"something":"else"}',
    '{"cut',
  ]) {
    expect(await causeOf(text)).not.toMatch(/[{}]|undefined/);
  }
});
