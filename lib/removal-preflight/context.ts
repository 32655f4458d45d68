/** What every question of the removal preflight is given, and what it answers. */

import { isAwsError, passes } from '#lib/aws/errors.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { findingOf } from '#lib/run/failures.ts';
import type { StepName } from '#lib/run/steps.ts';
import type { RemovalAccount } from './account.ts';

export interface RemovalContext {
  readonly target: RemovalTarget;
  readonly account: RemovalAccount;
}

/** One thing that keeps something from being removed. */
export interface RemovalBlocker {
  /** What is in the way, whose it is, and what to do. */
  readonly problem: Finding;
  /** The steps that cannot do their work meanwhile; the others can. */
  readonly steps: readonly StepName[];
}

export interface RemovalFindings {
  readonly blockers: RemovalBlocker[];
  /** What the removal takes for good. */
  readonly warnings: string[];
}

export function nothingFound(): RemovalFindings {
  return { blockers: [], warnings: [] };
}

/**
 * Puts one question. A read that is refused is a blocker like any other: who cannot look cannot say that nothing is
 * in the way. What may pass by itself (throttling, 5xx) is thrown, as the whole preflight is asked again then.
 */
export async function ask(question: () => Promise<RemovalFindings>): Promise<RemovalFindings> {
  try {
    return await question();
  } catch (error) {
    if (!isAwsError(error) || passes(error)) throw error;
    // No step is named: a rollback does without the answer, its steps look again.
    return { blockers: [{ problem: findingOf(error), steps: [] }], warnings: [] };
  }
}
