/** What a run's events say of each step: from when to when, what it waited for, how it ended. */
import { criticalChain as chainOf } from '#console/model/timeline.ts';
import type { StepAnswer } from '#lib/run/environment.ts';
import { type Seen, seenOf } from '#lib/run/estimate.ts';
import { type StepName, stepNames, titleOf } from '#lib/run/steps.ts';
import { type MachineName, type RunEvent, stepAnswerOf } from './runner.ts';

/** `cut`: at work when its run failed elsewhere. */
export type RowStatus = 'waiting' | 'pending' | 'ready' | 'gone' | 'failed' | 'cut';

export interface StepRow {
  readonly machine: MachineName;
  readonly step: StepName;
  readonly title: string;
  readonly status: RowStatus;
  /** The step's own words. */
  readonly detail: string;
  /** Of the first look and of the last one, ms since the epoch. */
  readonly since?: number;
  readonly until?: number;
  /** What was waited for, in the step's own words → ms. */
  readonly waits: Readonly<Record<string, number>>;
  readonly seenAt?: number;
  /** Of the queues at AWS's rates, as lib/run/estimate.ts reads them. */
  readonly queue?: Pick<Seen, 'queuedSeconds' | 'queuedUntil'>;
}

export class StepRows {
  readonly #rows = new Map<string, StepRow>();
  #isRollingBack = false;

  all(): readonly StepRow[] {
    return [...this.#rows.values()];
  }

  /** Takes an event in. Answers the row that changed what it says, if one did. */
  take(event: RunEvent, now: number): StepRow | undefined {
    if (event.type === 'failed') return this.#failed(event.machine, event.functionKey, event.cause, now);
    if (event.type === 'entered') this.#entered(event.state, now);
    if (event.type !== 'answered') return undefined;
    const answer = stepAnswerOf(event.answer);
    if (!answer || answer.step === 'accept') return undefined;
    return this.#answered(event.machine, answer, now);
  }

  #entered(state: string, now: number): void {
    if (state === 'Provision') for (const step of stepNames) this.#row('provision', step);
    // What the failure of another step left at work is looked at by nobody any more.
    if (state !== 'Roll back') return;
    this.#isRollingBack = true;
    for (const row of this.all())
      if (row.machine === 'provision' && row.status === 'pending')
        this.#set(row, { status: 'cut', until: now });
  }

  #answered(machine: MachineName, answer: StepAnswer, now: number): StepRow | undefined {
    const { step, status, detail } = answer;
    // An invocation that was under way when the run failed: its answer leads nowhere.
    if (machine === 'provision' && this.#isRollingBack) return undefined;
    const row = this.#row(machine, step as StepName);
    const isSame = row.status === status && row.detail === detail;
    const changed = this.#set(this.#waited(row, now), {
      status,
      detail,
      since: row.since ?? now,
      seenAt: now,
      queue: seenOf(answer),
      ...(status === 'pending' ? { until: undefined } : { until: isSame ? row.until : now }),
    });
    return isSame ? undefined : changed;
  }

  #failed(machine: MachineName, functionKey: string, cause: string, now: number): StepRow | undefined {
    const step = stepNames.find((name) => functionKey.toLowerCase().startsWith(name.replaceAll('-', '')));
    if (!step) return undefined;
    const row = this.#waited(this.#row(machine, step), now);
    return this.#set(row, {
      status: 'failed',
      detail: messageIn(cause),
      since: row.since ?? now,
      until: now,
    });
  }

  /** The time since the last look goes to what that look said it waits for. */
  #waited(row: StepRow, now: number): StepRow {
    if (row.status !== 'pending' || row.seenAt === undefined) return row;
    const { [row.detail]: before = 0 } = row.waits;
    return { ...row, waits: { ...row.waits, [row.detail]: before + now - row.seenAt } };
  }

  #row(machine: MachineName, step: StepName): StepRow {
    const row = this.#rows.get(`${machine}/${step}`) ?? {
      machine,
      step,
      title: rowTitle(machine, step),
      status: 'waiting',
      detail: '',
      waits: {},
    };
    this.#rows.set(`${machine}/${step}`, row);
    return row;
  }

  #set(row: StepRow, changes: Partial<StepRow>): StepRow {
    const changed = { ...row, ...changes };
    this.#rows.set(`${row.machine}/${row.step}`, changed);
    return changed;
  }
}

/** What a step does in its machine, in a few words. */
function rowTitle(machine: MachineName, step: StepName): string {
  if (machine === 'provision') return titleOf(step);
  const title = titleOf(step, 'remove');
  return title === titleOf(step) ? `remove ${title}` : title;
}

/** Of the column the titles of both machines stand in. */
export const titleWidth = Math.max(
  ...(['provision', 'deprovision'] as const).flatMap((machine) =>
    stepNames.map((step) => rowTitle(machine, step).length),
  ),
);

function messageIn(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    // Only Lambda's causes are JSON; others are already words.
    return cause;
  }
}

/** The steps that the run was waiting for, one after the other, from its first look to its last. */
export function criticalChain(rows: readonly StepRow[]): StepRow[] {
  const timed = rows.flatMap((row) =>
    row.since === undefined || row.until === undefined ? [] : [{ row, from: row.since, to: row.until }],
  );
  return [...chainOf(timed)].map(({ row }) => row).reverse();
}
