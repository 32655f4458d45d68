import { afterEach, expect, it } from 'vitest';
import { pendingStarts } from '#embedded/services/states.ts';
import { MemoryStore } from '#embedded/store.ts';
import { settleDeadRun } from '#functions/settle-dead-run.ts';
import { configureClients } from '#lib/aws/clients.ts';
import { lockEnvironment, readEnvironment } from '#lib/run/registry.ts';
import { type Account, homeRegion, openAccount } from '#local/account.ts';
import { failAt } from '#local/fail-at.ts';
import { inventoryOf } from '#local/inventory.ts';
import { loadHandlers } from '#local/lambda.ts';
import { Runner, type RunResult } from '#local/runner.ts';
import { VirtualTime } from '#local/virtual-time.ts';
import { countsOf, devRemoval, devRequest, freshAccount, runMachine } from '../support/workflow.ts';

let time: VirtualTime | undefined;

afterEach(() => {
  time?.uninstall();
  time = undefined;
  configureClients({});
});

/** Drives several executions on one clock. */
async function together(
  account: Account,
  work: (runner: Runner) => Promise<RunResult[]>,
): Promise<RunResult[]> {
  await loadHandlers();
  time = new VirtualTime({
    now: account.aws.inspect(homeRegion, (call) => call.now),
    speed: Number.POSITIVE_INFINITY,
    seed: 1,
    busy: account.busy,
  });
  const runner = new Runner({ book: account.book });
  const results = await time.run(work(runner));
  await time.run(runner.drain());
  return results;
}

const later = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

it('of two runs at once one wins, and the other is refused by the name of the winner and harms nothing', async () => {
  const alone = await runMachine('provision', devRequest);
  const account = openAccount({ store: new MemoryStore(freshAccount()), latencySeconds: 0.2 });
  const results = await together(account, (runner) =>
    Promise.all([
      runner.execute('provision', 'one', devRequest),
      runner.execute('provision', 'two', devRequest),
    ]),
  );
  const lost = results.filter(({ status }) => status === 'FAILED');
  expect(results.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(1);
  expect(lost).toMatchObject([{ error: 'EnvironmentBusyError' }]);
  const winner = results[0]?.status === 'SUCCEEDED' ? 'one' : 'two';
  expect(lost[0]?.cause).toContain(`held by execution ${winner}`);
  expect(countsOf(inventoryOf(account))).toEqual(countsOf(alone.resources));
});

it('a run that starts while another is half done is refused in its first step', async () => {
  const account = openAccount({ store: new MemoryStore(freshAccount()), latencySeconds: 0.2 });
  const results = await together(account, (runner) =>
    Promise.all([
      runner.execute('provision', 'one', devRequest),
      later(300).then(() => runner.execute('provision', 'two', devRequest)),
      later(400).then(() => runner.execute('deprovision', 'three', devRemoval)),
    ]),
  );
  expect(results.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED', 'FAILED']);
  expect(results[1]?.cause).toContain('held by execution one');
  expect(results[2]?.cause).toContain('held by execution one');
});

it('a rollback that nobody but a person asks for does not run beside the run it names', async () => {
  const account = openAccount({ store: new MemoryStore(freshAccount()), latencySeconds: 0.2 });
  const rollback = { ...devRemoval, createdBy: 'one', finalSnapshots: false };
  const results = await together(account, (runner) =>
    Promise.all([
      runner.execute('provision', 'one', devRequest),
      later(300).then(() => runner.execute('deprovision', 'by-hand', rollback)),
    ]),
  );
  expect(results).toMatchObject([
    { status: 'SUCCEEDED' },
    { status: 'FAILED', error: 'EnvironmentBusyError' },
  ]);
});

it('settles an aborted run: hands its lock to the removal of what it made, once', async () => {
  const made = await runMachine('provision', devRequest, { name: 'first' });
  const store = new MemoryStore(made.store.snapshot());
  const account = openAccount({ store });
  const executionArn = account.book.started('provision', 'dead', devRequest);
  await lockEnvironment(
    'dev',
    { id: executionArn, name: 'dead', startTime: '2026-11-01T00:00:00Z' },
    { status: 'PROVISIONING', onFailure: 'rollback' },
  );
  account.book.finished(executionArn, { status: 'TIMED_OUT' });
  const event = {
    detail: {
      executionArn,
      stateMachineArn: process.env.PROVISION_STATE_MACHINE_ARN as string,
      name: 'dead',
      status: 'TIMED_OUT' as const,
      input: JSON.stringify(devRequest),
    },
  };
  expect(await settleDeadRun(event)).toBe('rollback started');
  expect(await settleDeadRun(event)).toBe('rollback started');
  expect(await readEnvironment('dev')).toMatchObject({
    status: 'FAILED',
    lock: { name: 'dead-settled' },
    failure: { execution: 'dead', rollback: expect.stringContaining('dead-settled') },
  });
  const starts = account.aws.inspect(homeRegion, pendingStarts);
  expect(starts).toMatchObject([{ name: 'dead-settled' }]);
  const { name, input } = starts[0]!;
  const [result] = await together(account, async (runner) => [
    await runner.execute('deprovision', name, JSON.parse(input)),
  ]);
  expect(result?.status, result?.cause).toBe('SUCCEEDED');
  // It made nothing of its own, so nothing is gone.
  expect(inventoryOf(account)).toEqual(made.resources);
  expect(await readEnvironment('dev')).toMatchObject({ status: 'FAILED', failure: { execution: 'dead' } });
  expect((await readEnvironment('dev'))?.lock).toBeUndefined();
  expect(await settleDeadRun(event)).toBe('nothing to settle');
});

it('does not touch the lock of a run that took over', async () => {
  const account = openAccount({ store: new MemoryStore(freshAccount()) });
  const owner = account.book.started('provision', 'alive', devRequest);
  await lockEnvironment(
    'dev',
    { id: owner, name: 'alive', startTime: '2026-11-01T00:00:00Z' },
    { status: 'PROVISIONING', region: homeRegion },
  );
  const settled = await settleDeadRun({
    detail: {
      executionArn: `${owner}-other`,
      stateMachineArn: process.env.PROVISION_STATE_MACHINE_ARN as string,
      name: 'other',
      status: 'ABORTED',
      input: JSON.stringify(devRequest),
    },
  });
  expect(settled).toBe('nothing to settle');
  expect((await readEnvironment('dev'))?.lock?.name).toBe('alive');
});

it('of two environments started together on one block one is made, and the other is refused in seconds', async () => {
  const account = openAccount({ store: new MemoryStore(freshAccount()), latencySeconds: 0.2 });
  const ended = new Map<string, number>();
  const results = await together(account, (runner) =>
    Promise.all(
      ['left', 'right'].map(async (environment) => {
        const startedAt = Date.now();
        const result = await runner.execute('provision', environment, { ...devRequest, environment });
        ended.set(result.status, (Date.now() - startedAt) / 1000);
        return result;
      }),
    ),
  );
  const lost = results.filter(({ status }) => status === 'FAILED');
  expect(results.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(1);
  expect(lost).toMatchObject([{ error: 'PreflightFailedError' }]);
  expect(lost[0]?.cause).toMatch(/reserved for environment "(left|right)".*choose another vpcCidr/s);
  expect(ended.get('FAILED')).toBeLessThan(60);
  expect(inventoryOf(account)['ec2:vpc']).toHaveLength(1);
});

it('a first run that was wholly taken back binds its name to no region, and gives its block back', async () => {
  const failed = await runMachine('provision', devRequest, { inject: failAt('efs'), name: 'first' });
  expect(failed.resources).toEqual({});
  expect(await readEnvironment('dev')).toMatchObject({ status: 'FAILED', empty: true });
  const elsewhere = await runMachine(
    'provision',
    { ...devRequest, region: 'eu-west-1' },
    { from: failed.store.snapshot(), name: 'second' },
  );
  expect(elsewhere.result.status, elsewhere.result.cause).toBe('SUCCEEDED');
  const item = await readEnvironment('dev');
  expect(item).toMatchObject({ status: 'READY', region: 'eu-west-1', vpcCidr: '10.231.0.0/16' });
  expect(item?.empty).toBeUndefined();
  const neighbour = { ...devRequest, environment: 'next' };
  const next = await runMachine('provision', neighbour, { from: elsewhere.store.snapshot(), name: 'third' });
  expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
});

it('a run taken back over what was there before says that something is left', async () => {
  const healthy = await runMachine('provision', devRequest, { name: 'first' });
  const wish = { ...devRequest, aurora: { instances: 2 } };
  await runMachine('provision', wish, {
    from: healthy.store.snapshot(),
    inject: failAt('elasticache'),
    name: 'second',
  });
  expect((await readEnvironment('dev'))?.empty).toBeUndefined();
});
