/** What every question of the preflight is given, and what it answers. */

import { isAwsError, passes } from '#lib/aws/errors.ts';
import type { Change } from '#lib/change/change.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { findingOf } from '#lib/run/failures.ts';
import type { Account } from './account.ts';

export interface Context {
  readonly target: EnvironmentTarget;
  readonly request: SizedRequest;
  readonly account: Account;
  /** What the run would change of an environment that exists. */
  readonly changes: readonly Change[];
}

/** A problem refuses the run; a warning, a sentence, goes along with it. */
export interface Findings {
  readonly problems: Finding[];
  readonly warnings: string[];
}

export function noFindings(): Findings {
  return { problems: [], warnings: [] };
}

/**
 * Puts one question. A refusal of AWS is a problem like any other, reported beside the rest; what may pass by
 * itself (throttling, 5xx) is thrown, as the whole preflight is asked again then.
 */
export async function ask<T>(findings: Findings, question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    if (!isAwsError(error) || passes(error)) throw error;
    findings.problems.push(findingOf(error));
    return undefined;
  }
}
