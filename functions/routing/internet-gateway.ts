/** The Internet Gateway (R13). Found by tag: looked up by attachment, one that was never attached would be made twice. */
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  EC2Client,
  type InternetGateway,
} from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { answerOf, counts } from '#lib/aws/errors.ts';
import { findInternetGateway, listInternetGateways } from '#lib/network/observe.ts';
import { chooseOne, createWithoutToken, lostAnswerSeconds } from '#lib/network/one-of-a-kind.ts';
import { done, type Progress, waiting } from '#lib/network/progress.ts';
import { isFresh, keepMade } from '#lib/network/visibility.ts';
import { deleteAll, doAll } from '#lib/network/work.ts';
import { componentTag, isOwned, ownershipFilters, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import type { StepContext } from '#lib/run/step.ts';

const internetGatewayComponent = 'internet-gateway';

/** Done once it is attached to the VPC. */
export async function ensureInternetGateway(context: StepContext, vpcId: string): Promise<Progress> {
  const { environment, resources } = context;
  const ec2 = client(EC2Client, environment);
  const known = resources.internetGatewayId;
  const isNew = isFresh(resources, known);
  // A filter finds one that was made a moment ago later than its id does.
  const listed = isNew ? undefined : await ownGateway(ec2, context);
  const found = listed ?? (known ? await findInternetGateway(ec2, known) : undefined);
  if (found && isAttached(found, vpcId)) return done(found.InternetGatewayId!);
  if (found) return attach(context, found.InternetGatewayId!, vpcId);
  if (known && isNew) return attach(context, known, vpcId);
  const id = await create(context);
  if (!id) return waiting('AWS did not say whether it made the Internet Gateway', lostAnswerSeconds);
  keepMade(context, id, { internetGatewayId: id });
  return attach(context, id, vpcId);
}

async function ownGateway(
  ec2: EC2Client,
  { environment }: StepContext,
): Promise<InternetGateway | undefined> {
  const listed = await listInternetGateways(ec2, ownershipFilters(environment));
  // One that lost only the second tag is in the VPC's only place: beside it no other could be attached.
  const candidates = listed.filter(
    ({ Tags }) => (tagValue(Tags, componentTag) ?? internetGatewayComponent) === internetGatewayComponent,
  );
  const { kept, surplus } = chooseOne(candidates, {
    noun: 'the Internet Gateway',
    idOf: (gateway) => gateway.InternetGatewayId,
    inUse: (gateway) => (gateway.Attachments ?? []).length > 0,
  });
  await deleteAll(
    surplus.map(
      ({ InternetGatewayId }) =>
        () =>
          ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId })),
    ),
  );
  return kept;
}

async function create(context: StepContext): Promise<string | undefined> {
  const { environment } = context;
  const created = await createWithoutToken(context, internetGatewayComponent, () =>
    singleAttemptClient(EC2Client, environment).send(
      new CreateInternetGatewayCommand({
        TagSpecifications: tagSpecifications(environment, 'internet-gateway', internetGatewayComponent),
      }),
    ),
  );
  return created?.InternetGateway?.InternetGatewayId;
}

/** AWS says `available` for attached, which its own enum does not know (aws-facts 0.4). */
function isAttached(gateway: InternetGateway, vpcId: string): boolean {
  const [attachment] = gateway.Attachments ?? [];
  if (!attachment) return false;
  if (attachment.VpcId !== vpcId) {
    throw new ResourceFailedError(
      `Internet Gateway ${gateway.InternetGatewayId} of this environment is attached to VPC ${attachment.VpcId} instead of ${vpcId}`,
      'detach it there, then run again',
    );
  }
  return ['available', 'attached'].includes(attachment.State ?? '');
}

async function attach({ environment }: StepContext, id: string, vpcId: string): Promise<Progress> {
  const ec2 = client(EC2Client, environment);
  const command = new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId });
  try {
    const [late] = await doAll([() => ec2.send(command)], ['pending']);
    return late ? waiting(`Internet Gateway ${id} is being attached; ${late}`, 1, id) : done(id);
  } catch (error) {
    // A VPC takes one gateway; AWS calls a second one an InvalidParameterValue.
    if (!counts(error, ['exists', 'configuration'])) throw error;
    await refuseForeign(ec2, environment, vpcId);
    return waiting(`Internet Gateway ${id} is being attached; ${answerOf(error)}`, 1, id);
  }
}

async function refuseForeign(ec2: EC2Client, environment: EnvironmentPlan, vpcId: string): Promise<void> {
  const attached = await listInternetGateways(ec2, [{ Name: 'attachment.vpc-id', Values: [vpcId] }]);
  const foreign = attached.find((gateway) => !isOwned(gateway.Tags, environment));
  if (foreign) {
    throw new NotOurResourceError(
      `Internet Gateway ${foreign.InternetGatewayId} is attached to VPC ${vpcId} and does not carry the tags of environment ${environment.name}`,
      'detach it, then run again',
    );
  }
}
