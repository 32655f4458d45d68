/** The request to take an environment down: one schema for the console, events and the webhook. */
import * as z from 'zod';
import { roleArnProblem } from '#lib/aws/role-arn.ts';
import { environmentNamePattern, maxEnvironmentNameLength } from '#lib/run/environment-name.ts';
import { executionNamePattern } from '#lib/run/execution-name.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';
import { regionPattern } from './rules.ts';

const removalSchema = z.strictObject({
  // EC2's tag filters read * and ? as wildcards: such a name would stand for every environment of the region.
  environment: z
    .string()
    .max(maxEnvironmentNameLength)
    .regex(environmentNamePattern, 'must be the name of an environment: a-z, 0-9 and - only'),
  /** Taken from the registry where it is left out. */
  region: z.string().regex(regionPattern, 'must be an AWS region such as eu-central-1').optional(),
  /** The role to assume in another account. Taken from the registry where it is left out. */
  roleArn: z
    .string()
    .superRefine((arn, context) => {
      const message = roleArnProblem(arn, 'which cannot be assumed again by its name');
      if (message) context.addIssue({ code: 'custom', message, input: arn });
    })
    .optional(),
  /** The environment's name again: consent to delete it. */
  confirm: z.string(),
  /** Only what this execution made (a rollback). */
  createdBy: z.string().regex(executionNamePattern, 'must be the name of an execution').optional(),
  /** Databases leave a final snapshot unless this says false (W9). */
  finalSnapshots: z.boolean().default(true),
  /** The databases' log groups stay, and are named, unless this says true. */
  deleteLogs: z.boolean().default(false),
  /** Put in by Step Functions' own convention for nested executions. */
  AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: z.string().optional(),
});

export type RemovalRequest = z.infer<typeof removalSchema>;

/** Throws {@link InvalidRequestError} naming every field that is wrong. */
export function parseRemoval(input: unknown): RemovalRequest {
  const parsed = removalSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`,
    );
    throw new InvalidRequestError(
      `the removal is refused: ${problems.join('; ')}. Nothing was deleted`,
      'correct the request, then run again',
    );
  }
  const { environment, confirm } = parsed.data;
  if (confirm !== environment) {
    throw new InvalidRequestError(
      `confirm ${JSON.stringify(confirm)}: is not the name of the environment (W9). Nothing was deleted`,
      `repeat the environment's name, ${JSON.stringify(environment)}, to consent to its removal`,
    );
  }
  return parsed.data;
}
