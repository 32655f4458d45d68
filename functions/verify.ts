/**
 * The attestation at the end of a run: every rule, R1 to R32, against what AWS says exists. Changes nothing and
 * may run at any time. All hold: the results and the environment's outputs. One does not: it fails by name.
 */

import { classify, isAwsError } from '#lib/aws/errors.ts';
import type { EnvironmentPlan, StepAnswer } from '#lib/run/environment.ts';
import { endless } from '#lib/run/failure-words.ts';
import { asMachineError, transientFailure, VerificationFailedError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import { type Attestation, attestationOf, boundedAttestation } from '#lib/verify/attestation.ts';
import { observe } from '#lib/verify/observe.ts';

export interface VerifyEvent {
  readonly environment: EnvironmentPlan;
  readonly step?: StepAnswer;
}

/** Looks once and judges; a broken rule is an answer here, not an error. */
export async function verify(plan: EnvironmentPlan): Promise<Attestation> {
  return attestationOf(plan, await observe(plan));
}

/** {@link verify}, with broken rules and AWS errors thrown as the state machine is to see them. */
export async function attest({ environment }: VerifyEvent): Promise<Attestation> {
  const attestation = await observed(() => verify(environment));
  const broken = attestation.rules.filter((result) => !result.holds);
  if (broken.length > 0) {
    const evidence = broken.map((result) => `${result.rule}: ${endless(result.evidence)}`);
    throw new VerificationFailedError(
      `${broken.length} of ${attestation.rules.length} rules do not hold. ${evidence.join('. ')}`,
      'run again, which makes what is missing; where what is there differs from the request, change either of the two',
    );
  }
  log.info('environment verified', { environment: environment.name, rules: attestation.rules.length });
  return boundedAttestation(environment, attestation);
}

/** Reading has no pending state to answer with: what will pass goes back to the state machine's Retry. */
async function observed<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    // What verify lists and then finds gone was listed too early, or is being taken away: look again.
    if (isAwsError(error) && classify(error) === 'gone') throw transientFailure(error).at('verify');
    throw asMachineError('verify', error);
  }
}

export const handler = lambdaHandler('verify', attest);
