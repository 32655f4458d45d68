import { expect, it } from 'vitest';
import { ensure } from '#functions/documentdb/ensure.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

// The four worlds of both databases are in tests/lib/data; here is what only DocumentDB has.

it('asks for DocumentDB as planned', async () => {
  const test = testAws();
  const plan = samplePlan();
  const { answer } = await untilDone(test, 'documentdb', ensure, plan, await testNetwork(test, plan));
  expect(answer.detail).toBe('DocumentDB cluster aoscloud-dev-documentdb is available with 1 instance');
  const created = test.aws.mutations.find((call) => call.operation === 'docdb:CreateDBCluster');
  expect(created?.input).toMatchObject({
    Engine: 'docdb',
    Port: 27017,
    ManageMasterUserPassword: true,
    StorageEncrypted: true,
    EnableCloudwatchLogsExports: ['audit', 'profiler'],
  });
});

it('reads the tags by ARN, which its descriptions lack', async () => {
  const test = testAws();
  const plan = samplePlan();
  await untilDone(test, 'documentdb', ensure, plan, await testNetwork(test, plan));
  expect(test.aws.requests['docdb:ListTagsForResource']).toBeGreaterThan(0);
});
