/** The first question to AWS: who are we there, and is there a there? */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import { canonicalCode, isAwsError, operationOf } from '#lib/aws/errors.ts';
import { PreflightFailedError } from '#lib/run/failures.ts';

export interface Caller {
  readonly account: string;
  readonly partition: string;
}

/**
 * What STS answers in an opt-in region that this account has not enabled: it knows none of the account's keys there
 * (IAM user guide, "Managing AWS STS in an AWS Region"; EC2 says AuthFailure and OptInRequired).
 */
const notEnabledCodes = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClient',
  'AuthFailure',
  'OptInRequired',
  'RegionDisabled',
]);

/** @throws PreflightFailedError where the region does not exist, or is not enabled in the account. */
export async function callerIn(where: AwsTarget): Promise<Caller> {
  try {
    const { Account, Arn } = await client(STSClient, where).send(new GetCallerIdentityCommand({}));
    return { account: Account as string, partition: Arn?.split(':')[1] ?? 'aws' };
  } catch (error) {
    const why = whyNoRegion(error);
    if (!why) throw error;
    throw new PreflightFailedError(
      `region ${JSON.stringify(where.region)} does not exist or is not enabled in this account (${why}). Nothing was made`,
      'check its spelling; a region that is off by default is enabled under Account, AWS Regions, which takes minutes to hours',
      { cause: error },
    );
  }
}

/** Only the name of the endpoint counts: a resolver that is down says EAI_AGAIN, and that passes. */
function whyNoRegion(error: unknown): string | undefined {
  // Assuming the role is asked at home, and says nothing about the environment's region.
  if (operationOf(error) === 'sts:AssumeRole') return undefined;
  const { code, hostname } = error as { code?: unknown; hostname?: unknown };
  if (code === 'ENOTFOUND') return `${hostname ?? 'its STS endpoint'} has no address`;
  if (isAwsError(error) && notEnabledCodes.has(canonicalCode(error)))
    return `STS answered ${canonicalCode(error)}`;
  return undefined;
}
