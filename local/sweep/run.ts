/** One run with faults, and what became of it. */

import type { CallRecord } from '#embedded/engine.ts';
import type { AwsState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { type Account, openAccount } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';
import { functionPermissions } from '#local/permissions.ts';
import type { MachineName, RunResult } from '#local/runner.ts';
import { simulate } from '#local/simulate.ts';
import { type FaultKind, type Injection, injecting } from './faults.ts';
import { watching } from './watch.ts';

/** As deployed: every call is judged by the role of its function. */
const authorize = functionPermissions();

export interface Trial {
  readonly machine: MachineName;
  readonly input: unknown;
  /** The account to begin with. */
  readonly from: AwsState;
  readonly injections: readonly Injection[];
  readonly seed: number;
  /** A living environment is changed: {@link TrialOutcome.watched}. */
  readonly watch?: true;
}

export interface TrialOutcome {
  readonly result: RunResult;
  readonly hits: readonly {
    readonly operation: string;
    readonly kind: FaultKind;
    readonly functionKey: string;
  }[];
  readonly calls: readonly CallRecord[];
  readonly before: Record<string, string[]>;
  readonly after: Record<string, string[]>;
  readonly state: AwsState;
  /** What was wrong in the middle of it. */
  readonly watched: readonly string[];
  readonly execution: string;
  /** Set when the run could not be carried to an end at all. */
  readonly crash?: string;
}

/** Carries a trial out, on a copy of the account. */
export async function carryOut(trial: Trial): Promise<TrialOutcome> {
  const store = new MemoryStore(structuredClone(trial.from));
  const watched: string[] = [];
  const account: Account = openAccount({ store, latencySeconds: 0.2, authorize });
  if (trial.watch)
    account.aws.observe = watching(
      (region, look) => account.aws.inspect(region, look),
      (why) => watched.push(why),
    );
  const before = inventoryOf(account);
  const hits: { operation: string; kind: FaultKind; functionKey: string }[] = [];
  const calls: CallRecord[] = [];
  const inject = injecting(trial.injections, ({ operation }, kind, functionKey) =>
    hits.push({ operation, kind, functionKey }),
  );
  account.aws.inject = (call) => {
    calls.push(call);
    return inject(call);
  };
  const execution = `sweep-${trial.machine}-${trial.seed}`;
  let result: RunResult;
  let crash: string | undefined;
  try {
    ({ result } = await simulate(account, {
      machine: trial.machine,
      input: trial.input,
      name: execution,
      seed: trial.seed,
    }));
  } catch (error) {
    result = { status: 'FAILED', error: 'Crash' };
    crash = (error as Error).stack ?? String(error);
  }
  account.aws.inject = undefined;
  // Time passes for what deletes itself meanwhile (corpses, interfaces on their way out).
  const after = inventoryOf(account);
  return {
    result,
    hits,
    calls,
    before,
    after,
    state: store.snapshot(),
    watched,
    execution,
    ...(crash ? { crash } : {}),
  };
}

/** Ids in `after` that `before` had not. */
export function added(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  return missing(after, before);
}

/** Ids in `before` that are not in `after`. */
export function missing(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  return Object.entries(before).flatMap(([type, ids]) =>
    ids.filter((id) => !after[type]?.includes(id)).map((id) => `${type} ${id}`),
  );
}
