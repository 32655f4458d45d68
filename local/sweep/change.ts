/**
 * Changes over a living environment: all that a run does in place, in one request, and all of it back. Afterwards every
 * rule holds for the former request or for this one, or the failure names the service it does not hold of; nothing is
 * gone that the change does not take away, and the same request, run again, gets through.
 */
import type { AwsState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import type { Accepted } from '#functions/accept.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { observe } from '#lib/verify/observe.ts';
import { judge } from '#lib/verify/rules/index.ts';
import { openAccount } from '#local/account.ts';
import {
  type Complain,
  differences,
  type Scenario,
  type Stage,
  type SweepReport,
  settled,
  unexplainedFailure,
} from './report.ts';
import { added, carryOut, missing, type TrialOutcome } from './run.ts';

const administrator = 'arn:aws:iam::111122223333:role/platform-admin';
const rule = (port: number) => ({ protocol: 'tcp', fromPort: port, toPort: port, cidr: '0.0.0.0/0' });

export const living = {
  environment: 'dev',
  region: 'eu-central-1',
  size: 'small',
  tags: { team: 'platform', owner: 'one' },
  eks: { version: '1.34', administrators: [administrator] },
  loadBalancer: { ingress: [rule(443), rule(80)] },
  aurora: { engineVersion: '15.13' },
  documentdb: { engineVersion: '4.0.0' },
};

/** Whatever interrupts, grows, shrinks, comes and goes. */
export const changed = {
  ...living,
  tags: { team: 'data', CostCenter: '42' },
  eks: {
    version: '1.35',
    administrators: [],
    nodes: { instanceTypes: ['m5.2xlarge'], minSize: 4, maxSize: 8 },
  },
  loadBalancer: { ingress: [rule(443), rule(8443)] },
  aurora: {
    engineVersion: '16.9',
    allowMajorUpgrade: true,
    instanceClass: 'db.r6g.large',
    instances: 2,
    backupRetentionDays: 14,
    deletionProtection: true,
  },
  documentdb: {
    engineVersion: '5.0.0',
    allowMajorUpgrade: true,
    storageType: 'iopt1',
    instanceClass: 'db.r6g.large',
    instances: 2,
    backupRetentionDays: 3,
  },
  elasticache: {
    engine: 'valkey',
    engineVersion: '8.1',
    nodeType: 'cache.r7g.large',
    replicas: 2,
    snapshotRetentionDays: 3,
  },
  efs: { throughputMode: 'bursting', backup: false },
};

/** AWS takes no version back in passing, and no engine. */
export const back = {
  ...living,
  eks: { ...living.eks, version: changed.eks.version },
  aurora: { engineVersion: changed.aurora.engineVersion },
  documentdb: { engineVersion: changed.documentdb.engineVersion },
  elasticache: { engine: changed.elasticache.engine, engineVersion: changed.elasticache.engineVersion },
};

export function isChange(scenario: Scenario): boolean {
  return scenario === 'change' || scenario === 'change-back';
}

/** EFS allows a change of throughput once a day. */
export function settledTime(state: AwsState): AwsState {
  state.now += 25 * 60 * 60 * 1000;
  return state;
}

export async function judgeChange(
  stage: Stage,
  outcome: TrialOutcome,
  report: SweepReport,
  complain: Complain,
): Promise<void> {
  const { baseline } = stage;
  const meant = missing(settled(baseline.before), baseline.after);
  const lost = missing(settled(outcome.before), outcome.after).filter((one) => !meant.includes(one));
  if (lost.length > 0) complain(`gone, though it was there before: ${lost.join(', ')}`);
  report.orphans += lost.length;
  for (const why of outcome.watched) complain(why);
  if (outcome.result.status === 'SUCCEEDED') {
    judgeEnd(stage, outcome, report, complain);
    return;
  }
  const unexplained = unexplainedFailure(outcome);
  if (unexplained) complain(unexplained);
  // The change was made, and only the record of it failed: nothing was taken back.
  const unrecorded = outcome.hits.some(({ functionKey }) => functionKey === 'RecordResult');
  if (!unrecorded) await judgeHalfway(stage, outcome, complain);
  report.runs += 1;
  const again = await carryOut({
    ...stage.trial,
    from: outcome.state,
    // It names the execution, too.
    seed: stage.trial.seed + 10,
    injections: [],
  });
  if (again.result.status === 'SUCCEEDED') {
    judgeEnd(stage, again, report, complain, 'rolledBack');
    return;
  }
  report.stuck += 1;
  complain(
    `does not get through any more: ${again.crash ?? again.result.cause}; at first: ${outcome.result.cause}`,
  );
}

function judgeEnd(
  { baseline }: Stage,
  outcome: TrialOutcome,
  report: SweepReport,
  complain: Complain,
  as: 'recovered' | 'rolledBack' = 'recovered',
): void {
  const surplus = differences(comparable(baseline.after), comparable(outcome.after));
  if (surplus.length > 0) complain(`not what a run without faults ends with: ${surplus.join(', ')}`);
  report.doubles += surplus.length;
  if (surplus.length === 0) report[as] += 1;
}

/** Each run that upgrades a database takes a snapshot first, which nobody deletes: one a database counts as many. */
function comparable(resources: Record<string, string[]>): Record<string, string[]> {
  const cluster = (id: string) => id.replace(/-before-\w{8}$/, '-before');
  return Object.fromEntries(
    Object.entries(settled(resources)).map(([type, ids]) => [
      type,
      type.endsWith(':db-cluster-snapshot') ? [...new Set(ids.map(cluster))] : ids,
    ]),
  );
}

/** Whose each rule is, in the words of a failure: a field's first part, or a step. */
const servicesOf: Readonly<Record<string, RegExp>> = {
  R24: /loadBalancer|security-groups/,
  R26: /\beks\b/,
  R27: /\beks\b/,
  R28: /aurora/,
  R29: /documentdb/,
  R30: /elasticache/,
  R31: /efs/,
};

/** What a failed run leaves works, by the former request or by this one; where it does not, the failure says so. */
async function judgeHalfway(stage: Stage, outcome: TrialOutcome, complain: Complain): Promise<void> {
  const cause = outcome.result.cause ?? '';
  // Nodes come and go with their group; an id ends in the name that people know.
  const left = added(settled(outcome.before), settled(outcome.after)).filter(
    (one) => !one.startsWith('ec2:instance ') && !cause.includes(one.split(/[ /]/).at(-1) as string),
  );
  const account = openAccount({ store: new MemoryStore(structuredClone(outcome.state)) });
  try {
    const former = (await readEnvironment('dev'))?.made as EnvironmentPlan;
    const { environment } = stage.baseline.result.output as Accepted;
    const seen = await observe(former);
    const holds = judge(environment, seen).map((one) => one.holds);
    const broken = judge(former, seen).filter((one, index) => !one.holds && !holds[index]);
    const untold = broken.filter((one) => !servicesOf[one.rule]?.test(cause));
    if (untold.length > 0)
      complain(
        `${untold.map((one) => `${one.rule}: ${one.evidence}`).join('; ')}, and the failure does not say so: ${cause}`,
      );
    if (left.length > 0 && !cause.includes('The rollback did not finish'))
      complain(`left behind: ${left.join(', ')}; cause: ${cause}`);
  } finally {
    account.close();
  }
}
