/** What a run looks like to a person: one line a step, a clock, an estimate. */
import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import type { Accepted } from '#functions/accept.ts';
import { runSeconds, type Seen, type StepSeconds, secondsLeft, typicalSeconds } from '#lib/run/estimate.ts';
import type { StepName, Verb } from '#lib/run/steps.ts';
import { changeLines } from './changes.ts';
import type { MachineName, RunEvent } from './runner.ts';
import { type RowStatus, type StepRow, StepRows, titleWidth } from './step-rows.ts';

const marks: Readonly<Record<RowStatus, string>> = {
  waiting: '·',
  pending: '◐',
  ready: '✔',
  gone: '✔',
  failed: '✖',
  cut: '–',
};

const colours = {
  waiting: 'gray',
  pending: 'yellow',
  ready: 'green',
  gone: 'green',
  failed: 'red',
  cut: 'gray',
} as const;

/** `m:ss`, or `h:mm:ss` from an hour on. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [, minutes, rest] = parts.map((part) => String(part).padStart(2, '0')) as [string, string, string];
  return parts[0] ? `${parts[0]}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}

/** Where a board is drawn. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

const verbs: Readonly<Record<MachineName, Verb>> = { provision: 'ensure', deprovision: 'remove' };

const phases: Readonly<Record<string, string>> = {
  'Roll back': 'taking back what this run made',
  'Take down': 'taking down',
  Verify: 'verifying every rule',
};

/** Collects run events into rows. */
export class Progress {
  #start: number | undefined;
  readonly #machine: MachineName;
  /** What each step is expected to take; undefined where nobody knows. */
  #expected: StepSeconds | undefined;
  readonly #rows = new StepRows();
  #headline: string;
  #changes: readonly string[] = [];

  constructor(headline: string, machine: MachineName) {
    this.#headline = headline;
    this.#machine = machine;
    this.#expected = typicalSeconds(verbs[machine]);
  }

  /** What is known of the steps, in the order they were first heard of. */
  steps(): readonly StepRow[] {
    return this.#rows.all();
  }

  /** Takes an event in. Answers the line to print where a terminal cannot be redrawn, if anything changed. */
  take(event: RunEvent, now: number): string | undefined {
    this.#start ??= now;
    if (event.type === 'answered' && event.functionKey === 'Accept') return this.#accepted(event.answer);
    // What is over has nothing left.
    if (event.type === 'ended' && event.machine === this.#machine) this.#expected = undefined;
    const changed = this.#rows.take(event, now);
    if (event.type === 'entered') return this.#phase(event.state, now);
    return changed && `[${clock(this.#elapsed(now))}] ${coloured(changed, lineOf(changed, now))}`;
  }

  /** The whole board, for a terminal that can be redrawn: never wider nor higher than that is. */
  render(now: number, screen: Screen): string {
    const head = [
      fitted(`${this.#headline}   ${clock(this.#elapsed(now))}${this.#remaining(now)}`, screen.columns),
      ...this.#changes.map((line) => fitted(line, screen.columns)),
      '',
    ];
    const rows = this.steps();
    const all = [...head, ...rows.flatMap((row) => drawn(row, now, screen.columns))];
    if (all.length < screen.rows) return all.join('\n');
    // What is over is counted; then what is least news goes.
    const over = rows.filter(({ status }) => status === 'ready' || status === 'gone');
    const rest = rows.filter((row) => !over.includes(row)).flatMap((row) => drawn(row, now, screen.columns));
    const done = `${marks.ready} ${over.length} ${over.length === 1 ? 'step is' : 'steps are'} done`;
    const room = Math.max(1, screen.rows - 3);
    return [head[0], done, ...rest.slice(0, room)].join('\n');
  }

  /** What the run is going to change of an environment that exists. */
  #accepted(answer: unknown): string | undefined {
    const { changes, stepSeconds, isAttested } = answer as Partial<
      Pick<Accepted, 'changes' | 'stepSeconds' | 'isAttested'>
    >;
    // A service deployed before does not say.
    if (stepSeconds) this.#expected = stepSeconds;
    if (isAttested) this.#changes = ['Nothing to do: everything stands as asked, and every rule holds.'];
    if (isAttested) return this.#changes[0];
    if (!changes || changes.changes.length === 0) return undefined;
    this.#changes = changeLines(changes);
    return this.#changes.join('\n');
  }

  #phase(state: string, now: number): string | undefined {
    const words = phases[state];
    // The removal within a rollback takes back, and takes down nothing.
    if (!words || (state === 'Take down' && this.#expected === undefined)) return undefined;
    // Nobody knows how much there is to take back.
    if (state === 'Roll back') this.#expected = undefined;
    this.#headline = `${this.#headline.split(' — ')[0]} — ${words}`;
    return `[${clock(this.#elapsed(now))}] ${words}`;
  }

  #elapsed(now: number): number {
    return now - (this.#start ?? now);
  }

  #remaining(now: number): string {
    if (this.#expected === undefined) return '';
    const verb = verbs[this.#machine];
    const left = secondsLeft(verb, this.#expected, this.#seen(), now) * 1000;
    if (left > 0) return `   about ${clock(left)} left`;
    const isLate = this.#elapsed(now) > runSeconds(verb, this.#expected) * 1000;
    return isLate ? '   longer than usual' : '   nearly done';
  }

  /** Of the run's own machine: a rollback has no estimate. */
  #seen(): Partial<Record<StepName, Seen>> {
    const begun = this.steps().filter(
      ({ machine, since }) => machine === this.#machine && since !== undefined,
    );
    return Object.fromEntries(
      begun.map(({ step, status, since = 0, queue }) => [step, { ...queue, status, since }]),
    );
  }
}

function lineOf(row: StepRow, now: number): string {
  const elapsed = row.since === undefined ? '' : clock((row.until ?? now) - row.since);
  return `${marks[row.status]} ${row.title.padEnd(titleWidth)} ${elapsed.padStart(6)}  ${row.detail}`.trimEnd();
}

/** One line, cut at the terminal's width; of a failure all its words, below it. */
function drawn(row: StepRow, now: number, columns: number): string[] {
  const isFailure = row.status === 'failed';
  const line = fitted(lineOf(isFailure ? { ...row, detail: '' } : row, now), columns);
  const words = isFailure
    ? wrapAnsi(row.detail, Math.max(20, columns - 4))
        .split('\n')
        .map((text) => `    ${text}`)
    : [];
  return [coloured(row, line), ...words];
}

/** Its mark alone, where colours are wanted (NO_COLOR, FORCE_COLOR). */
function coloured({ status }: StepRow, line: string): string {
  return `${styleText(colours[status], line.slice(0, 1), { stream: process.stdout })}${line.slice(1)}`;
}

function fitted(line: string, columns: number): string {
  return line.length > columns ? `${line.slice(0, Math.max(1, columns - 1))}…` : line;
}
