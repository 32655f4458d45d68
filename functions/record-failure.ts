/**
 * The run failed: its first cause in plain words goes into the registry and back to the state machine, which ends
 * in Fail with it. The lock is released, if this execution holds it.
 */
import { type ChangeList, inPlace } from '#lib/change/change.ts';
import { bounds, cut } from '#lib/run/bounds.ts';
import { type CaughtError, plainWords } from '#lib/run/caught-error.ts';
import { changedInPlace, keptOfRollback } from '#lib/run/changed-in-place.ts';
import type { EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { type EnvironmentEvent, emit } from '#lib/run/events.ts';
import { aftermath, partsOf, wordsOf } from '#lib/run/failure-words.ts';
import { notTakenBack } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import {
  type EnvironmentStatus,
  type Execution,
  isOnlyRun,
  type RecordedFailure,
  type RegistryItem,
  readEnvironment,
  releaseEnvironment,
} from '#lib/run/registry.ts';

export interface RecordFailureEvent {
  readonly execution: Execution;
  readonly error: CaughtError;
  /** After acceptance: the state of the machine. */
  readonly state?: {
    readonly environment: EnvironmentTarget & {
      readonly onFailure?: 'rollback' | 'keep';
      readonly createdBy?: string;
      readonly heldBack?: RemovalTarget['heldBack'];
    };
    readonly changes?: ChangeList;
    readonly rollback?: { readonly status: string };
    readonly rollbackError?: CaughtError;
  };
  /** Before acceptance: the execution's input, whatever it was. */
  readonly request?: unknown;
}

/** A failure that is not ours has no parts to be cut one by one. */
const mostOfOne = bounds.whatCharacters + 2 * bounds.todoCharacters;

export async function recordFailure(event: RecordFailureEvent): Promise<{ error: string; cause: string }> {
  const { execution, error, state } = event;
  const first = cut(plainWords(error), mostOfOne);
  const environment = state?.environment.name ?? textIn(event.request, 'environment');
  const item = state && (await readEnvironment(state.environment.name));
  const rollback = rollbackWords(event, item);
  const stays = inPlaceWords(event, item, first);
  const left = leftWords(event, first);
  const cause = cut([first, rollback, stays, left].filter(Boolean).join(' '), bounds.causeCharacters);
  const name = cut(error.Error, bounds.errorCharacters);
  if (environment) {
    const failure: RecordedFailure = {
      execution: execution.name,
      error: name,
      cause,
      at: new Date().toISOString(),
      ...partsOf(first),
      ...(rollback ? { rollback } : {}),
    };
    const empty = state?.rollback !== undefined && isOnlyRun(item, execution.name);
    const changes = { status: statusAfter(event), failure, ...(empty ? { empty: true as const } : {}) };
    await releaseEnvironment(environment, execution.id, changes);
    // A rollback is told of by the run it takes back.
    if (!state?.environment.createdBy) await emit('Environment Failed', failed(event, environment, failure));
  }
  return { error: name, cause };
}

function failed(event: RecordFailureEvent, environment: string, failure: RecordedFailure): EnvironmentEvent {
  const { state, request, execution } = event;
  const region = state?.environment.region ?? textIn(request, 'region');
  const account = state?.environment.account;
  return {
    environment,
    ...(region ? { region } : {}),
    ...(account ? { account } : {}),
    execution: execution.name,
    failure,
  };
}

/** A provision plan says what to do on failure; a removal does not. */
function statusAfter({ state }: RecordFailureEvent): EnvironmentStatus {
  return state && state.environment.onFailure === undefined ? 'REMOVAL_FAILED' : 'FAILED';
}

function rollbackWords({ state }: RecordFailureEvent, item: RegistryItem | undefined): string | undefined {
  if (state?.rollbackError) {
    return wordsOf({
      what: cut(`${aftermath.unfinished}${plainWords(state.rollbackError)}`, mostOfOne),
      todo: 'deprovision the environment again; it goes on from there',
    });
  }
  const kept = keptOfRollback(item ?? {});
  if (state?.rollback && kept.length > 0) return `${aftermath.takenBackBut}${kept.join(' ')}`;
  if (state?.rollback) return aftermath.takenBack;
  if (state?.environment.onFailure === 'keep') return aftermath.kept;
  return undefined;
}

/** {@link changedInPlace}, by the registry and by what acceptance answered. */
function inPlaceWords(
  { state }: RecordFailureEvent,
  item: RegistryItem | undefined,
  first: string,
): string | undefined {
  const asked = inPlace(state?.changes?.changes ?? []);
  return state && changedInPlace(item ?? {}, state.environment.execution, asked, partsOf(first).step);
}

/** What a rollback had to leave, unless the failure itself says so. */
function leftWords({ state }: RecordFailureEvent, first: string): string | undefined {
  const left = state && notTakenBack(state.environment);
  const words = left && wordsOf(left);
  return words && !first.endsWith(words) ? words : undefined;
}

function textIn(request: unknown, field: 'environment' | 'region'): string | undefined {
  const value = (request as Partial<Record<typeof field, unknown>> | null)?.[field];
  return typeof value === 'string' ? value : undefined;
}

export const handler = lambdaHandler('record-failure', recordFailure);
