/**
 * The fault sweep: every AWS call of a run, with everything that may go wrong with it, one run each; then seeded
 * random combinations. After each run either everything is there and verified, or nothing of it is.
 */
import type { CallRecord } from '#embedded/engine.ts';
import { type AwsState, emptyState } from '#embedded/model.ts';
import { nextRandom } from '#embedded/random.ts';
import { back, changed, isChange, judgeChange, living, settledTime } from './change.ts';
import { type FaultKind, type Injection, kindsFor, passingKinds } from './faults.ts';
import {
  type Complain,
  differences,
  emptyReport,
  type Scenario,
  type Stage,
  type SweepReport,
  settled,
  unexplainedFailure,
} from './report.ts';
import { added, carryOut, missing, type Trial, type TrialOutcome } from './run.ts';

export interface SweepOptions {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  /** Takes every n-th single fault; 1 for all of them. */
  readonly every: number;
  /** Of the single faults only those of these kinds. */
  readonly kinds?: readonly FaultKind[];
  /** Random combinations a scenario. */
  readonly random: number;
  /** This worker's share: trials whose number is `share` modulo `of`. */
  readonly share: number;
  readonly of: number;
  readonly onTrial?: (done: number) => void;
}

const request = { environment: 'dev', region: 'eu-central-1', size: 'small' };
const removal = { environment: 'dev', region: 'eu-central-1', confirm: 'dev', deleteLogs: true };
const startOfTime = Date.parse('2026-11-01T00:00:00Z');

export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const report = emptyReport();
  for (const scenario of options.scenarios.flatMap(partsOf)) {
    const stage = await prepare(scenario, options.seed);
    const combinations = [
      ...singles(stage.baseline.calls, options),
      ...randoms(stage.baseline.calls, options),
    ];
    for (const [number, injections] of combinations.entries()) {
      if (number % options.of !== options.share) continue;
      await judge(stage, injections, report);
      options.onTrial?.(report.runs);
    }
  }
  return report;
}

function partsOf(scenario: Scenario): Scenario[] {
  return scenario === 'change' ? ['change', 'change-back'] : [scenario];
}

/** Replays one trial by what `replay` of a failure names. */
export async function replay(
  scenario: Scenario,
  seed: number,
  injections: readonly Injection[],
): Promise<SweepReport> {
  const report = emptyReport();
  await judge(await prepare(scenario, seed), injections, report);
  return report;
}

async function prepare(scenario: Scenario, seed: number): Promise<Stage> {
  const trial = await trialOf(scenario, seed);
  const baseline = await carryOut({ ...trial, injections: [] });
  if (baseline.result.status !== 'SUCCEEDED') {
    throw new Error(
      `the ${scenario} run fails without any fault: ${baseline.crash ?? baseline.result.cause}`,
    );
  }
  return { scenario, trial, baseline };
}

async function trialOf(scenario: Scenario, seed: number): Promise<Omit<Trial, 'injections'>> {
  const fresh = { machine: 'provision', input: request, from: emptyState(seed, startOfTime), seed } as const;
  if (scenario === 'provision') return fresh;
  if (scenario === 'deprovision') {
    const made = await carryOut({ ...fresh, injections: [] });
    return { machine: 'deprovision', input: removal, from: made.state, seed: seed + 1 };
  }
  if (isChange(scenario)) return changeOf(scenario, fresh);
  return { ...fresh, from: await halfMade(seed), seed: seed + 1 };
}

/** Every change over a living environment, or all of them back. */
async function changeOf(
  scenario: Scenario,
  fresh: Omit<Trial, 'injections'>,
): Promise<Omit<Trial, 'injections'>> {
  const made = await carryOut({ ...fresh, input: living, injections: [] });
  const over = { ...fresh, seed: fresh.seed + 1, watch: true } as const;
  const up = { ...over, input: changed, from: settledTime(made.state) };
  if (scenario === 'change') return up;
  const there = await carryOut({ ...up, seed: fresh.seed + 2, injections: [] });
  return { ...over, input: back, from: settledTime(there.state) };
}

/** An environment that an earlier run left unfinished, on purpose and settled: everything but DocumentDB and what waits for nodes. */
async function halfMade(seed: number): Promise<AwsState> {
  const input = { ...request, onFailure: 'keep' };
  const from = emptyState(seed, startOfTime);
  const whole = await carryOut({ machine: 'provision', input, from, injections: [], seed });
  const index = whole.calls.find(({ operation }) => operation === 'docdb:CreateDBCluster')?.index ?? 0;
  const half = await carryOut({
    machine: 'provision',
    input,
    from,
    injections: [{ index, kind: 'denied' }],
    seed,
  });
  half.state.now += 60 * 60 * 1000;
  return half.state;
}

function singles(calls: readonly CallRecord[], { every, kinds }: SweepOptions): Injection[][] {
  return calls
    .flatMap((call) => kindsFor(call).map((kind) => [{ index: call.index, kind }]))
    .filter(([single]) => !kinds || kinds.includes(single!.kind))
    .filter((_, number) => number % every === 0);
}

/** Two to five faults at random calls. */
function randoms(calls: readonly CallRecord[], { random, seed }: SweepOptions): Injection[][] {
  const source = { seed };
  const pick = <T>(from: readonly T[]): T => from[Math.floor(nextRandom(source) * from.length)] as T;
  return Array.from({ length: random }, () =>
    Array.from({ length: 2 + Math.floor(nextRandom(source) * 4) }, () => {
      const call = pick(calls);
      return { index: call.index, kind: pick(kindsFor(call)) };
    }),
  );
}

async function judge(stage: Stage, injections: readonly Injection[], report: SweepReport): Promise<void> {
  const outcome = await carryOut({ ...stage.trial, injections });
  report.runs += 1;
  report.faults += outcome.hits.length;
  const complain = (why: string) =>
    report.failures.push({
      scenario: stage.scenario,
      why,
      replay: `npm run sweep -- --seed ${stage.trial.seed - (stage.scenario === 'provision' ? 0 : 1)} --replay ${stage.scenario}:${injections.map(({ index, kind }) => `${index}=${kind}`).join(',')}`,
    });
  if (outcome.crash || outcome.result.status === 'TIMED_OUT') {
    report.stuck += 1;
    complain(outcome.crash ?? 'the execution timed out');
    return;
  }
  if (outcome.result.status !== 'SUCCEEDED' && outcome.hits.every(({ kind }) => passingKinds.has(kind)))
    complain(`failed over an answer that means "not yet": ${outcome.result.error}: ${outcome.result.cause}`);
  if (isChange(stage.scenario)) await judgeChange(stage, outcome, report, complain);
  else if (stage.scenario === 'deprovision') await judgeRemoval(stage, outcome, report, complain);
  else await judgeProvision(stage, outcome, report, complain);
}

async function judgeProvision(
  stage: Stage,
  outcome: TrialOutcome,
  report: SweepReport,
  complain: Complain,
): Promise<void> {
  const lost = missing(settled(outcome.before), outcome.after);
  if (lost.length > 0) complain(`gone, though it was there before: ${lost.join(', ')}`);
  report.orphans += lost.length;
  const unrecorded = outcome.hits.some(({ functionKey }) => functionKey === 'RecordResult');
  if (outcome.result.status === 'SUCCEEDED' || unrecorded) {
    const surplus = differences(stage.baseline.after, outcome.after);
    if (surplus.length > 0) complain(`not what a run without faults ends with: ${surplus.join(', ')}`);
    report.doubles += surplus.length;
    report.recovered += surplus.length === 0 ? 1 : 0;
    return;
  }
  const after = await afterRollback(stage, outcome, report);
  const orphans = added(outcome.before, stage.scenario === 'provision' ? after : settled(after));
  if (orphans.length > 0) complain(`left behind: ${orphans.join(', ')}; cause: ${outcome.result.cause}`);
  report.orphans += orphans.length;
  if (orphans.length === 0) report.rolledBack += 1;
  const unexplained = unexplainedFailure(outcome);
  if (unexplained) complain(unexplained);
}

/**
 * What is left after the rollback. Where the faults hit the rollback too, it is run again, as its failure tells
 * people to do: it must go on from where it stopped.
 */
async function afterRollback(
  stage: Stage,
  outcome: TrialOutcome,
  report: SweepReport,
): Promise<Record<string, string[]>> {
  if (!outcome.result.cause?.includes('The rollback did not finish')) return outcome.after;
  report.runs += 1;
  const again = await carryOut({
    machine: 'deprovision',
    input: { ...removal, createdBy: outcome.execution, finalSnapshots: false },
    from: outcome.state,
    seed: stage.trial.seed + 1,
    injections: [],
  });
  return again.after;
}

async function judgeRemoval(
  stage: Stage,
  outcome: TrialOutcome,
  report: SweepReport,
  complain: Complain,
): Promise<void> {
  let last = outcome;
  if (outcome.result.status !== 'SUCCEEDED') {
    const unexplained = unexplainedFailure(outcome);
    if (unexplained) complain(unexplained);
    last = await carryOut({
      ...stage.trial,
      from: outcome.state,
      seed: stage.trial.seed + 1,
      injections: [],
    });
    report.runs += 1;
    if (last.result.status !== 'SUCCEEDED') {
      report.stuck += 1;
      complain(`cannot be removed any more: ${last.crash ?? last.result.cause}`);
    }
  }
  const left = Object.entries(last.after).flatMap(([type, ids]) =>
    /snapshot$/.test(type) ? [] : ids.map((id) => `${type} ${id}`),
  );
  if (left.length > 0) complain(`left behind: ${left.join(', ')}`);
  report.orphans += left.length;
  const snapshots = differences(onlySnapshots(stage.baseline.after), onlySnapshots(last.after));
  if (snapshots.length > 0) complain(`final snapshots: ${snapshots.join(', ')}`);
  report.doubles += snapshots.length;
  if (left.length === 0 && snapshots.length === 0 && last.result.status === 'SUCCEEDED')
    report.recovered += 1;
}

function onlySnapshots(resources: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(resources).filter(([type]) => /snapshot$/.test(type)));
}
