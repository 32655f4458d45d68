/** Deleting instances of a cluster that stays: the data is in use. What AWS shows is put together here, case by case. */
import { describe, expect, it } from 'vitest';
import { deleteReader, successorOf, writerOf } from '#lib/data/readers.ts';
import type { DatabaseCalls, DatabaseInstance, DatabaseService } from '#lib/data/service.ts';
import { awsError } from '../preflight/mocked-account.ts';

const service = { engine: 'aurora-postgresql' } as DatabaseService;

type Seen = Readonly<Record<string, string>>;

const instancesOf = (seen: Seen): DatabaseInstance[] =>
  Object.entries(seen).map(([DBInstanceIdentifier, DBInstanceStatus]) => ({
    DBInstanceIdentifier,
    DBInstanceStatus,
    Engine: service.engine,
  }));

const clusterOf = (
  names: readonly string[],
  writer?: string,
  tiers: Readonly<Record<string, number>> = {},
) => ({
  DBClusterMembers: names.map((name) => ({
    DBInstanceIdentifier: name,
    IsClusterWriter: name === writer,
    ...(tiers[name] === undefined ? {} : { PromotionTier: tiers[name] }),
  })),
});

/** Asks for `name` to be deleted from a cluster of `seen`, by status, whose writer is `writer`. */
async function deleting(name: string, seen: Seen, writer?: string, refusal?: Error) {
  const deleted: string[] = [];
  const calls = {
    describeClusters: async () => ({ DBClusters: [clusterOf(Object.keys(seen), writer)] }),
    async *instancePages() {
      yield { DBInstances: instancesOf(seen) };
    },
    deleteInstance: async ({ DBInstanceIdentifier }: DatabaseInstance) => {
      if (refusal) throw refusal;
      deleted.push(DBInstanceIdentifier as string);
    },
  } as unknown as DatabaseCalls;
  const outcome = await deleteReader(service, calls, 'db', { DBInstanceIdentifier: name });
  return { outcome, deleted };
}

describe('an instance of a cluster that stays', () => {
  it('goes where another one writes and works', async () => {
    expect(await deleting('b', { a: 'available', b: 'available' }, 'a')).toEqual({
      outcome: 'deleted',
      deleted: ['b'],
    });
  });

  it('goes whatever its own status, and that of another reader', async () => {
    const seen = { c: 'modifying', b: 'failed', a: 'available' };
    expect((await deleting('b', seen, 'a')).deleted).toEqual(['b']);
  });

  it.each([
    ['is the writer', { a: 'available', b: 'available' }, 'b'],
    ['is all there is', { b: 'available' }, undefined],
    ['is all there is, and AWS names another as writer', { b: 'available' }, 'a'],
    ['is all that will be left', { a: 'deleting', b: 'available', c: 'deleting' }, 'a'],
  ] as const)('stays where it %s', async (_why, seen, writer) => {
    expect(await deleting('b', seen, writer)).toEqual({ outcome: 'writes', deleted: [] });
  });

  it.each(['modifying', 'rebooting', 'deleting'])('waits for a writer that is %s', async (status) => {
    const seen = { c: 'available', a: status, b: 'available' };
    expect(await deleting('b', seen, 'a')).toEqual({ outcome: 'unsettled', deleted: [] });
  });

  it('waits where AWS names no writer: a failover is under way', async () => {
    expect(await deleting('b', { c: 'available', b: 'available' })).toEqual({
      outcome: 'unsettled',
      deleted: [],
    });
  });

  it.each(['incompatible-network', 'stopped', 'storage-full', 'never-heard-of'])(
    'may have to take over from a writer that is %s',
    async (status) => {
      const seen = { c: 'available', a: status, b: 'available' };
      expect(await deleting('b', seen, 'a')).toEqual({ outcome: 'needed', deleted: [] });
    },
  );

  it('is deleted where it went by itself meanwhile', async () => {
    const gone = awsError('DBInstanceNotFoundFault', 'not found');
    expect((await deleting('b', { a: 'available', b: 'available' }, 'a', gone)).outcome).toBe('deleted');
    const other = new Error('of our own making');
    await expect(deleting('b', { a: 'available', b: 'available' }, 'a', other)).rejects.toThrow(other);
  });
});

describe('the writer', () => {
  it('is the member AWS calls so, and nobody where it calls none so', () => {
    expect(writerOf(clusterOf(['a', 'b'], 'b'))).toBe('b');
    expect(writerOf(clusterOf(['a', 'b']))).toBeUndefined();
    expect(writerOf({})).toBeUndefined();
    expect(writerOf(undefined)).toBeUndefined();
  });
});

describe('a successor of what leaves', () => {
  const [a, b, c] = instancesOf({ a: 'available', b: 'available', c: 'available' });
  const all = [a!, b!, c!];

  it('is the one that failover would prefer, whatever the order of the list', () => {
    const cluster = clusterOf(['a', 'b', 'c'], 'a', { a: 0, b: 2, c: 1 });
    expect(successorOf(cluster, all, [a!])).toBe(c);
    expect(successorOf(cluster, all.toReversed(), [a!])).toBe(c);
  });

  it('is one of unknown tier last', () => {
    expect(successorOf(clusterOf(['a', 'c'], 'a', { c: 14 }), all, [a!])).toBe(c);
    expect(successorOf(clusterOf(['a', 'b', 'c'], 'a', { c: 14 }), all, [a!])).toBe(c);
    expect(successorOf(undefined, all, [a!])).toBe(b);
  });

  it('works, and does not leave itself', () => {
    const broken = { ...b!, DBInstanceStatus: 'failed' };
    const busy = { ...c!, DBInstanceStatus: 'modifying' };
    expect(successorOf(clusterOf(['a', 'b', 'c'], 'a'), [a!, broken, c!], [a!])).toBe(c);
    expect(successorOf(clusterOf(['a', 'b', 'c'], 'a'), [a!, broken, busy], [a!])).toBeUndefined();
    expect(successorOf(clusterOf(['a', 'b'], 'a'), [a!, b!], [a!, b!])).toBeUndefined();
  });
});
