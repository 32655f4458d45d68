/** Many environments by the fleet's machine, on the embedded AWS and virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineOptions } from '#embedded/engine.ts';
import { limitOf, limits, setLimit } from '#embedded/limits.ts';
import { emptyState } from '#embedded/model.ts';
import { listExecutions } from '#embedded/services/states.ts';
import { MemoryStore } from '#embedded/store.ts';
import { configureClients } from '#lib/aws/clients.ts';
import { readFleetRecord } from '#lib/fleet/record.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { type Account, homeRegion, openAccount } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';
import { functionPermissions } from '#local/permissions.ts';
import { type Simulated, simulateFleet } from '#local/simulate.ts';
import { startOfTime } from '../support/embedded.ts';

const region = 'eu-central-1';

afterEach(() => configureClients({}));

function world(inject?: EngineOptions['inject']): Account {
  const account = openAccount({
    store: new MemoryStore(emptyState(1, startOfTime)),
    latencySeconds: 0.2,
    authorize: functionPermissions(),
  });
  account.aws.inject = inject;
  account.aws.inspect(region, (call) => {
    for (const { quotaCode } of limits) setLimit(call, quotaCode, limitOf(call, quotaCode) * 3);
  });
  return account;
}

const fleet = (changes: object = {}) => ({
  fleet: 'customers',
  defaults: { region, vpcCidr: 'auto', cidrPool: ['10.64.0.0/12'] },
  environments: [{ environment: 'one' }, { environment: 'two' }, { environment: 'three' }],
  ...changes,
});

const start = (account: Account, input: object, name = 'customers-1'): Promise<Simulated> =>
  simulateFleet(account, { input, name });

/** Executions of single environments, by name of the environment. */
function runsOf({ aws }: Account): { environment: string; startedAt: number; stoppedAt?: number }[] {
  return aws
    .inspect(homeRegion, listExecutions)
    .flatMap(({ machine, input, startedAt, stoppedAt }) =>
      machine === 'provision' ? [{ environment: JSON.parse(input).environment, startedAt, stoppedAt }] : [],
    );
}

/** The nodes of these environments never join. */
const nodesFail =
  (...environments: readonly string[]): EngineOptions['inject'] =>
  ({ operation, input }) =>
    operation === 'eks:CreateNodegroup' &&
    environments.some((name) => input.clusterName === `aoscloud-${name}`)
      ? { kind: 'outcome-fails' }
      : undefined;

describe('a fleet', () => {
  it('makes every environment, the first alone and the others together', async () => {
    const account = world();
    const { result } = await start(account, fleet());
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { complete: true, succeeded: ['one', 'two', 'three'], failed: [], notStarted: [] },
    });
    const [one, two, three] = ['one', 'two', 'three'].map((name) =>
      runsOf(account).find(({ environment }) => environment === name),
    );
    expect(two?.startedAt).toBeGreaterThanOrEqual(one?.stoppedAt as number);
    expect(three?.startedAt).toBeLessThan(two?.stoppedAt as number);
    const blocks = await Promise.all(
      ['one', 'two', 'three'].map(async (name) => (await readEnvironment(name))?.vpcCidr),
    );
    expect((await readFleetRecord('customers-1'))?.waves).toEqual([1, 2]);
    expect(blocks[0]).toBe('10.64.0.0/16');
    expect(new Set(blocks).size).toBe(3);
  });

  it('of which one fails takes that one back, ends the others well, and tells each end', async () => {
    const account = world(nodesFail('two'));
    const { result } = await start(account, fleet({ stopAfter: { failed: 2 } }));
    expect(result).toMatchObject({ status: 'FAILED', error: 'FleetIncompleteError' });
    expect(result.cause).toMatch(
      /^2 of 3 environments succeeded, 1 failed, 0 were not started\.\n- two: ResourceFailedError: eks-nodes: .* What to do: mend what each line says/,
    );
    const { ends, endedAt } = (await readFleetRecord('customers-1')) ?? {};
    expect(endedAt).toBeDefined();
    expect(ends).toMatchObject({
      one: { status: 'SUCCEEDED', execution: expect.stringMatching(/^one-[0-9a-f]{16}$/) },
      two: { status: 'FAILED', error: 'ResourceFailedError' },
      three: { status: 'SUCCEEDED' },
    });
    expect(inventoryOf(account)['ec2:vpc']).toHaveLength(2);

    // The same again makes what is missing.
    account.aws.inject = undefined;
    const again = await start(account, fleet(), 'customers-2');
    expect(again.result).toMatchObject({ status: 'SUCCEEDED', output: { complete: true } });
    expect(inventoryOf(account)['ec2:vpc']).toHaveLength(3);
  });

  it('starts no further environment once as many have failed as it bears', async () => {
    const account = world(nodesFail('one'));
    const { result } = await start(account, fleet());
    expect(result.cause).toContain('0 of 3 environments succeeded, 1 failed, 2 were not started.');
    expect(runsOf(account).map(({ environment }) => environment)).toEqual(['one']);
    expect((await readFleetRecord('customers-1'))?.ends.three).toMatchObject({ status: 'NOT_STARTED' });
    expect(inventoryOf(account)['ec2:vpc']).toBeUndefined();
  });

  it('never has more under way than its ceiling', async () => {
    const account = world();
    await start(account, fleet({ waves: [], maxConcurrency: 1 }));
    const runs = runsOf(account).sort((one, other) => one.startedAt - other.startedAt);
    expect(runs).toHaveLength(3);
    for (const [index, run] of runs.entries())
      if (index > 0) expect(run.startedAt).toBeGreaterThanOrEqual(runs[index - 1]?.stoppedAt as number);
  });

  it('that is stopped ends in its record too: each environment failed, or was not started', async () => {
    const account = world();
    const stopped = Promise.withResolvers<string>();
    const { result } = await simulateFleet(account, {
      input: fleet({ waves: [2], maxConcurrency: 2 }),
      name: 'customers-1',
      stopped: stopped.promise,
      onEvent: (event) => {
        if (event.type === 'answered' && event.state === 'Security groups') stopped.resolve('by hand');
      },
    });
    expect(result.status).toBe('ABORTED');
    const { ends, endedAt, failure } = (await readFleetRecord('customers-1')) ?? {};
    expect(endedAt).toBeDefined();
    expect(failure?.cause).toMatch(/^execution customers-1 ended as ABORTED before all .*by hand/);
    expect(ends).toMatchObject({
      one: { status: 'FAILED', error: 'Execution.ABORTED' },
      two: { status: 'FAILED' },
      three: { status: 'NOT_STARTED' },
    });
  });

  it('takes environments down as it made them', async () => {
    const account = world();
    await start(account, fleet({ waves: [] }));
    const removal = {
      fleet: 'customers',
      action: 'deprovision',
      defaults: { region, finalSnapshots: false, deleteLogs: true },
      environments: ['one', 'two', 'three'].map((name) => ({ environment: name, confirm: name })),
    };
    const { result } = await start(account, removal, 'customers-down');
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { complete: true } });
    expect(inventoryOf(account)['ec2:vpc']).toBeUndefined();
  });

  it('reads its list from an object', async () => {
    const account = world();
    const { environments, ...rest } = fleet({ list: 'lists/customers.json' }) as ReturnType<typeof fleet>;
    const readList = (key: string) =>
      key === 'lists/customers.json' ? JSON.stringify(environments.slice(0, 1)) : undefined;
    const { result } = await simulateFleet(account, { input: rest, name: 'listed', readList });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { succeeded: ['one'] } });
    const none = await simulateFleet(account, {
      input: { ...rest, list: 'no.json' },
      name: 'none',
      readList,
    });
    expect(none.result).toMatchObject({ status: 'FAILED', error: 'S3.NoSuchKeyException' });
    expect(none.result.cause).toBe(
      'list "no.json" cannot be read from the bucket of lists: there is no object of this key. Nothing was started. What to do: put a JSON array of requests there (the bucket is the output FleetListBucketName of the stack), or correct list; then run again.',
    );
  });
});

describe('a fleet that cannot be made', () => {
  it.each([
    [
      'an environment twice',
      { environments: [{ environment: 'one' }, { environment: 'one' }] },
      /"one" stands in the list more than once/,
    ],
    [
      'two blocks that overlap',
      {
        defaults: { region },
        environments: [
          { environment: 'one', vpcCidr: '10.9.0.0/16' },
          { environment: 'two', vpcCidr: '10.8.0.0/16', staging: true },
        ],
      },
      /vpcCidr 10\.9\.0\.0\/16 of environment "two" is that of environment "one" too \(R4\)/,
    ],
    [
      'more environments than blocks',
      { defaults: { region, vpcCidr: 'auto', cidrPool: ['10.64.0.0/15'] } },
      /cidrPool 10\.64\.0\.0\/15 has no free \/16 left for environment "three"/,
    ],
    [
      'a request of which a field is wrong',
      { environments: [{ environment: 'one' }, { environment: 'Two' }] },
      /- environments\[1\] \(Two\): environment "Two": must start with a lower-case letter/,
    ],
  ])('by %s starts nothing', async (_what, changes, message) => {
    const account = world();
    const { result } = await start(account, fleet(changes));
    expect(result.status).toBe('FAILED');
    expect(result.cause).toMatch(message);
    expect(runsOf(account)).toEqual([]);
  });

  it('by a quota names the sum, and the figure to ask AWS for', async () => {
    const account = world();
    account.aws.inspect(region, (call) => {
      setLimit(call, 'L-F678F1CE', 2);
      setLimit(call, 'L-7B6409FD', 5);
    });
    const { result } = await start(account, fleet());
    expect(result.error).toBe('PreflightFailedError');
    expect(result.cause).toMatch(
      /quota "VPCs per Region".*: 0 of 2 in use, this run needs 3 more\. What to do: ask Service Quotas for at least 3/,
    );
    expect(result.cause).toMatch(/quota "DB instances.*: 0 of 5 in use, this run needs \d+ more/);
    expect(runsOf(account)).toEqual([]);
  });
});
