/** How long a run takes, and how long yet: from what each step takes, and from what waits for what (statemachines/). */
import type { StepAnswer } from './environment.ts';
import { type StepName, stepNames, timesOf, type Verb } from './steps.ts';

export type StepSeconds = Readonly<Record<StepName, number>>;

/** A step's latest answer; times in ms since the epoch. */
export interface Seen {
  readonly status: string;
  /** Its first look. */
  readonly since: number;
  /** Seconds it has spent in queues at AWS's rates, and when its last call is to be expected where it stands in one. */
  readonly queuedSeconds?: number | undefined;
  readonly queuedUntil?: number | undefined;
}

/** Of what a step has answered. */
export function seenOf({ status, since, queue, queuedSeconds }: Answered): Seen {
  const queuedUntil = queue && Date.parse(queue.until);
  return { status, since: Date.parse(since), queuedSeconds, queuedUntil };
}

type Answered = Pick<StepAnswer, 'status' | 'since' | 'queue' | 'queuedSeconds'>;

/** Looking at what is all there. */
const fewestSeconds = 10;

/** Of an environment of which nothing stands, or all is to go (aws-facts 0.6). */
export function typicalSeconds(verb: Verb): StepSeconds {
  return bySteps((step) => timesOf(step, verb).typicalSeconds);
}

export function bySteps(secondsOf: (step: StepName) => number): StepSeconds {
  return Object.fromEntries(stepNames.map((step) => [step, secondsOf(step)])) as StepSeconds;
}

/** From its first step to its last. */
export function runSeconds(verb: Verb, of: StepSeconds = typicalSeconds(verb)): number {
  return Math.max(fewestSeconds, chains[verb](of));
}

/** What is not over yet of a run: nothing of a step that is done, of one at work what its time leaves. */
export function secondsLeft(
  verb: Verb,
  of: StepSeconds,
  seen: Readonly<Partial<Record<StepName, Seen>>>,
  now: number,
): number {
  const left = bySteps((step) => {
    const answer = seen[step];
    if (!answer) return of[step];
    return answer.status === 'pending' ? leftOf(answer, of[step], now) : 0;
  });
  return chains[verb](left);
}

/** What AWS takes after the last call in a queue is known of the step as a whole only. */
function leftOf({ since, queuedSeconds = 0, queuedUntil }: Seen, seconds: number, now: number): number {
  if (queuedUntil !== undefined) return Math.max(0, (queuedUntil - now) / 1000) + seconds;
  return Math.max(0, seconds + queuedSeconds - (now - since) / 1000);
}

/** One after the other in sum, side by side the longest. */
const chains: Readonly<Record<Verb, (of: StepSeconds) => number>> = {
  ensure: (of) =>
    of.vpc +
    of['security-groups'] +
    Math.max(
      Math.max(of.routing, of.endpoints, of['eks-cluster']) +
        of['eks-connect'] +
        Math.max(of['eks-nodes'], of['eks-endpoints']),
      dataServices(of),
    ),
  remove: (of) =>
    Math.max(
      of['eks-nodes'] +
        Math.max(
          Math.max(of['eks-connect'], of['eks-endpoints']) + of['eks-cluster'],
          of.endpoints,
          of.routing,
        ),
      dataServices(of),
    ) +
    of['security-groups'] +
    of.vpc,
};

function dataServices(of: StepSeconds): number {
  return Math.max(of.aurora, of.documentdb, of.elasticache, of.efs);
}
