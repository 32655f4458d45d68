import { expect, it } from 'vitest';
import { ensure as ensureAurora } from '#functions/aurora/ensure.ts';
import { remove } from '#functions/aurora/remove.ts';
import { ensure as ensureDocumentdb } from '#functions/documentdb/ensure.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

it('leaves the DocumentDB of the same environment alone, which the same API lists', async () => {
  const test = testAws();
  const plan = samplePlan();
  const network = await testNetwork(test, plan);
  await untilDone(test, 'aurora', ensureAurora, plan, network);
  await untilDone(test, 'documentdb', ensureDocumentdb, plan, network);
  const { answer } = await untilDone(test, 'aurora', remove, sampleRemoval());
  expect(answer.status).toBe('gone');
  const again = await untilDone(test, 'documentdb', ensureDocumentdb, plan, network);
  expect(again.looks).toBe(1);
  expect(test.aws.mutations.filter((call) => call.operation.startsWith('docdb:Delete'))).toEqual([]);
});
