/** What every question of the preflight is given, and what it answers. */

import { isAwsError, isPassing } from '#lib/aws/errors.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { awsRefusal } from '#lib/run/failures.ts';
import type { Account } from './account.ts';

export interface Context {
  readonly target: EnvironmentTarget;
  readonly request: SizedRequest;
  readonly account: Account;
}

/** Sentences: a problem refuses the run, a warning goes along with it. */
export interface Findings {
  readonly problems: string[];
  readonly warnings: string[];
}

export function noFindings(): Findings {
  return { problems: [], warnings: [] };
}

/** The end of every sentence about a quota or a name: what a person does next. */
export function whatToDo(advice: string): string {
  return `What to do: ${advice}.`;
}

/**
 * Puts one question. A refusal of AWS is a problem like any other, reported beside the rest; what may pass by
 * itself (throttling, 5xx) is thrown, as the whole preflight is asked again then.
 */
export async function ask<T>(findings: Findings, question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    if (!isAwsError(error) || isPassing(error)) throw error;
    findings.problems.push(awsRefusal('accept', error).message);
    return undefined;
  }
}
