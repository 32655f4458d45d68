/** The NAT gateway's Elastic IP (R14). */
import { type Address, AllocateAddressCommand, EC2Client, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { asNatId, natIdOf } from '#lib/network/known-ids.ts';
import { findAddress } from '#lib/network/observe.ts';
import { chooseOne, createWithoutToken, lostAnswerSeconds } from '#lib/network/one-of-a-kind.ts';
import { defined, done, type Progress, waiting } from '#lib/network/progress.ts';
import { isFresh, keepMade } from '#lib/network/visibility.ts';
import { deleteAll } from '#lib/network/work.ts';
import { componentTag, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import type { StepContext } from '#lib/run/step.ts';

/** What holds an address: neither while it is free. */
export interface AddressHolder {
  readonly associationId?: string;
  readonly networkInterfaceId?: string;
}

export type AddressProgress = Progress & { readonly holder?: AddressHolder };

/** Done once it is allocated; of two, the one that is associated stays. `listed`: what the environment has. */
export async function ensureAddress(
  context: StepContext,
  component: string,
  listed: readonly Address[],
): Promise<AddressProgress> {
  const { environment, resources } = context;
  const known = natIdOf(resources, component);
  const kept = (await ownAddress(context, component, listed)) ?? (await unlisted(context, known));
  if (kept) return { ...done(kept.AllocationId!), ...defined({ holder: holderOf(kept) }) };
  if (isFresh(resources, known)) return waiting(`address ${known} is not visible yet`, 2, known);
  const created = await createWithoutToken(context, component, () =>
    singleAttemptClient(EC2Client, environment).send(
      new AllocateAddressCommand({
        Domain: 'vpc',
        TagSpecifications: tagSpecifications(environment, 'elastic-ip', component),
      }),
    ),
  );
  if (!created?.AllocationId)
    return waiting('AWS did not say whether it allocated the address', lostAnswerSeconds);
  keepMade(context, created.AllocationId, asNatId(component, created.AllocationId));
  return done(created.AllocationId);
}

/** The operator's: looked up by id, and by nothing else ever touched (W4). */
export async function namedAddress({ environment }: StepContext, id: string): Promise<AddressProgress> {
  const address = await findAddress(client(EC2Client, environment), id);
  if (address) return { ...done(id), ...defined({ holder: holderOf(address) }) };
  throw new NotOurResourceError(
    `address ${id} of network.natAddresses is not in ${environment.region} of account ${environment.account}`,
    'name one that is there, then run again',
  );
}

async function ownAddress(
  { environment }: StepContext,
  component: string,
  listed: readonly Address[],
): Promise<Address | undefined> {
  const ec2 = client(EC2Client, environment);
  const { kept, surplus } = chooseOne(
    listed.filter(({ Tags }) => tagValue(Tags, componentTag) === component),
    {
      noun: 'the address of the NAT gateway',
      idOf: (address) => address.AllocationId,
      inUse: (address) => address.AssociationId !== undefined,
    },
  );
  await deleteAll(
    surplus.map(
      ({ AllocationId }) =>
        () =>
          ec2.send(new ReleaseAddressCommand({ AllocationId })),
    ),
  );
  return kept;
}

async function unlisted(
  { environment }: StepContext,
  known: string | undefined,
): Promise<Address | undefined> {
  return known ? findAddress(client(EC2Client, environment), known) : undefined;
}

function holderOf({ AssociationId, NetworkInterfaceId }: Address): AddressHolder | undefined {
  if (!AssociationId) return undefined;
  return {
    associationId: AssociationId,
    ...(NetworkInterfaceId ? { networkInterfaceId: NetworkInterfaceId } : {}),
  };
}
