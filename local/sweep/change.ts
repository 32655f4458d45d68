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
  aurora: { instanceClass: 'db.r6g.large', instances: 2, backupRetentionDays: 14, deletionProtection: true },
  documentdb: { instanceClass: 'db.r6g.large', instances: 2, backupRetentionDays: 3 },
  elasticache: { nodeType: 'cache.r7g.large', replicas: 2, snapshotRetentionDays: 3 },
  efs: { throughputMode: 'bursting', backup: false },
};

/** AWS takes no version of Kubernetes back in passing. */
export const back = { ...living, eks: { ...living.eks, version: changed.eks.version } };

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
  const surplus = differences(settled(baseline.after), settled(outcome.after));
  if (surplus.length > 0) complain(`not what a run without faults ends with: ${surplus.join(', ')}`);
  report.doubles += surplus.length;
  if (surplus.length === 0) report[as] += 1;
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
