/**
 * The attachment to the transit gateway a request may name (`network.transitGateway`): the way in from the networks of
 * the operator. Found by ownership tag; AWS lets a VPC have one to each gateway. Where the request no longer asks for
 * it, its routes and then it go.
 */
import {
  CreateTransitGatewayVpcAttachmentCommand,
  DeleteRouteCommand,
  DeleteTransitGatewayVpcAttachmentCommand,
  EC2Client,
  type RouteTable,
  type TransitGatewayVpcAttachment,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { transitGatewayAttachmentStates } from '#lib/aws/statuses.ts';
import { subnetIdsOf } from '#lib/network/known-ids.ts';
import { inVpc, listTransitGatewayAttachments } from '#lib/network/observe.ts';
import { transitGatewayComponent, transitGatewaySubnets } from '#lib/network/options.ts';
import { done, type Progress, type Wait, waiting } from '#lib/network/progress.ts';
import { isAttachmentOver } from '#lib/network/transit-gateway.ts';
import { isFresh, keepMade } from '#lib/network/visibility.ts';
import { deleteAll, type Work } from '#lib/network/work.ts';
import { createdByTag, isOwned, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { assertKnownStatus } from '#lib/run/known-status.ts';
import type { StepContext } from '#lib/run/step.ts';

/** The control plane takes as long; nodes, whose start waits for the routes, come after both. */
const acceptWithinSeconds = 900;
const acceptancePollSeconds = 15;
/** About a minute, as a rule. */
const pollSeconds = 10;

/** Undefined where the request names no transit gateway. */
export async function ensureTransitGateway(
  context: StepContext,
  vpcId: string,
): Promise<Progress | undefined> {
  const { environment, resources } = context;
  const gateway = environment.network.transitGateway?.id;
  if (!gateway) return undefined;
  const listed = await listTransitGatewayAttachments(client(EC2Client, environment), inVpc(vpcId));
  const toIt = listed.filter(({ TransitGatewayId }) => TransitGatewayId === gateway);
  refuseLost(environment, toIt);
  const [standing] = toIt.filter(({ State }) => !isAttachmentOver(State));
  const known = resources.transitGatewayAttachmentId;
  if (standing) return progressOf(context, gateway, standing);
  if (isFresh(resources, known)) return waiting(`attachment ${known} is not visible yet`, 3, known);
  return attach(context, vpcId, gateway);
}

/** One of this run that its gateway's owner rejected, or that failed. Those of earlier runs are history. */
function refuseLost(environment: EnvironmentPlan, attachments: readonly TransitGatewayVpcAttachment[]): void {
  const lost = attachments.find(
    ({ State, Tags }) =>
      State !== 'deleted' &&
      isAttachmentOver(State) &&
      isOwned(Tags, environment) &&
      tagValue(Tags, createdByTag) === environment.execution,
  );
  if (!lost) return;
  const isRejected = lost.State?.startsWith('reject');
  throw new ResourceFailedError(
    `attachment ${lost.TransitGatewayAttachmentId} to transit gateway ${lost.TransitGatewayId} is ${lost.State}`,
    isRejected
      ? 'agree with the owner of the transit gateway that it is accepted, then run again'
      : 'look at it in the VPC console, remove that cause, then run again',
  );
}

function progressOf(
  { environment, elapsedSeconds }: StepContext,
  gateway: string,
  { TransitGatewayAttachmentId, State, Tags }: TransitGatewayVpcAttachment,
): Progress {
  const id = TransitGatewayAttachmentId!;
  const what = `attachment ${id} to transit gateway ${gateway}`;
  if (!isOwned(Tags, environment)) {
    throw new NotOurResourceError(
      `${what} attaches the VPC of environment ${environment.name} and does not carry its tags`,
      'delete that attachment, or take network.transitGateway out of the request, then run again',
    );
  }
  assertKnownStatus(what, transitGatewayAttachmentStates, State);
  if (State === 'available') return done(id);
  if (State !== 'pendingAcceptance') return waiting(`${what} is ${State}`, pollSeconds, id);
  const command = `aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id ${id}`;
  if (elapsedSeconds < acceptWithinSeconds)
    return waiting(
      `${what} waits for the account that owns the gateway to accept it (${command})`,
      acceptancePollSeconds,
      id,
    );
  throw new ResourceFailedError(
    `${what} was not accepted within ${acceptWithinSeconds / 60} minutes by the account that owns the gateway`,
    `have the gateway accept attachments by itself (AutoAcceptSharedAttachments), or run again while somebody there accepts it (${command})`,
  );
}

/** There is no client token: AWS refuses a second attachment of one VPC to one gateway. */
async function attach(context: StepContext, VpcId: string, TransitGatewayId: string): Promise<Progress> {
  const { environment, resources } = context;
  const wanted = transitGatewaySubnets(environment);
  const command = new CreateTransitGatewayVpcAttachmentCommand({
    TransitGatewayId,
    VpcId,
    SubnetIds: subnetIdsOf(environment.subnets, resources, ({ component }) => wanted.includes(component)),
    TagSpecifications: tagSpecifications(environment, 'transit-gateway-attachment', transitGatewayComponent),
  });
  const answer = await tolerating(['exists'], () => client(EC2Client, environment).send(command));
  const id = answer?.TransitGatewayVpcAttachment?.TransitGatewayAttachmentId;
  if (!id) return waiting(`the attachment to transit gateway ${TransitGatewayId} is not visible yet`, 5);
  keepMade(context, id, { transitGatewayAttachmentId: id });
  return waiting(`attachment ${id} to transit gateway ${TransitGatewayId} is pending`, pollSeconds, id);
}

/** Attachments of ours to gateways the request does not name, with the routes to them. What is still to wait for. */
export async function detachLeftovers(
  environment: EnvironmentPlan,
  vpcId: string,
  tables: readonly RouteTable[],
): Promise<Wait | undefined> {
  const ec2 = client(EC2Client, environment);
  const left = (await listTransitGatewayAttachments(ec2, inVpc(vpcId))).filter(
    ({ State, Tags, TransitGatewayId }) =>
      !isAttachmentOver(State) &&
      isOwned(Tags, environment) &&
      TransitGatewayId !== environment.network.transitGateway?.id,
  );
  if (left.length === 0) return undefined;
  const notes = await deleteAll([
    ...routesTo(
      ec2,
      tables,
      left.map(({ TransitGatewayId }) => TransitGatewayId),
    ),
    ...detachments(ec2, left),
  ]);
  const ids = left.map(({ TransitGatewayAttachmentId }) => TransitGatewayAttachmentId).join(', ');
  const why = notes.length > 0 ? `; ${notes[0]}` : '';
  return waiting(
    `attachment ${ids}, which the request no longer asks for, is being deleted${why}`,
    pollSeconds,
  ).wait;
}

/** Of those that are not on their way out already. */
export function detachments(ec2: EC2Client, attachments: readonly TransitGatewayVpcAttachment[]): Work[] {
  return attachments
    .filter(({ State }) => State !== 'deleting')
    .map(
      ({ TransitGatewayAttachmentId }) =>
        () =>
          ec2.send(new DeleteTransitGatewayVpcAttachmentCommand({ TransitGatewayAttachmentId })),
    );
}

function routesTo(
  ec2: EC2Client,
  tables: readonly RouteTable[],
  gateways: readonly (string | undefined)[],
): Work[] {
  return tables.flatMap(({ RouteTableId, Routes = [] }) =>
    Routes.filter(({ TransitGatewayId }) => TransitGatewayId && gateways.includes(TransitGatewayId)).map(
      ({ DestinationCidrBlock }) =>
        () =>
          ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock })),
    ),
  );
}
