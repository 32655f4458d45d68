/** What a run looks like to a person: one line a step, a clock, an estimate. */
import type { ChangeList } from '#lib/change/change.ts';
import type { StepAnswer } from '#lib/run/environment.ts';
import type { StepName } from '#lib/run/steps.ts';
import { stepNames, titleOf } from '#lib/run/steps.ts';
import { changeLines } from './changes.ts';
import type { MachineName, RunEvent } from './runner.ts';
import { stepAnswerOf } from './runner.ts';

type RowStatus = 'waiting' | 'pending' | 'ready' | 'gone' | 'failed';

interface Row {
  readonly label: string;
  status: RowStatus;
  detail: string;
  since?: number;
  until?: number;
}

const marks: Readonly<Record<RowStatus, string>> = {
  waiting: '·',
  pending: '◐',
  ready: '✔',
  gone: '✔',
  failed: '✖',
};

/** `m:ss`, or `h:mm:ss` from an hour on. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [, minutes, rest] = parts.map((part) => String(part).padStart(2, '0')) as [string, string, string];
  return parts[0] ? `${parts[0]}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}

/** Collects run events into rows. */
export class Progress {
  #start: number | undefined;
  readonly #expectedSeconds: number;
  readonly #rows = new Map<string, Row>();
  #headline: string;
  #changes: readonly string[] = [];

  constructor(headline: string, expectedSeconds: number) {
    this.#headline = headline;
    this.#expectedSeconds = expectedSeconds;
  }

  /** Takes an event in. Answers the line to print where a terminal cannot be redrawn, if anything changed. */
  take(event: RunEvent, now: number): string | undefined {
    this.#start ??= now;
    if (event.type === 'entered') return this.#phase(event.state, now);
    if (event.type === 'failed') return this.#fail(event.functionKey, event.machine, event.cause, now);
    if (event.type !== 'answered') return undefined;
    if (event.functionKey === 'Accept') return this.#accepted(event.answer);
    const answer = stepAnswerOf(event.answer);
    if (!answer || answer.step === 'accept') return undefined;
    return this.#answer(event.machine, answer, now);
  }

  /** The whole board, for a terminal that can be redrawn. */
  render(now: number): string {
    const lines = [
      `${this.#headline}   ${clock(this.#elapsed(now))}${this.#remaining(now)}`,
      ...this.#changes,
      '',
    ];
    for (const row of this.#rows.values()) lines.push(this.#line(row, now));
    return lines.join('\n');
  }

  /** What the run is going to change of an environment that exists. */
  #accepted(answer: unknown): string | undefined {
    const { changes } = answer as { changes?: ChangeList };
    if (!changes || changes.changes.length === 0) return undefined;
    this.#changes = changeLines(changes);
    return this.#changes.join('\n');
  }

  #phase(state: string, now: number): string | undefined {
    if (state === 'Provision') {
      for (const step of stepNames)
        this.#rows.set(`provision/${step}`, { label: titleOf(step), status: 'waiting', detail: '' });
      return undefined;
    }
    if (!['Accept request', 'Accept removal', 'Roll back', 'Take down', 'Verify'].includes(state))
      return undefined;
    const words = {
      'Roll back': 'taking back what this run made',
      'Take down': 'taking down',
      Verify: 'verifying every rule',
    }[state];
    if (!words) return undefined;
    this.#headline = `${this.#headline.split(' — ')[0]} — ${words}`;
    return `[${clock(this.#elapsed(now))}] ${words}`;
  }

  #answer(machine: MachineName, answer: StepAnswer, now: number): string | undefined {
    const row = this.#row(machine, answer.step as StepName);
    if (row.status === answer.status && row.detail === answer.detail) return undefined;
    row.since ??= now;
    row.status = answer.status;
    row.detail = answer.detail;
    row.until = answer.status === 'pending' ? undefined : now;
    return `[${clock(this.#elapsed(now))}] ${this.#line(row, now)}`;
  }

  #fail(functionKey: string, machine: MachineName, cause: string, now: number): string | undefined {
    const step = stepNames.find((name) => functionKey.toLowerCase().startsWith(name.replaceAll('-', '')));
    if (!step) return undefined;
    const row = this.#row(machine, step);
    row.status = 'failed';
    row.detail = messageIn(cause);
    row.until = now;
    return `[${clock(this.#elapsed(now))}] ${this.#line(row, now)}`;
  }

  #row(machine: MachineName, step: StepName): Row {
    const key = `${machine}/${step}`;
    const row = this.#rows.get(key) ?? {
      label: machine === 'deprovision' ? `remove ${titleOf(step)}` : titleOf(step),
      status: 'waiting' as const,
      detail: '',
    };
    this.#rows.set(key, row);
    return row;
  }

  #line(row: Row, now: number): string {
    const elapsed = row.since === undefined ? '' : clock((row.until ?? now) - row.since);
    return `${marks[row.status]} ${row.label.padEnd(37)} ${elapsed.padStart(6)}  ${row.detail}`;
  }

  #elapsed(now: number): number {
    return now - (this.#start ?? now);
  }

  #remaining(now: number): string {
    const left = this.#expectedSeconds * 1000 - this.#elapsed(now);
    return left > 0 ? `   about ${clock(left)} left` : '';
  }
}

function messageIn(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    // Only Lambda's causes are JSON; others are already words.
    return cause;
  }
}
