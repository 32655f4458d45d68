import { expect, it } from 'vitest';
import type { AwsState } from '#embedded/model.ts';
import { countsOf, devRequest, runMachine } from '../support/workflow.ts';

it('a run that died after any mutating call, and was started again, ends in the same environment with nothing doubled', async () => {
  const moments: { after: string; state: AwsState }[] = [];
  const whole = await runMachine('provision', devRequest, {
    name: 'first',
    observe: (store, call) => {
      const ours = !/^(dynamodb|states):/.test(call.operation);
      if (call.mutates && ours)
        moments.push({ after: `${call.operation} (call ${call.index})`, state: store.snapshot() });
    },
  });
  expect(whole.result.status).toBe('SUCCEEDED');
  expect(moments.length).toBeGreaterThan(100);
  for (const { after, state } of moments) {
    const again = await runMachine('provision', devRequest, { from: state, abandoned: true, name: 'second' });
    expect(again.result.status, `${after}: ${again.result.cause}`).toBe('SUCCEEDED');
    expect(countsOf(again.resources), after).toEqual(countsOf(whole.resources));
  }
}, 300_000);
