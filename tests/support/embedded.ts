/**
 * An embedded AWS in memory under the SDK clients, on a clock the test moves by hand. `Date` is faked, timers
 * are not: the SDK's own retries pass in real milliseconds.
 */
import { afterEach, expect, vi } from 'vitest';
import { EmbeddedAws, type EngineOptions } from '#embedded/engine.ts';
import { type AwsState, emptyState } from '#embedded/model.ts';
import { services } from '#embedded/services/index.ts';
import { MemoryStore } from '#embedded/store.ts';
import { configureClients, operationName } from '#lib/aws/clients.ts';
import type { EnvironmentTarget, Resources, StepAnswer } from '#lib/run/environment.ts';
import { answerStep, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import type { StepName } from '#lib/run/steps.ts';
import { arrangeService } from '#local/account.ts';
import { faultProblem } from '../models/check-fault.ts';
import { inputProblems } from '../models/check-input.ts';

export const startOfTime = Date.parse('2026-11-01T00:00:00Z');

export interface TestAws {
  readonly aws: EmbeddedAws;
  readonly store: MemoryStore;
  /** Lets `seconds` pass. */
  advance(seconds: number): void;
}

/** A fresh account for one test, or one that stands as `from` (a copy of it) at that moment. */
export function testAws(
  options: Partial<EngineOptions> & { seed?: number; from?: AwsState | undefined } = {},
): TestAws {
  const state = structuredClone(options.from) ?? emptyState(options.seed ?? 1, startOfTime);
  vi.useFakeTimers({ toFake: ['Date'], now: state.now });
  const store = new MemoryStore(state);
  const aws = new EmbeddedAws({ services, operationName, observe: holdToModels, ...options, store });
  configureClients({ config: aws.clientConfig, plugin: aws.plugin });
  arrangeService(aws);
  return { aws, store, advance: (seconds) => vi.setSystemTime(Date.now() + seconds * 1000) };
}

const problems: string[] = [];

/** What the embedded AWS accepts is a sound request, what it refuses is refused in AWS's own words. */
const holdToModels: NonNullable<EngineOptions['observe']> = ({ operation, input }, refusal) => {
  if (!refusal) problems.push(...inputProblems(operation, input));
  const problem = refusal && faultProblem(operation, refusal);
  if (problem) problems.push(problem);
};

afterEach(() => {
  configureClients({});
  vi.useRealTimers();
  expect(problems.splice(0), "against AWS's service models").toEqual([]);
});

/** Looks, and looks again after as long as the answer says, until the step is ready or gone. */
export async function untilDone<T extends EnvironmentTarget>(
  test: TestAws,
  step: StepName,
  run: (context: StepContext<T>) => Promise<StepOutcome>,
  environment: T,
  resources: Resources = {},
): Promise<{ answer: StepAnswer; looks: number; seconds: number }> {
  const start = Date.now();
  let last: StepAnswer = {
    step: 'accept',
    status: 'ready',
    requested: true,
    retryAfterSeconds: 0,
    since: new Date().toISOString(),
    detail: 'accepted',
    resources,
  };
  for (let looks = 1; looks <= 500; looks += 1) {
    last = await answerStep(step, { typicalSeconds: 130, deadlineSeconds: 7200 }, run, {
      environment,
      step: last,
    });
    if (last.status !== 'pending') return { answer: last, looks, seconds: (Date.now() - start) / 1000 };
    test.advance(last.retryAfterSeconds);
  }
  throw new Error(`${step} is still pending after 500 looks: ${last.detail}`);
}
