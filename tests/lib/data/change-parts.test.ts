/** Parts of a change in states of AWS that no run gets into on its own. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { changeClass, keepPassword, removeSurplus } from '#lib/data/change.ts';
import type { Look } from '#lib/data/instances.ts';
import type { DatabaseCalls, DatabaseCluster, DatabaseInstance } from '#lib/data/service.ts';
import type { Resources } from '#lib/run/environment.ts';
import { contextOf, plan, tagsOf } from '../../support/mocked-ec2.ts';
import { bothServices } from './world.ts';

const larger = 'db.r6g.large';

describe.each(bothServices)('$service.step', ({ service }) => {
  const identifier = service.identifiers(plan).cluster;
  const figures = service.plan(plan);
  let calls: { [Name in keyof DatabaseCalls]: ReturnType<typeof vi.fn> };

  beforeEach(() => {
    calls = new Proxy({} as typeof calls, {
      get: (made, name: keyof DatabaseCalls) => {
        made[name] ??= vi.fn(async () => ({}));
        return made[name];
      },
    });
  });

  function lookOf(changes: Partial<typeof figures> = {}, resources: Resources = {}): Look {
    const environment = { ...plan, [service.step]: { ...figures, ...changes } };
    return {
      service,
      context: contextOf(resources, environment),
      calls: calls as unknown as DatabaseCalls,
      network: { vpcId: 'vpc-1', securityGroupId: 'sg-1', subnetIds: [] },
      identifier,
      subnetGroup: 'subnets',
    };
  }

  function instance(ordinal: number, DBInstanceClass: string, changes: Partial<DatabaseInstance> = {}) {
    return {
      DBInstanceIdentifier: `${identifier}-${ordinal}`,
      DBInstanceStatus: 'available',
      DBInstanceClass,
      TagList: tagsOf(service.step),
      ...changes,
    } as DatabaseInstance;
  }

  /** Of instances by ordinal, the writer first; the promotion tier is the place. */
  function cluster(...ordinals: number[]): DatabaseCluster {
    return {
      DBClusterMembers: ordinals.map((ordinal, place) => ({
        DBInstanceIdentifier: `${identifier}-${ordinal}`,
        IsClusterWriter: place === 0,
        PromotionTier: place,
      })),
    };
  }

  describe('the password of what was restored', () => {
    const what = `the password of ${service.title} cluster ${identifier}, which RDS is to keep`;
    const name = `${identifier}/password`;
    const askedAgo = (seconds: number) => ({
      changesAskedAt: { [name]: new Date(Date.now() - seconds * 1000).toISOString(), other: 'then' },
    });

    it('is left alone where RDS keeps it', async () => {
      expect(await keepPassword(lookOf(), { MasterUserSecret: {} })).toBeUndefined();
      expect(calls.modifyCluster).not.toHaveBeenCalled();
    });

    it('is made anew and kept by RDS at once, and that is noted', async () => {
      const outcome = await keepPassword(lookOf({}, { changesAskedAt: { other: 'then' } }), {});
      expect(calls.modifyCluster).toHaveBeenCalledExactlyOnceWith({
        DBClusterIdentifier: identifier,
        ApplyImmediately: true,
        ManageMasterUserPassword: true,
      });
      expect(outcome).toMatchObject({
        status: 'pending',
        detail: `${service.title} cluster ${identifier}: RDS makes a password and keeps it`,
        retryAfterSeconds: 15,
      });
      expect(Object.keys(outcome?.resources?.changesAskedAt ?? {})).toEqual(['other', name]);
    });

    it('is waited for ten minutes, and asked for no second time', async () => {
      expect(await keepPassword(lookOf({}, askedAgo(590)), {})).toMatchObject({
        status: 'pending',
        detail: `${what}: AWS has not begun yet`,
        retryAfterSeconds: 20,
      });
      await expect(keepPassword(lookOf({}, askedAgo(660)), {})).rejects.toMatchObject({
        name: 'ResourceFailedError',
        what: `AWS took the change of ${what} 11 minutes ago, and it is not made: ${name} is available, and as it was`,
        todo: `read the events of ${name} in the ${service.title} console for the reason, then run again`,
      });
      expect(calls.modifyCluster).not.toHaveBeenCalled();
    });
  });

  describe('another class for the writer', () => {
    const change = (instances: DatabaseInstance[], of: DatabaseCluster, count = 1) =>
      changeClass(lookOf({ instances: count, instanceClass: larger }), of, instances);
    const failedOverTo = () =>
      calls.failoverCluster.mock.calls.map(([input]) => input.TargetDBInstanceIdentifier);
    const old = figures.instanceClass;

    it('goes by one that has it already, rather than by one AWS would prefer', async () => {
      await change([instance(1, old), instance(2, old), instance(3, larger)], cluster(1, 2, 3));
      expect(failedOverTo()).toEqual([`${identifier}-3`]);
    });

    it('goes by any other where none has it', async () => {
      await change([instance(1, old), instance(2, old)], cluster(1, 2));
      expect(failedOverTo()).toEqual([`${identifier}-2`]);
    });

    it('is set on the spot where nobody could take over', async () => {
      const busy = instance(2, larger, { DBInstanceStatus: 'modifying' });
      await change([instance(1, old), busy], cluster(1, 2));
      expect(failedOverTo()).toEqual([]);
      expect(calls.modifyInstance).toHaveBeenCalledExactlyOnceWith({
        DBInstanceIdentifier: `${identifier}-1`,
        DBInstanceClass: larger,
        ApplyImmediately: true,
      });
    });

    it('is refused for somebody’s own under our name, with what to do', async () => {
      await expect(change([instance(1, old, { TagList: [] })], cluster(1))).rejects.toMatchObject({
        name: 'NotOurResourceError',
        todo: 'delete it, or make it anew under another name, then run again',
      });
      expect(calls.modifyInstance).not.toHaveBeenCalled();
    });

    it('is asked of no instance of another name', async () => {
      const theirs = instance(1, old, { DBInstanceIdentifier: 'theirs' });
      expect(await change([theirs, instance(1, larger)], cluster(1), 2)).toBeUndefined();
    });
  });

  describe('an instance beyond the plan', () => {
    it('stays while it writes and nobody can take over, and that is said', async () => {
      const [planned, writer] = [instance(1, larger, { DBInstanceStatus: 'modifying' }), instance(2, larger)];
      const standing = cluster(2, 1);
      calls.describeClusters.mockResolvedValue({ DBClusters: [standing] });
      calls.instancePages.mockImplementation(async function* () {
        yield { DBInstances: [planned, writer] };
      });
      expect(await removeSurplus(lookOf({ instances: 1 }), standing, [planned, writer])).toMatchObject({
        status: 'pending',
        detail: `${service.title} instance ${identifier}-2 is one more than requested, and not to be deleted yet`,
        retryAfterSeconds: 30,
      });
      expect(calls.failoverCluster).not.toHaveBeenCalled();
      expect(calls.deleteInstance).not.toHaveBeenCalled();
    });
  });
});
