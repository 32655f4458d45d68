/** The deployed service as its users reach it: names from the stage, account and region from their own credentials. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { configureClients, homeClient } from '#lib/aws/clients.ts';
import type { AnyMachine } from '#local/runner.ts';

/** The framework's `service` (serverless.yml): the first part of every deployed name. */
export const serviceName = 'aoscloud-provisioning';

export interface ServiceOptions {
  readonly stage: string;
  readonly profile?: string;
  /** Of the service; that of the profile where it is left out. */
  readonly serviceRegion?: string;
}

export interface Service {
  readonly stage: string;
  readonly region: string;
  readonly machineArn: (machine: AnyMachine) => string;
}

/** Points the SDK clients and the registry at the deployed service. One call to STS, which also tries the credentials. */
export async function openService({ stage, profile, serviceRegion }: ServiceOptions): Promise<Service> {
  if (profile) process.env.AWS_PROFILE = profile;
  configureClients({});
  const region =
    serviceRegion ??
    process.env.AWS_REGION ??
    process.env.AWS_DEFAULT_REGION ??
    (await new STSClient({}).config.region());
  process.env.AWS_REGION = region;
  process.env.REGISTRY_TABLE = `${serviceName}-${stage}-environments`;
  const { Account, Arn } = await homeClient(STSClient).send(new GetCallerIdentityCommand({}));
  const partition = Arn?.split(':')[1] ?? 'aws';
  return {
    stage,
    region,
    machineArn: (machine) =>
      `arn:${partition}:states:${region}:${Account}:stateMachine:${serviceName}-${stage}-${machine}`,
  };
}

/** Where a person sees the execution graph. */
export function consoleUrl(executionArn: string, region: string): string {
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}
