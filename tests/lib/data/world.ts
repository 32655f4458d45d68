/** A fresh account with a network, and one database service in it. */

import type { Fault } from '#embedded/engine.ts';
import { type Cluster, type Instance, type RdsState, rdsState } from '#embedded/services/rds/state.ts';
import { aurora } from '#lib/data/aurora.ts';
import { documentdb } from '#lib/data/documentdb.ts';
import { ensureDatabase } from '#lib/data/ensure.ts';
import { writerOf } from '#lib/data/readers.ts';
import { removeDatabase } from '#lib/data/remove.ts';
import type { DatabaseCluster, DatabaseInstance, DatabaseService } from '#lib/data/service.ts';
import type { EnvironmentPlan, RemovalTarget, Resources, StepAnswer } from '#lib/run/environment.ts';
import { answerStep } from '#lib/run/step.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

export const bothServices = [
  { service: aurora, prefix: 'rds' },
  { service: documentdb, prefix: 'docdb' },
];

interface LookOptions {
  readonly elapsedSeconds?: number;
  /** What the look before it noted. */
  readonly noted?: Resources;
  /** What AWS shows instead. */
  readonly as?: DatabaseService;
}

export interface World {
  readonly test: TestAws;
  readonly service: DatabaseService;
  readonly resources: Required<Pick<Resources, 'vpcId' | 'defaultSecurityGroupId' | 'subnetIds'>>;
  /** The plan with other figures for this service. */
  plan(changes?: Partial<EnvironmentPlan['aurora']>, execution?: string): EnvironmentPlan;
  ensure(plan?: EnvironmentPlan, where?: Resources): ReturnType<typeof untilDone>;
  remove(changes?: Partial<RemovalTarget>): ReturnType<typeof untilDone>;
  cluster(): Promise<DatabaseCluster | undefined>;
  instances(): Promise<DatabaseInstance[]>;
  /** Somebody, or AWS, makes an instance the writer. */
  failOverTo(instance: string): Promise<void>;
  writer(): Promise<string | undefined>;
  /** Somebody else's subnet group and cluster under our name, made by `by` (another engine, perhaps). */
  foreignCluster(by?: DatabaseService): Promise<void>;
  foreignSubnetGroup(name: string): Promise<void>;
  /** Does `fault` once, at the first call of an operation. */
  once(operation: string, fault: Fault): void;
  /** One look of a run, its first or one that long after its first. */
  lookAt(plan?: EnvironmentPlan, options?: LookOptions): Promise<StepAnswer>;
  /** One look of a removal. */
  look(changes?: Partial<RemovalTarget>): Promise<StepAnswer>;
  /** Puts the cluster and its instances, the writer first, into a state that AWS or somebody else left them in. */
  arrange(change: (cluster: Cluster, instances: Instance[], rds: RdsState) => void): void;
  /** What was asked of AWS and changes something, without the service. */
  mutations(): string[];
  deletes(): string[];
}

export async function databaseWorld(service: DatabaseService): Promise<World> {
  const test = testAws();
  const base = samplePlan();
  const resources = await testNetwork(test, base);
  const calls = service.calls(base);
  const identifier = service.identifiers(base).cluster;
  const plan: World['plan'] = (changes = {}, execution = 'run-1') => {
    const instances = changes.instances ?? service.plan(base).instances;
    const instanceZones = Array.from({ length: instances }, (_, index) => base.zones[index % 3]!.name);
    return {
      ...base,
      execution,
      [service.step]: { ...service.plan(base), instanceZones, ...changes },
    };
  };
  const foreignSubnetGroup: World['foreignSubnetGroup'] = async (name) => {
    await calls.createSubnetGroup({
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: 'of somebody',
      SubnetIds: ['a', 'b', 'c'].map((letter) => resources.subnetIds[`subnet/${service.step}/${letter}`]!),
    });
  };
  const mutations = () => test.aws.mutations.map((call) => call.operation.split(':')[1] as string);
  return {
    test,
    service,
    resources,
    plan,
    ensure: (wanted = plan(), where = resources) =>
      untilDone(test, service.step, (context) => ensureDatabase(service, context), wanted, where),
    remove: (changes = {}) =>
      untilDone(test, service.step, (context) => removeDatabase(service, context), sampleRemoval(changes)),
    cluster: async () => {
      const found = await calls.describeClusters({});
      return found.DBClusters?.find((cluster) => cluster.DBClusterIdentifier === identifier);
    },
    instances: async () => {
      const all: DatabaseInstance[] = [];
      for await (const page of calls.instancePages({})) all.push(...(page.DBInstances ?? []));
      return all.filter((instance) => instance.DBClusterIdentifier === identifier);
    },
    failOverTo: async (instance) => {
      await calls.failoverCluster({
        DBClusterIdentifier: identifier,
        TargetDBInstanceIdentifier: instance,
      });
      test.advance(60);
    },
    writer: async () =>
      writerOf((await calls.describeClusters({ DBClusterIdentifier: identifier })).DBClusters?.[0]),
    foreignCluster: async (by = service) => {
      await foreignSubnetGroup('theirs');
      await by.calls(base).createCluster({
        DBClusterIdentifier: identifier,
        Engine: by.engine,
        EngineVersion: by.plan(base).engineVersion,
        MasterUsername: 'theirs',
        ManageMasterUserPassword: true,
        DBSubnetGroupName: 'theirs',
        Tags: [{ Key: 'owner', Value: 'somebody' }],
      });
      test.advance(600);
    },
    foreignSubnetGroup,
    once: (operation, fault) => {
      let done = false;
      test.aws.inject = (call) => {
        if (done || call.operation !== operation) return undefined;
        done = true;
        return fault;
      };
    },
    lookAt: (wanted = plan(), { elapsedSeconds = 0, noted = {}, as = service } = {}) => {
      const since = new Date(Date.now() - elapsedSeconds * 1000).toISOString();
      const step = {
        step: service.step,
        since,
        resources: { ...resources, ...noted },
      } as unknown as StepAnswer;
      const times = { typicalSeconds: 60, deadlineSeconds: 7200 };
      return answerStep(service.step, times, (context) => ensureDatabase(as, context), {
        environment: wanted,
        step,
      });
    },
    look: (changes = {}) =>
      answerStep<RemovalTarget>(
        service.step,
        { typicalSeconds: 60, deadlineSeconds: 7200 },
        (context) => removeDatabase(service, context),
        { environment: sampleRemoval(changes) },
      ),
    arrange: (change) =>
      test.aws.inspect('eu-central-1', (call) => {
        const rds = rdsState(call);
        const cluster = rds.clusters[identifier]!;
        const instances = cluster.members.map((id) => rds.instances[id]!);
        const writes = (instance: Instance) => Number(instance.id === cluster.writer);
        change(
          cluster,
          instances.toSorted((one, other) => writes(other) - writes(one)),
          rds,
        );
      }),
    mutations,
    deletes: () => mutations().filter((name) => name.startsWith('Delete')),
  };
}
