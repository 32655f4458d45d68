import { expect, it } from 'vitest';
import { ensure } from '#functions/aurora/ensure.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

// The four worlds of both databases are in tests/lib/data; here is what only Aurora has.

it('asks for Aurora PostgreSQL as planned and for no paid extended support', async () => {
  const test = testAws();
  const plan = samplePlan();
  const { answer } = await untilDone(test, 'aurora', ensure, plan, await testNetwork(test, plan));
  expect(answer.detail).toBe('Aurora cluster aoscloud-dev-aurora is available with 1 instance');
  const created = test.aws.mutations.find((call) => call.operation === 'rds:CreateDBCluster');
  expect(created?.input).toMatchObject({
    Engine: 'aurora-postgresql',
    Port: 5432,
    ManageMasterUserPassword: true,
    StorageEncrypted: true,
    CopyTagsToSnapshot: true,
    EnableCloudwatchLogsExports: ['postgresql'],
    EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
  });
  expect(created?.input.Tags).toContainEqual({ Key: 'aoscloud:component', Value: 'aurora' });
});

it('is not polled before it can be done', async () => {
  const test = testAws();
  const plan = samplePlan();
  const { looks, seconds } = await untilDone(test, 'aurora', ensure, plan, await testNetwork(test, plan));
  expect(looks).toBeLessThan(seconds / 12);
});
