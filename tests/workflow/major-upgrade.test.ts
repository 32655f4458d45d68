/** Another major version of a database that lives: refused unless the request allows it, then planned, done, verified. */
import { beforeAll, describe, expect, it } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import { AwsFault, type AwsState } from '#embedded/model.ts';
import { type RdsState, rdsState } from '#embedded/services/rds/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import type { Accepted } from '#functions/accept.ts';
import { openAccount } from '#local/account.ts';
import { devRemoval, devRequest, type Run, runMachine } from '../support/workflow.ts';

const former = { aurora: { engineVersion: '15.13' }, documentdb: { engineVersion: '4.0.0' } };
const later = {
  aurora: { engineVersion: '16.9', allowMajorUpgrade: true },
  documentdb: { engineVersion: '5.0.0', allowMajorUpgrade: true },
};

let alive: AwsState;
beforeAll(async () => {
  const made = await runMachine('provision', { ...devRequest, ...former }, { name: 'first' });
  expect(made.result.status, made.result.cause).toBe('SUCCEEDED');
  alive = made.store.snapshot();
});

const over = (changes: object, from = alive, name = 'second', options: object = {}): Promise<Run> =>
  runMachine('provision', { ...devRequest, ...former, ...changes }, { from, name, ...options });

const databasesIn = (state: AwsState) => state.accounts[homeAccount]?.[devRequest.region]?.rds as RdsState;
const versionsIn = (state: AwsState) =>
  Object.values(databasesIn(state).clusters).map(({ engineVersion }) => engineVersion);

/** The account with something about its databases arranged. */
function arranged(arrange: (rds: RdsState) => void): AwsState {
  const store = new MemoryStore(structuredClone(alive));
  openAccount({ store }).aws.inspect(devRequest.region, (call) => arrange(rdsState(call)));
  return store.snapshot();
}

describe('refused before any changing call', () => {
  it.each<[string, object, RegExp]>([
    [
      'what the request does not allow',
      { aurora: { engineVersion: '16.9' } },
      /\n- aurora\.engineVersion: 15\.13 → 16\.9: a major version is an outage .* What to do: say aurora\.allowMajorUpgrade: true as well/,
    ],
    [
      'going back',
      { aurora: { engineVersion: '14.18', allowMajorUpgrade: true } },
      /\n- aurora\.engineVersion: 15\.13 → 14\.18: AWS takes no version back/,
    ],
    [
      'a version that AWS does not list for the one that runs',
      { aurora: { engineVersion: '16.6', allowMajorUpgrade: true } },
      /\n- aurora\.engineVersion 16\.6: the cluster runs 15\.13, which can become 16\.9, 17\.5/,
    ],
    [
      'skipping where AWS takes no such path',
      { documentdb: { engineVersion: '8.0.0', allowMajorUpgrade: true } },
      /\n- documentdb\.engineVersion 8\.0\.0: the cluster runs 4\.0\.0, which can become 5\.0\.0/,
    ],
  ])('%s', async (_what, changes, cause) => {
    const run = await over(changes);
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'PreflightFailedError' });
    expect(run.result.cause).toMatch(cause);
    expect(run.mutating).toBe(0);
  });

  it.each<[string, (rds: RdsState) => void, RegExp]>([
    [
      'a member of a global cluster',
      ({ clusters }) => {
        clusters['aoscloud-dev-aurora']!.globalCluster = 'world';
      },
      /aurora\.engineVersion 16\.9: cluster aoscloud-dev-aurora is a member of global cluster world/,
    ],
    [
      'a cluster with replicas elsewhere',
      ({ clusters }) => {
        clusters['aoscloud-dev-aurora']!.readReplicas = ['arn:aws:rds:us-east-1:111122223333:cluster:far'];
      },
      /aurora\.engineVersion 16\.9: .* has the read replica arn:\S+:far in another region/,
    ],
    [
      "somebody's instance parameter group",
      ({ instances }) => {
        instances['aoscloud-dev-aurora-1']!.parameterGroup = 'theirs';
      },
      /aurora\.engineVersion 16\.9: instance aoscloud-dev-aurora-1 has the parameter group theirs/,
    ],
    [
      'a parameter that the new version does not know',
      ({ parameterGroups }) => {
        parameterGroups!['aoscloud-dev-aurora']!.parameters.vacuum_defer_cleanup_age = '10';
      },
      /aurora\.engineVersion 16\.9: the parameter vacuum_defer_cleanup_age, which somebody set in aoscloud-dev-aurora, is none that can be set in aurora-postgresql16\. What to do: reset it/,
    ],
    [
      'system updates that DocumentDB wants first',
      ({ instances }) => {
        instances['aoscloud-dev-documentdb-1']!.pendingMaintenance = 'os-upgrade';
      },
      /documentdb\.engineVersion 5\.0\.0: arn:\S+:aoscloud-dev-documentdb-1 has maintenance pending \(os-upgrade: /,
    ],
    [
      'a class that the new version does not run on',
      ({ instances }) => {
        instances['aoscloud-dev-documentdb-1']!.instanceClass = 'db.r4.large';
      },
      /documentdb\.engineVersion 5\.0\.0: instances of db\.r4\.large cannot have it\. What to do: change documentdb\.instanceClass first/,
    ],
    [
      'no room for the snapshot',
      ({ snapshots, clusters }) => {
        const { arn, ...cluster } = clusters['aoscloud-dev-aurora']!;
        for (let index = 0; index < 99; index++)
          snapshots[`theirs-${index}`] = {
            ...cluster,
            arn,
            id: `theirs-${index}`,
            clusterId: 'theirs',
          } as never;
      },
      /quota "manual DB cluster snapshots" in eu-central-1: 99 of 100 in use, this run needs 2 more/,
    ],
  ])('%s', async (_what, arrange, cause) => {
    const run = await over(later, arranged(arrange));
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'PreflightFailedError' });
    expect(run.result.cause).toMatch(cause);
    expect(run.mutating).toBe(0);
  });
});

describe('allowed', () => {
  it('both at once: planned, done, verified, and nothing left to do', async () => {
    const run = await over(later);
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    const { changes, warnings, environment } = run.result.output as Accepted;
    expect(changes.changes).toMatchObject([
      {
        field: 'aurora.engineVersion',
        from: '15.13',
        to: '16.9',
        kind: 'change',
        forGood: true,
        aboutSeconds: 3000,
        interrupts: expect.stringContaining('a snapshot is taken first, and stays'),
      },
      { field: 'documentdb.engineVersion', from: '4.0.0', to: '5.0.0', kind: 'change', forGood: true },
    ]);
    expect(warnings.join()).toMatch(
      /aurora\.engineVersion 16\.9: a major version from 15\.13, and no way back/,
    );
    expect(environment.aurora.formerParameterGroups).toEqual(['aoscloud-dev-aurora']);
    expect(versionsIn(run.store.snapshot())).toEqual(['16.9', '5.0.0']);
    expect(run.resources['rds:db-cluster-snapshot']).toHaveLength(1);
    expect(run.resources['docdb:db-cluster-snapshot']).toHaveLength(1);
    expect(run.resources['rds:db-cluster-parameter-group']).toEqual(['aoscloud-dev-aurora-2']);
    const again = await over(later, run.store.snapshot(), 'third');
    expect(again.result.status, again.result.cause).toBe('SUCCEEDED');
    expect((again.result.output as Accepted).changes).toEqual({ changes: [], more: 0 });
    expect(again.mutating).toBe(0);
    const removed = await runMachine('deprovision', devRemoval, { from: run.store.snapshot(), name: 'gone' });
    expect(removed.result.status, removed.result.cause).toBe('SUCCEEDED');
    expect(removed.resources['rds:db-cluster-parameter-group']).toBeUndefined();
  });

  it('and another one after it has the first name again', async () => {
    const first = await over(later);
    const aurora = { engineVersion: '17.5', allowMajorUpgrade: true };
    const next = await over({ ...later, aurora }, first.store.snapshot(), 'third');
    expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
    expect(next.resources['rds:db-cluster-parameter-group']).toEqual(['aoscloud-dev-aurora']);
    const documentdb = { engineVersion: '8.0.0', allowMajorUpgrade: true };
    const last = await over({ aurora, documentdb }, next.store.snapshot(), 'fourth');
    expect(last.result.status, last.result.cause).toBe('SUCCEEDED');
    expect(last.resources['docdb:db-cluster-parameter-group']).toEqual(['aoscloud-dev-documentdb']);
  });

  it('with a larger class, and more instances: the version first, at the class it has', async () => {
    const aurora = { ...later.aurora, instanceClass: 'db.r6g.large', instances: 2 };
    const run = await over({ aurora });
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    expect(versionsIn(run.store.snapshot())).toEqual(['16.9', '4.0.0']);
    expect(run.resources['rds:db-instance']).toHaveLength(2);
  });
});

it('a run that fails beside it says what has no way back, and what of it stays; the next one finds it done', async () => {
  const failed = await over(later, alive, 'second', {
    inject: ({ operation }: { operation: string }) =>
      operation === 'ec2:DescribeNetworkAcls' && Date.now() > alive.now + 60_000
        ? { kind: 'refuse', fault: new AwsFault('UnauthorizedOperation', 'not now', { status: 403 }) }
        : undefined,
  });
  expect(failed.result.cause).toMatch(
    /Aurora snapshot aoscloud-dev-aurora-before-\w{8} stays although this run made it/,
  );
  expect(failed.result.cause).toContain(
    'Changed in place, and left so: aurora.engineVersion: 15.13 → 16.9; documentdb.engineVersion: 4.0.0 → 5.0.0. What to do: provision this one again to go on; AWS takes aurora.engineVersion and documentdb.engineVersion no way back.',
  );
  const next = await over(later, failed.store.snapshot(), 'third');
  expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
  expect(next.resources['rds:db-cluster-parameter-group']).toEqual(['aoscloud-dev-aurora-2']);
});

describe('a run that dies', () => {
  it.each([
    'CreateDBClusterParameterGroup',
    'ModifyDBClusterParameterGroup',
    'CreateDBClusterSnapshot',
    'ModifyDBCluster',
    'DeleteDBClusterParameterGroup',
  ])('once %s was asked for is gone on with by the next one', async (operation) => {
    let died: AwsState | undefined;
    let asked = false;
    await over(later, alive, 'dies', {
      observe: (store: MemoryStore, call: { operation: string }) => {
        if (asked && !died) died = store.snapshot();
        asked ||= call.operation === `rds:${operation}`;
      },
    });
    const next = await over(later, died!, 'next', { abandoned: true });
    expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
    expect(versionsIn(next.store.snapshot())).toEqual(['16.9', '5.0.0']);
    expect(next.resources['rds:db-cluster-parameter-group']).toEqual(['aoscloud-dev-aurora-2']);
    expect(next.resources['docdb:db-cluster-parameter-group']).toEqual(['aoscloud-dev-documentdb-2']);
    const again = await over(later, next.store.snapshot(), 'again');
    expect(again.mutating).toBe(0);
  });
});
