import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { AwsState } from '#embedded/model.ts';
import { keptEvents } from '#embedded/services/events.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import { drift } from '#functions/drift.ts';
import { lockEnvironment, type RegistryItem, readEnvironment } from '#lib/run/registry.ts';
import { environmentView } from '#lib/webhook/view.ts';
import { type Account, homeRegion, openAccount } from '#local/account.ts';
import { devRequest, runMachine } from '../support/workflow.ts';

const hour = 3_600_000;

let ready: AwsState;
let account: Account;
beforeAll(async () => {
  const run = await runMachine('provision', devRequest, { name: 'run' });
  expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
  ready = run.store.snapshot();
});

beforeEach(() => {
  account = openAccount({ store: new MemoryStore(structuredClone(ready)), throttle: false });
  process.env.EVENT_BUS_NAME = 'default';
  vi.useFakeTimers({ toFake: ['Date'], now: ready.now + 25 * hour });
});
afterEach(() => {
  delete process.env.EVENT_BUS_NAME;
  vi.useRealTimers();
});

/** Somebody cuts the backups of both databases, by hand. */
function byHand(days: number): void {
  account.aws.inspect(devRequest.region, (call) => {
    for (const cluster of Object.values(rdsState(call).clusters)) cluster.backupRetentionDays = days;
  });
}

const told = () =>
  account.aws
    .inspect(homeRegion, keptEvents)
    .filter(({ detailType }) => detailType === 'Environment Drifted')
    .map(({ detail }) => JSON.parse(detail));

test('an environment as the last run left it has no drift, and nobody is told', async () => {
  expect(await drift()).toEqual({ dev: 0 });
  expect(told()).toEqual([]);
  expect(await readEnvironment('dev')).toMatchObject({ drift: { differences: [], more: 0 } });
});

test('what was changed by hand is recorded, shown, and told once', async () => {
  byHand(2);
  expect(await drift()).toEqual({ dev: 2 });
  const first = { of: 'aurora.backupRetentionDays', expected: '7', found: '2' };
  expect(told()).toMatchObject([{ environment: 'dev', drift: { differences: [first, {}], more: 0 } }]);
  const item = (await readEnvironment('dev')) as RegistryItem;
  expect(environmentView(item, Date.now()).drift).toMatchObject({ differences: [first, {}] });

  expect(await drift()).toEqual({});
  vi.setSystemTime(Date.now() + 24 * hour);
  expect(await drift()).toEqual({ dev: 2 });
  expect(told()).toHaveLength(1);

  byHand(3);
  vi.setSystemTime(Date.now() + 24 * hour);
  expect(await drift()).toEqual({ dev: 2 });
  expect(told()).toHaveLength(2);
});

test('one that a run holds is not looked at: what would be seen is its work', async () => {
  const execution = { id: 'arn:other', name: 'other', startTime: new Date().toISOString() };
  await lockEnvironment('dev', execution, { status: 'PROVISIONING' });
  byHand(2);
  expect(await drift()).toEqual({});
  expect(told()).toEqual([]);
});
