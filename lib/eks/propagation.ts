/** What was made a moment ago, EKS may not see yet: roles of IAM, launch templates of EC2. */
import { tolerating } from '#lib/aws/errors.ts';

/**
 * Runs a create that names such a thing. Undefined while EKS does not see it, its trust or its policies, or is busy;
 * the error table says how long each of these is believed, and the step wrapper holds it to that.
 */
export function onceVisible<T>(call: () => Promise<T>): Promise<T | undefined> {
  return tolerating(['pending'], call);
}
