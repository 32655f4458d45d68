/**
 * The first Task of the provision machine: reads the request, asks AWS whether it can succeed, and answers the
 * accepted plan. A request that is refused here has made nothing.
 */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { client } from '#lib/clients.ts';
import type { EnvironmentPlan, EnvironmentTarget, StepAnswer } from '#lib/environment.ts';
import { classify, isAwsError } from '#lib/errors.ts';
import { awsRefusal, TransientError } from '#lib/failures.ts';
import { lambdaHandler } from '#lib/handler.ts';
import { log } from '#lib/log.ts';
import { planEnvironment } from '#lib/plan.ts';
import { preflight } from '#lib/preflight/preflight.ts';
import type { Execution } from '#lib/registry.ts';
import { parseRequest } from '#lib/request.ts';
import { type SizedRequest, sized } from '#lib/sizes.ts';

export interface AcceptEvent {
  readonly request: unknown;
  readonly execution: Execution;
}

export interface Accepted {
  readonly environment: EnvironmentPlan;
  readonly step: StepAnswer;
  readonly warnings: readonly string[];
}

export async function accept({ request: input, execution }: AcceptEvent): Promise<Accepted> {
  const request = sized(parseRequest(input));
  try {
    return await acceptSound(request, execution);
  } catch (error) {
    if (!isAwsError(error)) throw error;
    if (['throttled', 'transient', 'pending'].includes(classify(error)))
      throw new TransientError((error as Error).message, { cause: error });
    throw awsRefusal('accept', error);
  }
}

async function acceptSound(request: SizedRequest, execution: Execution): Promise<Accepted> {
  const { Account, Arn } = await client(STSClient, request).send(new GetCallerIdentityCommand({}));
  const target: EnvironmentTarget = {
    name: request.name,
    region: request.region,
    account: Account as string,
    partition: (Arn as string).split(':')[1] as string,
    execution: execution.name,
  };
  const { choices, warnings } = await preflight(target, request);
  const environment = planEnvironment(target, request, choices);

  for (const warning of warnings) log.warn('preflight warning', { environment: target.name, warning });
  log.info('request accepted', {
    environment: target.name,
    region: target.region,
    vpcCidr: environment.vpcCidr,
  });
  return { environment, step: accepted(environment), warnings };
}

function accepted({ name, region, vpcCidr, subnets, zones }: EnvironmentPlan): StepAnswer {
  return {
    step: 'accept',
    status: 'ready',
    requested: true,
    retryAfterSeconds: 0,
    since: new Date().toISOString(),
    detail: `${name} in ${region}: ${subnets.length} subnets of ${vpcCidr} in ${zones.map((zone) => zone.name).join(', ')}`,
    resources: {},
  };
}

export const handler = lambdaHandler('accept', accept);
