/** What a sweep counts, and what it judges each run by. */
import type { Trial, TrialOutcome } from './run.ts';

/** `change` is two: over a small environment, and back again. */
const scenarios = ['provision', 'second-run', 'deprovision', 'change', 'change-back'] as const;
export type Scenario = (typeof scenarios)[number];

export interface SweepReport {
  runs: number;
  faults: number;
  /** Complete and verified in spite of the fault (for a removal: everything gone, at the first or the second try). */
  recovered: number;
  /** FAILED with its cause, and nothing of the execution left. */
  rolledBack: number;
  orphans: number;
  doubles: number;
  stuck: number;
  /** What went wrong, each with the command that replays it. */
  readonly failures: { readonly scenario: Scenario; readonly replay: string; readonly why: string }[];
}

export function emptyReport(): SweepReport {
  return { runs: 0, faults: 0, recovered: 0, rolledBack: 0, orphans: 0, doubles: 0, stuck: 0, failures: [] };
}

export interface Stage {
  readonly scenario: Scenario;
  readonly trial: Omit<Trial, 'injections'>;
  /** The run without a fault: its calls, and what it ends with. */
  readonly baseline: TrialOutcome;
}

export type Complain = (why: string) => void;

/** Network interfaces come and go with what they belong to. */
export function settled(resources: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(resources).filter(([type]) => type !== 'ec2:network-interface'));
}

/** Where the numbers of resources differ, by type. */
export function differences(expected: Record<string, string[]>, found: Record<string, string[]>): string[] {
  const types = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...types]
    .filter((type) => (expected[type]?.length ?? 0) !== (found[type]?.length ?? 0))
    .map((type) => `${found[type]?.length ?? 0} ${type} instead of ${expected[type]?.length ?? 0}`);
}

/** A refused call must be named by step, operation and code; any failure by its step. */
export function unexplainedFailure({ result, hits }: TrialOutcome): string | undefined {
  const cause = result.cause ?? '';
  const refused = hits.filter(({ kind }) => ['quota', 'denied', 'invalid'].includes(kind));
  if (refused.length === 1 && hits.length === 1 && !cause.includes(refused[0]!.operation)) {
    return `the cause does not name ${refused[0]!.operation}: ${result.error}: ${cause}`;
  }
  return cause === '' ? `no cause: ${result.error}` : undefined;
}
