/**
 * The S3 gateway endpoint a request may ask for (`network.s3GatewayEndpoint`): image layers and everything else in S3
 * then leave the EKS subnets without passing the NAT gateway. Its route stands on the explicit route tables, never on
 * the main one (R17). Found by ownership tag; where the request no longer asks for it, what an earlier run made goes.
 */
import {
  CreateVpcEndpointCommand,
  EC2Client,
  ModifyVpcEndpointCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { canonicalCode, counts } from '#lib/aws/errors.ts';
import { deleteEndpoints, failureOf, phaseOf } from '#lib/network/endpoints.ts';
import { findVpcEndpoint, inVpc, listRouteTables } from '#lib/network/observe.ts';
import { routedComponents, s3GatewayComponent } from '#lib/network/options.ts';
import { done, type Progress, waiting } from '#lib/network/progress.ts';
import { isFresh, keepMade } from '#lib/network/visibility.ts';
import { clientToken, componentTag, isOwned, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import type { StepContext } from '#lib/run/step.ts';

/** Undefined where none is wanted and none is left. `all` is what the VPC has of endpoints. */
export async function ensureS3Gateway(
  context: StepContext,
  vpcId: string,
  all: readonly VpcEndpoint[],
): Promise<Progress | undefined> {
  const { environment } = context;
  const ours = all.filter((one) => isS3Gateway(one, environment) && phaseOf(one) !== 'gone');
  if (!environment.network.s3GatewayEndpoint) return withdraw(environment, ours);
  const failed = ours.find((one) => phaseOf(one) === 'failed');
  if (failed) refuseFailed(failed);
  if (ours.some((one) => phaseOf(one) === 'leaving'))
    return waiting('the S3 gateway endpoint is being deleted first', 5);
  const tableIds = await tablesOf(environment, vpcId);
  if (!tableIds) return waiting('the route tables for the S3 gateway endpoint are not visible yet', 2);
  const [kept] = [...ours, ...(ours.length === 0 ? await unlisted(context) : [])];
  const known = context.resources.s3GatewayEndpointId;
  if (kept) return attach(environment, kept, tableIds);
  if (isFresh(context.resources, known))
    return waiting(`S3 gateway endpoint ${known} is not visible yet`, 3, known);
  return create(context, vpcId, tableIds, all);
}

function isS3Gateway({ VpcEndpointType, Tags }: VpcEndpoint, environment: EnvironmentPlan): boolean {
  return (
    VpcEndpointType === 'Gateway' &&
    isOwned(Tags, environment) &&
    tagValue(Tags, componentTag) === s3GatewayComponent
  );
}

async function withdraw(
  environment: EnvironmentPlan,
  ours: readonly VpcEndpoint[],
): Promise<Progress | undefined> {
  if (ours.length === 0) return undefined;
  await deleteEndpoints(
    environment,
    ours.filter((one) => phaseOf(one) !== 'leaving'),
  );
  return waiting('the S3 gateway endpoint, which the request no longer asks for, is being deleted', 5);
}

function refuseFailed(failed: VpcEndpoint): never {
  throw new ResourceFailedError(
    `S3 gateway endpoint ${failed.VpcEndpointId} is ${failed.State}: ${failureOf(failed)}`,
    'delete it, then run again',
  );
}

/** Undefined until every one of them is listed. */
async function tablesOf(environment: EnvironmentPlan, vpcId: string): Promise<string[] | undefined> {
  const tables = await listRouteTables(client(EC2Client, environment), inVpc(vpcId));
  const ids = routedComponents(environment).map(
    (component) =>
      tables.find(({ Tags }) => isOwned(Tags, environment) && tagValue(Tags, componentTag) === component)
        ?.RouteTableId,
  );
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

async function unlisted({ environment, resources }: StepContext): Promise<VpcEndpoint[]> {
  const id = resources.s3GatewayEndpointId;
  if (!id || isFresh(resources, id)) return [];
  const found = await findVpcEndpoint(client(EC2Client, environment), id);
  return found && ['coming', 'available'].includes(phaseOf(found)) ? [found] : [];
}

/** Tables that somebody else put it on stay. */
async function attach(
  environment: EnvironmentPlan,
  endpoint: VpcEndpoint,
  tableIds: readonly string[],
): Promise<Progress> {
  const id = endpoint.VpcEndpointId!;
  if (phaseOf(endpoint) !== 'available') return waiting(`S3 gateway endpoint ${id} is pending`, 3, id);
  const missing = tableIds.filter((table) => !endpoint.RouteTableIds?.includes(table));
  if (missing.length === 0) return done(id);
  const change = new ModifyVpcEndpointCommand({ VpcEndpointId: id, AddRouteTableIds: missing });
  const note = await putOff(() => singleAttemptClient(EC2Client, environment).send(change));
  return waiting(`S3 gateway endpoint ${id} is being put on ${missing.join(', ')}${note.text}`, 5, id);
}

/** AWS lets a route table have the route of one endpoint a service (eksctl-io/eksctl#2510). */
async function create(
  context: StepContext,
  VpcId: string,
  tableIds: readonly string[],
  all: readonly VpcEndpoint[],
): Promise<Progress> {
  const { environment, resources } = context;
  const ServiceName = environment.endpointServices.find(({ suffix }) => suffix === 's3')!.serviceName;
  const foreign = all.find(
    (one) =>
      one.VpcEndpointType === 'Gateway' &&
      one.ServiceName === ServiceName &&
      ['coming', 'available'].includes(phaseOf(one)) &&
      one.RouteTableIds?.some((table) => tableIds.includes(table)),
  );
  if (foreign) {
    throw new NotOurResourceError(
      `S3 gateway endpoint ${foreign.VpcEndpointId} is on a route table of environment ${environment.name} and does not carry its tags`,
      'take it off these route tables, or switch network.s3GatewayEndpoint off, then run again',
    );
  }
  const command = new CreateVpcEndpointCommand({
    VpcId,
    VpcEndpointType: 'Gateway',
    ServiceName,
    RouteTableIds: [...tableIds],
    // A token replayed after its endpoint died answers with the corpse.
    ClientToken: clientToken(
      VpcId,
      s3GatewayComponent,
      environment.execution,
      resources.s3GatewayEndpointId ?? '',
    ),
    TagSpecifications: tagSpecifications(environment, 'vpc-endpoint', s3GatewayComponent),
  });
  const asked = await putOff(() => singleAttemptClient(EC2Client, environment).send(command));
  const id = asked.answer?.VpcEndpoint?.VpcEndpointId;
  if (!id) return waiting(`the S3 gateway endpoint is not requested yet${asked.text}`, 5);
  keepMade(context, id, { s3GatewayEndpointId: id });
  return waiting(`S3 gateway endpoint ${id} is pending`, 3, id);
}

/** One attempt, as for the interface endpoints: the bucket of these calls refills slowly, and a later look asks again. */
async function putOff<T>(send: () => Promise<T>): Promise<{ answer?: T; text: string }> {
  try {
    return { answer: await send(), text: '' };
  } catch (error) {
    if (!counts(error as Error, ['throttled', 'pending', 'transient', 'exists'])) throw error;
    return { text: `; AWS answered ${canonicalCode(error)}` };
  }
}
