import { expect, it } from 'vitest';
import type { EngineOptions } from '#embedded/engine.ts';
import { failAt } from '#local/fail-at.ts';
import { currentInvocation } from '#local/lambda.ts';
import { handlers } from '../../serverless/handlers.mjs';
import { devRemoval, devRequest, runMachine } from '../support/workflow.ts';

/**
 * Lambda answers one of its transient 500s instead of the first `times` answers of every function: the first time
 * before the function's first call takes effect, then after.
 */
function lambdaFails(
  times: number,
  beside?: NonNullable<EngineOptions['inject']>,
): { inject: NonNullable<EngineOptions['inject']>; hit: ReadonlyMap<string, number> } {
  const hit = new Map<string, number>();
  return {
    hit,
    inject: (call) => {
      const invocation = currentInvocation();
      const before = hit.get(invocation?.functionKey ?? '') ?? 0;
      if (!invocation || before >= times) return beside?.(call);
      hit.set(invocation.functionKey, before + 1);
      return {
        kind: 'kill',
        effect: before % 2 === 1,
        onKill: () => invocation.kill('Lambda.ClientExecutionTimeoutException'),
      };
    },
  };
}

const keys = (path: RegExp) =>
  handlers()
    .filter((found) => path.test(found.path))
    .map(({ key }) => key);

it('a run survives a lost answer of Lambda at every one of its steps', async () => {
  const { inject, hit } = lambdaFails(1);
  const run = await runMachine('provision', devRequest, { inject, name: 'run' });
  expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
  expect([...hit.keys()].sort()).toEqual(
    keys(/\/(ensure|accept|verify|record-result)\.ts$/)
      .filter((key) => key !== 'AcceptRemoval')
      .sort(),
  );
});

it('a rollback survives two lost answers of Lambda at every one of its steps', async () => {
  const { inject, hit } = lambdaFails(2, failAt('aurora'));
  const run = await runMachine('provision', devRequest, { inject, name: 'run' });
  expect(run.result).toMatchObject({ status: 'FAILED', error: 'AwsRefusedError' });
  expect(run.result.cause).toContain('Everything this run made was taken back.');
  expect(run.resources).toEqual({});
  for (const key of keys(/\/(remove|accept-removal|record-removal|record-failure)\.ts$/)) {
    expect(hit.get(key), key).toBe(2);
  }
});

it('a removal survives two lost answers of Lambda at every one of its steps', async () => {
  const made = await runMachine('provision', devRequest, { name: 'run' });
  const { inject } = lambdaFails(2);
  const input = { ...devRemoval, finalSnapshots: false, deleteLogs: true };
  const removed = await runMachine('deprovision', input, {
    from: made.store.snapshot(),
    inject,
    name: 'removal',
  });
  expect(removed.result.status, removed.result.cause).toBe('SUCCEEDED');
  expect(removed.resources).toEqual({});
});
