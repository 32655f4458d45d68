import { expect, it } from 'vitest';
import { ensure } from '#functions/documentdb/ensure.ts';
import { remove } from '#functions/documentdb/remove.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

it('takes the subnet and parameter groups last and leaves only the final snapshot', async () => {
  const test = testAws();
  const plan = samplePlan();
  await untilDone(test, 'documentdb', ensure, plan, await testNetwork(test, plan));
  const { answer } = await untilDone(test, 'documentdb', remove, sampleRemoval());
  expect(answer.detail).toBe(
    'DocumentDB is gone; log group /aws/docdb/aoscloud-dev-documentdb/audit, /aws/docdb/aoscloud-dev-documentdb/profiler stays',
  );
  expect(test.aws.mutations.slice(-2).map(({ operation }) => operation)).toEqual([
    'docdb:DeleteDBSubnetGroup',
    'docdb:DeleteDBClusterParameterGroup',
  ]);
});
