/** When each run is expected to end, as its steps answer: the estimate of the front door and of the terminal. */
import type { RunEvent } from '#console/api.ts';
import { type Seen, type StepSeconds, secondsLeft, seenOf, typicalSeconds } from '#lib/run/estimate.ts';
import { type StepName, steps, type Verb } from '#lib/run/steps.ts';
import { type MachineName, stepAnswerOf } from '../runner.ts';

type Members<T extends RunEvent['type']> = Omit<
  Extract<RunEvent, { type: T }>,
  'sequence' | 'execution' | 'at'
>;
type Told = Members<'expected'> | Members<'estimated'>;

interface Estimated {
  readonly verb: Verb;
  readonly seconds: StepSeconds;
  readonly seen: Readonly<Partial<Record<StepName, Seen>>>;
  readonly end?: number;
}

const verbs: Readonly<Record<MachineName, Verb>> = { provision: 'ensure', deprovision: 'remove' };
/** Less is no news. */
const leastMilliseconds = 1000;

export class Estimates {
  readonly #runs = new Map<string, Estimated>();

  /** Not of a rollback: nobody knows how much there is to take back. */
  begin(execution: string, machine: MachineName, at: number): Told[] {
    const verb = verbs[machine];
    return this.#expect(execution, { verb, seconds: typicalSeconds(verb), seen: {} }, at);
  }

  /** What a Task answered. */
  take(execution: string, answer: unknown, at: number): Told[] {
    const run = this.#runs.get(execution);
    if (!run) return [];
    // Of what accepts: how long the changes take, of an environment that stands.
    const { stepSeconds } = (answer ?? {}) as { stepSeconds?: StepSeconds };
    if (stepSeconds) return this.#expect(execution, { ...run, seconds: stepSeconds }, at, 'accept');
    const step = stepAnswerOf(answer);
    if (!step || !(step.step in steps)) return [];
    const name = step.step as StepName;
    return this.#estimate(execution, { ...run, seen: { ...run.seen, [name]: seenOf(step) } }, at, name);
  }

  /** The run is over, or takes back what it made. */
  end(execution: string): Told[] {
    return this.#runs.delete(execution) ? [{ type: 'estimated', end: null }] : [];
  }

  #expect(execution: string, run: Estimated, at: number, by?: string): Told[] {
    return [{ type: 'expected', seconds: run.seconds }, ...this.#estimate(execution, run, at, by)];
  }

  #estimate(execution: string, run: Estimated, at: number, by?: string): Told[] {
    const end = Math.round(at + secondsLeft(run.verb, run.seconds, run.seen, at) * 1000);
    const isNews = run.end === undefined || Math.abs(end - run.end) >= leastMilliseconds;
    this.#runs.set(execution, isNews ? { ...run, end } : run);
    return isNews ? [{ type: 'estimated', end, ...(by ? { by } : {}) }] : [];
  }
}
