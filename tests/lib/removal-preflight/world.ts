/** A whole environment as a removal finds it, and what somebody else did to it since. Made once, copied for each test. */
import type { AwsState, Call } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { ensure as ensureEfs } from '#functions/efs/ensure.ts';
import { ensure as ensureCache } from '#functions/elasticache/ensure.ts';
import { aurora } from '#lib/data/aurora.ts';
import { documentdb } from '#lib/data/documentdb.ts';
import { ensureDatabase } from '#lib/data/ensure.ts';
import { removalPreflight } from '#lib/removal-preflight/removal-preflight.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { endless, wordsOf } from '#lib/run/failure-words.ts';
import type { StepName } from '#lib/run/steps.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import { sampleRemoval } from '../../support/plan.ts';
import { EksWorld } from '../eks/world.ts';

let healthy: AwsState | undefined;

async function make(): Promise<AwsState> {
  const { test, plan, resources } = await EksWorld.made('eks-nodes');
  for (const service of [aurora, documentdb])
    await untilDone(test, service.step, (context) => ensureDatabase(service, context), plan, resources);
  await untilDone(test, 'elasticache', ensureCache, plan, resources);
  await untilDone(test, 'efs', ensureEfs, plan, resources);
  return test.store.snapshot();
}

export interface RemovalWorld {
  readonly test: TestAws;
  /** What somebody does to it. */
  arrange(change: (call: Call) => void): void;
  /** With each problem in the words a person reads, but for the last full stop. */
  ask(
    changes?: Partial<RemovalTarget>,
    scope?: 'own' | 'everything',
  ): Promise<{ blockers: { problem: string; steps: readonly StepName[] }[]; warnings: readonly string[] }>;
  /** The problems alone, and those of `step`. */
  problems(changes?: Partial<RemovalTarget>, scope?: 'own' | 'everything'): Promise<string[]>;
}

export async function removalWorld(...changes: readonly ((call: Call) => void)[]): Promise<RemovalWorld> {
  healthy ??= await make();
  const test = testAws({ from: healthy });
  const arrange = (change: (call: Call) => void) => void test.aws.inspect('eu-central-1', change);
  for (const change of changes) arrange(change);
  const ask: RemovalWorld['ask'] = async (target = {}, scope = 'everything') => {
    const { blockers, warnings } = await removalPreflight(sampleRemoval(target), scope);
    const worded = blockers.map(({ problem, steps }) => ({ problem: endless(wordsOf(problem)), steps }));
    return { blockers: worded, warnings };
  };
  return {
    test,
    arrange,
    ask,
    problems: async (target, scope) => (await ask(target, scope)).blockers.map(({ problem }) => problem),
  };
}

export type DatabaseStep = 'aurora' | 'documentdb';

export const databaseCluster = (call: Call, step: DatabaseStep) =>
  rdsState(call).clusters[`aoscloud-dev-${step}`]!;
export const databaseInstance = (call: Call, step: DatabaseStep) =>
  rdsState(call).instances[`aoscloud-dev-${step}-1`]!;
export const replicationGroup = (call: Call) =>
  elasticacheState(call).replicationGroups['aoscloud-dev-redis']!;
export const fileSystem = (call: Call) => Object.values(efsState(call).fileSystems)[0]!;
export const mountTarget = (call: Call) => Object.values(efsState(call).mountTargets)[0]!;
export const kubernetes = (call: Call) => eksState(call).clusters['aoscloud-dev']!;
export const ourVpc = (call: Call) =>
  Object.values(ec2State(call).vpcs).find(({ tags }) => tags['aoscloud:environment'] === 'dev')!;

/** One more instance of the cluster, like its first but for `changes`. */
export function addInstance(
  call: Call,
  step: DatabaseStep,
  id: string,
  changes: { tags?: Record<string, string>; status?: 'available' | 'deleting' } = {},
): void {
  const copy = structuredClone(databaseInstance(call, step));
  rdsState(call).instances[id] = { ...copy, id, arn: `arn:reader:${id}`, tags: {}, ...changes };
  databaseCluster(call, step).members.push(id);
}
