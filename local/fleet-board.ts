/** What a fleet looks like to a person: one line an environment, and how many are where. */
import { styleText } from 'node:util';
import type { FleetDocument, FleetPlace } from '#console/api-fleets.ts';
import type { AcceptedFleet } from '#functions/accept-fleet.ts';
import type { StepName } from '#lib/run/steps.ts';
import { titleOf } from '#lib/run/steps.ts';
import type { FleetRunEvent } from './fleet-runner.ts';
import { clock, type Screen } from './progress.ts';
import { type RunEvent, stepAnswerOf } from './runner.ts';

/** `unknown`: the fleet is over, and nobody has written down how this one ended. */
type Place = 'waiting' | 'under way' | 'taking back' | 'done' | 'failed' | 'not started' | 'unknown';

export interface FleetRow {
  readonly environment: string;
  readonly place: Place;
  readonly detail: string;
  readonly since?: number;
  readonly until?: number;
}

const marks: Readonly<Record<Place, string>> = {
  waiting: '·',
  'under way': '◐',
  'taking back': '◑',
  done: '✔',
  failed: '✖',
  'not started': '–',
  unknown: '?',
};

const colours = {
  waiting: 'gray',
  'under way': 'yellow',
  'taking back': 'yellow',
  done: 'green',
  failed: 'red',
  'not started': 'gray',
  unknown: 'gray',
} as const;

/** Where there is no room for all: what a person would look at first. */
const byNews: readonly Place[] = [
  'failed',
  'unknown',
  'taking back',
  'under way',
  'waiting',
  'not started',
  'done',
];

export class FleetBoard {
  readonly #headline: string;
  readonly #rows = new Map<string, FleetRow>();
  /** Environment by its own execution, those of rollbacks included. */
  readonly #executions = new Map<string, string>();
  #start: number | undefined;
  #predictedEnd: number | undefined;

  constructor(headline: string) {
    this.#headline = headline;
  }

  rows(): readonly FleetRow[] {
    return [...this.#rows.values()];
  }

  /** Takes what the fleet itself tells. Answers the line to print where a terminal cannot be redrawn. */
  takeFleet(event: FleetRunEvent, now: number): string | undefined {
    this.#start ??= now;
    if (event.type === 'accepted') return this.#accepted(event.plan as AcceptedFleet, now);
    if (event.status === 'SUCCEEDED') return this.#set(event.environment, { place: 'done', until: now }, now);
    const place = event.status === 'FAILED' ? 'failed' : 'not started';
    return this.#set(event.environment, { place, until: now }, now);
  }

  /** The same of what the runs of the environments tell: a line only where one is somewhere else now. */
  take(event: RunEvent, now: number): string | undefined {
    this.#start ??= now;
    if (event.type === 'started') {
      const { environment } = event.input as { environment: string };
      this.#executions.set(event.execution, environment);
      const place = event.parent ? 'taking back' : 'under way';
      return this.#set(
        environment,
        { place, since: this.#rows.get(environment)?.since ?? now, detail: '' },
        now,
      );
    }
    const environment = this.#executions.get(event.execution);
    if (environment === undefined) return undefined;
    const answer = event.type === 'answered' ? stepAnswerOf(event.answer) : undefined;
    if (answer && answer.step !== 'accept')
      this.#note(environment, `${titleOf(answer.step as StepName)}: ${answer.detail}`);
    if (event.type === 'ended' && event.result.cause)
      this.#note(environment, event.result.cause.split('\n')[0] ?? '');
    return undefined;
  }

  /** Takes in all that is known, of a fleet that nobody tells events of. Answers the lines to print. */
  show({ startedAt, at, predictedEnd, waves }: FleetDocument): string[] {
    this.#start ??= startedAt;
    const members = waves.flat();
    const lines: string[] = [];
    if (this.#rows.size === 0 && members.length > 0) {
      const names = waves.map((wave) => wave.map(({ environment }) => ({ environment })));
      const end = new Date(predictedEnd ?? at).toISOString();
      lines.push(this.#accepted({ waves: names, predictedEnd: end }, at));
    }
    for (const { environment, place, since, endedAt, doing, queue, cause } of members) {
      const turn = queue && `place ${queue.place} at the rate of ${queue.operation}, from ${queue.from} UTC`;
      const detail = cause?.split('\n')[0] ?? [doing, turn].filter(Boolean).join('; ');
      const times = { ...(since ? { since } : {}), ...(endedAt ? { until: endedAt } : {}) };
      const line = this.#set(environment, { place: placeOf(place), detail, ...times }, endedAt ?? at);
      if (line) lines.push(line);
    }
    return lines;
  }

  /** The whole board, never wider nor higher than the screen is. */
  render(now: number, { columns, rows }: Screen): string {
    const ends = this.#predictedEnd === undefined ? '' : `   about ${clock(this.#predictedEnd - now)} left`;
    const head = [`${this.#headline}   ${clock(now - (this.#start ?? now))}${ends}`, this.#counts(), ''];
    const room = Math.max(1, rows - head.length - 1);
    const all = this.rows();
    const shown = [...all]
      .sort((one, other) => byNews.indexOf(one.place) - byNews.indexOf(other.place))
      .slice(0, room);
    const lines = all.filter((row) => shown.includes(row)).map((row) => drawn(row, now, columns));
    return [...head.map((line) => fitted(line, columns)), ...lines].join('\n');
  }

  #accepted({ waves, predictedEnd }: Pick<AcceptedFleet, 'waves' | 'predictedEnd'>, now: number): string {
    const names = waves.flat().map((one) => (one as { environment: string }).environment);
    for (const environment of names)
      this.#rows.set(environment, { environment, place: 'waiting', detail: '' });
    this.#predictedEnd = Date.parse(predictedEnd);
    const sizes = waves.map((wave) => wave.length).join(', then ');
    return `[${clock(0)}] ${names.length} environments accepted: ${sizes}; done in about ${clock(this.#predictedEnd - now)}`;
  }

  #counts(): string {
    const counted = byNews.flatMap((place) => {
      const count = this.rows().filter((row) => row.place === place).length;
      return count > 0 ? [`${count} ${place}`] : [];
    });
    return counted.join(', ');
  }

  #note(environment: string, detail: string): void {
    const row = this.#rows.get(environment);
    if (row) this.#rows.set(environment, { ...row, detail });
  }

  #set(environment: string, changes: Partial<FleetRow>, now: number): string | undefined {
    const before = this.#rows.get(environment) ?? { environment, place: 'waiting', detail: '' };
    const row: FleetRow = { ...before, ...changes };
    this.#rows.set(environment, row);
    if (before.place === row.place) return undefined;
    const detail = row.place === 'failed' ? `: ${row.detail}` : '';
    return `[${clock(now - (this.#start ?? now))}] ${marks[row.place]} ${environment} ${row.place}${detail}`;
  }
}

function placeOf(place: FleetPlace): Place {
  return place.replaceAll('-', ' ') as Place;
}

const nameWidth = 22;

function drawn(row: FleetRow, now: number, columns: number): string {
  const elapsed = row.since === undefined ? '' : clock((row.until ?? now) - row.since);
  const detail = row.place === 'done' ? '' : row.detail;
  const line =
    `${marks[row.place]} ${row.environment.padEnd(nameWidth)} ${elapsed.padStart(7)}  ${detail}`.trimEnd();
  const cut = fitted(line, columns);
  return `${styleText(colours[row.place], cut.slice(0, 1), { stream: process.stdout })}${cut.slice(1)}`;
}

function fitted(line: string, columns: number): string {
  return line.length > columns ? `${line.slice(0, Math.max(1, columns - 1))}…` : line;
}
