/** How long a run takes, and how long yet: from what each step takes, and from what waits for what (statemachines/). */
import { type StepName, stepNames, timesOf, type Verb } from './steps.ts';

export type StepSeconds = Readonly<Record<StepName, number>>;

/** A step's latest answer; `since`: its first look, ms since the epoch. */
export interface Seen {
  readonly status: string;
  readonly since: number;
}

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
    return answer.status === 'pending' ? Math.max(0, of[step] - (now - answer.since) / 1000) : 0;
  });
  return chains[verb](left);
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
