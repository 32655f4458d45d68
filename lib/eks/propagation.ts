/** What was made a moment ago, EKS may not see yet: roles of IAM, launch templates of EC2. */
import type { StepName } from '#lib/environment.ts';
import { canonicalCode, classify, isAwsError } from '#lib/errors.ts';
import { awsRefusal } from '#lib/failures.ts';
import type { StepContext } from '#lib/step.ts';

/** IAM takes seconds to two minutes to reach EKS, EC2 seconds; three minutes are generous (aws-facts 5.1). */
const propagationSeconds = 180;

/**
 * Runs a create that names such a thing. Undefined while EKS does not see it, its trust or its policies; past
 * {@link propagationSeconds} of looking, that complaint is a refusal like any other.
 */
export async function onceVisible<T>(
  step: StepName,
  { elapsedSeconds }: Pick<StepContext, 'elapsedSeconds'>,
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!isAwsError(error) || !isPropagation(error)) throw error;
    if (elapsedSeconds > propagationSeconds) throw awsRefusal(step, error);
    return undefined;
  }
}

function isPropagation(error: Error): boolean {
  if (!/^Invalid(Parameter|Request)$/.test(canonicalCode(error))) return false;
  if (/launch ?template.*(not found|does not exist)/is.test(error.message)) return true;
  return canonicalCode(error) === 'InvalidParameter' && classify(error) === 'pending';
}
