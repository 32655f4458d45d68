import { expect, test } from 'vitest';
import { acceptRemoval } from '#functions/accept-removal.ts';
import { aurora } from '#lib/databases/aurora.ts';
import { ensureDatabase } from '#lib/databases/ensure.ts';
import { type Execution, lockEnvironment, type RegistryItem, releaseEnvironment } from '#lib/registry.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws, untilDone } from '../support/embedded.ts';
import { testNetwork } from '../support/network.ts';
import { samplePlan } from '../support/plan.ts';

const removal = { environment: 'dev', region: 'eu-central-1', confirm: 'dev' };

function execution(machine: 'PROVISION' | 'DEPROVISION', name: string): Execution {
  const arn = process.env[`${machine}_STATE_MACHINE_ARN`] as string;
  return { id: `${arn.replace(':stateMachine:', ':execution:')}:${name}`, name, startTime: '' };
}

/** A run of that outcome, which let its lock go. */
async function ended(status: RegistryItem['status']): Promise<void> {
  const run = execution('PROVISION', 'run-1');
  const account = samplePlan().account;
  await lockEnvironment('dev', run, { region: homeRegion, account, status: 'PROVISIONING' });
  await releaseEnvironment('dev', run.id, { status });
}

const accept = (changes: object = {}) =>
  acceptRemoval({ request: { ...removal, ...changes }, execution: execution('DEPROVISION', 'removal-1') });

test('a removal right after a run that failed or was stopped waits for the calls it left behind', async () => {
  testAws();
  await ended('FAILED');
  expect((await accept()).settleSeconds).toBe(65);
  expect((await accept()).settleSeconds, 'and so does a repeated acceptance').toBe(65);
});

test('a removal of an environment at rest waits for nothing', async () => {
  const account: TestAws = testAws();
  await ended('READY');
  expect((await accept()).settleSeconds).toBe(0);
  await releaseEnvironment('dev', execution('DEPROVISION', 'removal-1').id, { status: 'REMOVAL_FAILED' });
  account.advance(66);
  expect((await accept()).settleSeconds).toBe(0);
});

test('a removal narrowed to one run is not stopped by the protection of what another made', async () => {
  const account = testAws();
  const plan = samplePlan();
  const wished = samplePlan({ aurora: { ...plan.aurora, deletionProtection: true } });
  const network = await testNetwork(account, wished);
  await untilDone(account, 'aurora', (context) => ensureDatabase(aurora, context), wished, network);
  await expect(accept()).rejects.toMatchObject({ name: 'RemovalBlockedError' });
  await expect(accept({ createdBy: 'run-1' })).rejects.toMatchObject({ name: 'RemovalBlockedError' });
  await expect(accept({ createdBy: 'run-0' })).resolves.toMatchObject({ environment: { unprotect: false } });
});
