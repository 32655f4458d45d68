/** Environments made from the final snapshots of others. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { AwsState } from '#embedded/model.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { failAt } from '#local/fail-at.ts';
import { devRemoval, devRequest, type Run, runMachine } from '../support/workflow.ts';

const { region } = devRequest;
const types = ['rds:db-cluster-snapshot', 'docdb:db-cluster-snapshot', 'elasticache:snapshot'] as const;

/** The account once the environment is gone, and what it left. */
let left: AwsState;
let snapshots: Record<string, string[]>;

function requestFrom([aurora, documentdb, cache]: readonly (string | undefined)[]) {
  return {
    ...devRequest,
    aurora: { restoreFrom: aurora, backupRetentionDays: 9 },
    documentdb: { restoreFrom: documentdb },
    elasticache: { restoreFrom: cache },
  };
}

const whole = () => requestFrom(types.map((type) => snapshots[type]?.[0]));
const snapshotsOf = (run: Run) => Object.fromEntries(types.map((type) => [type, run.resources[type]]));

function altered(change: (account: ReturnType<typeof openAccount>['aws']) => void): AwsState {
  const store = new MemoryStore(structuredClone(left));
  change(openAccount({ store }).aws);
  return store.snapshot();
}

beforeAll(async () => {
  const first = await runMachine('provision', devRequest, { name: 'first' });
  const removed = await runMachine(
    'deprovision',
    { ...devRemoval, deleteLogs: true },
    { from: first.store.snapshot(), name: 'gone' },
  );
  expect(removed.result.cause).toBeUndefined();
  snapshots = snapshotsOf(removed) as Record<string, string[]>;
  expect(Object.values(snapshots).map((ids) => ids?.length)).toEqual([1, 1, 1]);
  left = removed.store.snapshot();
}, 60_000);

describe('an environment that is provisioned from the final snapshots of one that is gone', () => {
  let restored: Run;

  beforeAll(async () => {
    restored = await runMachine('provision', whole(), { from: left, name: 'restored' });
  }, 60_000);

  it('holds every rule, and RDS keeps a password of its own for each database', () => {
    expect(restored.result.cause).toBeUndefined();
    restored.account.aws.inspect(region, (call) => {
      const { clusters } = rdsState(call);
      const made = Object.values(clusters).map(({ restoredFrom, secret, backupRetentionDays, status }) => ({
        restoredFrom,
        kept: secret !== undefined,
        backupRetentionDays,
        status,
      }));
      expect(made).toEqual([
        { restoredFrom: whole().aurora.restoreFrom, kept: true, backupRetentionDays: 9, status: 'available' },
        {
          restoredFrom: whole().documentdb.restoreFrom,
          kept: true,
          backupRetentionDays: 7,
          status: 'available',
        },
      ]);
      const [group] = Object.values(elasticacheState(call).replicationGroups);
      expect(group).toMatchObject({ status: 'available', restoredFrom: whole().elasticache.restoreFrom });
    });
    expect(restored.result.output).toMatchObject({
      verification: { outputs: { aurora: { secretArn: expect.stringMatching(/^arn:aws:secretsmanager:/) } } },
    });
  });

  it('leaves the snapshots as they were', () => {
    expect(snapshotsOf(restored)).toEqual(snapshots);
    restored.account.aws.inspect(region, (call) => {
      const all = [
        ...Object.values(rdsState(call).snapshots),
        ...Object.values(elasticacheState(call).snapshots),
      ];
      expect(all.map(({ status }) => status)).toEqual(['available', 'available', 'available']);
    });
  });

  it('is changed by no second run, whether that names them still or not', async () => {
    const from = restored.store.snapshot();
    for (const request of [whole(), { ...devRequest, aurora: { backupRetentionDays: 9 } }]) {
      const again = await runMachine('provision', request, { from, name: 'again' });
      expect(again.result.cause).toBeUndefined();
      expect(again.mutating).toBe(0);
    }
  });

  it('is not restored over by another snapshot, and one that was made empty by none', async () => {
    const other = { ...whole(), aurora: { ...whole().aurora, restoreFrom: 'of-last-year' } };
    const over = await runMachine('provision', other, { from: restored.store.snapshot(), name: 'over' });
    expect(over.result.cause).toContain('aurora.restoreFrom');
    expect(over.result.cause).toContain('a run puts nothing in the place of data that lives');
    expect(over.mutating).toBe(0);
    const empty = await runMachine('provision', devRequest, { from: left, name: 'empty' });
    const cache = { ...devRequest, elasticache: whole().elasticache };
    const late = await runMachine('provision', cache, { from: empty.store.snapshot(), name: 'late' });
    expect(late.result.cause).toContain('elasticache.restoreFrom');
    expect(late.mutating).toBe(0);
  });
});

describe('a run that restores', () => {
  it.each(['aurora', 'documentdb', 'elasticache'])(
    'and fails at %s takes back what it made, and no snapshot',
    async (step) => {
      const failed = await runMachine('provision', whole(), {
        from: left,
        inject: failAt(step),
        name: 'failed',
      });
      expect(failed.result.status).toBe('FAILED');
      expect(failed.result.cause).toContain('Everything this run made was taken back.');
      expect(failed.resources).toEqual(snapshots);
    },
  );

  it('is refused before anything is made where a snapshot is not there, not ready, or of another kind', async () => {
    const [aurora, documentdb, cache] = types.map((type) => snapshots[type]?.[0] as string);
    const swapped = requestFrom([documentdb, aurora, 'nowhere']);
    const refused = await runMachine('provision', swapped, { from: left, name: 'swapped' });
    expect(refused.result.cause).toContain(
      `aurora.restoreFrom ${documentdb}: is a snapshot of engine docdb, not of Aurora (aurora-postgresql)`,
    );
    expect(refused.result.cause).toContain(
      `documentdb.restoreFrom ${aurora}: is a snapshot of engine aurora`,
    );
    expect(refused.result.cause).toContain(
      'elasticache.restoreFrom nowhere: no such snapshot in eu-central-1',
    );
    expect(refused.resources).toEqual(snapshots);

    const from = altered((aws) =>
      aws.inspect(region, (call) => {
        rdsState(call).snapshots[aurora!]!.status = 'creating';
        Object.assign(rdsState(call).snapshots[documentdb!]!, { storageEncrypted: false });
        elasticacheState(call).snapshots[cache!]!.status = 'restoring';
      }),
    );
    const unready = await runMachine('provision', whole(), { from, name: 'unready' });
    expect(unready.result.cause).toContain(`aurora.restoreFrom ${aurora}: is creating, not available`);
    expect(unready.result.cause).toContain(
      `documentdb.restoreFrom ${documentdb}: is not encrypted, and neither would be what is made from it (R32)`,
    );
    expect(unready.result.cause).toContain(`elasticache.restoreFrom ${cache}: is restoring, not available`);
  });

  it('keeps to the version of the snapshot, and to none before it or of another major', async () => {
    const aurora = snapshots['rds:db-cluster-snapshot']?.[0];
    const wish = (engineVersion: string) => ({
      ...devRequest,
      aurora: { restoreFrom: aurora, engineVersion },
    });
    const another = await runMachine('provision', wish('15.13'), { from: left, name: 'another' });
    expect(another.result.cause).toContain('aurora.engineVersion 15.13: its snapshot is of version');
  });

  it('goes on where an earlier one died before RDS kept the password', async () => {
    const killed = await runMachine(
      'provision',
      { ...whole(), onFailure: 'keep' },
      {
        from: left,
        name: 'killed',
        inject: ({ operation }) =>
          operation === 'rds:ModifyDBCluster' ? { kind: 'answer-lost' } : undefined,
      },
    );
    const again = await runMachine('provision', whole(), { from: killed.store.snapshot(), name: 'on' });
    expect(again.result.cause).toBeUndefined();
  });
});
