/**
 * Which environment has a /16 in an account and region (R4): an item of its own beside the environments, taken by a
 * conditional write, because of two requests at once AWS shows neither's VPC yet. Every base block is a /16 without host
 * bits (R2), so two
 * blocks overlap exactly where they are equal.
 *
 * Nothing gives a reservation back, so nothing can die before it does: like a lock, it holds only as long as its
 * environment's own item says that it stands on this block.
 */
import { DynamoDBClient, GetItemCommand, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import type { EnvironmentTarget } from './environment.ts';
import { preflightFailure, TransientError } from './failures.ts';
import { type RegistryItem, readEnvironment } from './registry.ts';

interface Reservation {
  readonly holder: string;
  readonly since: string;
}

type Place = Pick<EnvironmentTarget, 'name' | 'account' | 'region'>;

/** Between reserving and locking lies no more than one invocation of accept. */
const acceptingSeconds = 120;

const table = () => process.env.REGISTRY_TABLE as string;
/** No environment can be called that. */
const keyOf = ({ account, region }: Place, cidr: string) =>
  marshall({ environment: `block#${account}#${region}#${cidr}` });

/** Reserves the block for the environment. Twice is once. Throws PreflightFailedError where another one has it. */
export async function reserveBlock(place: Place, cidr: string): Promise<void> {
  const other = await attempt(place, cidr);
  if (other) throw taken(other, place, cidr);
}

/** The same for one who takes another block as well: false where another environment has it. */
export async function tryReserveBlock(place: Place, cidr: string): Promise<boolean> {
  return (await attempt(place, cidr)) === undefined;
}

/** Which other environment has the block, if one has. */
export async function holderOfBlock(place: Place, cidr: string): Promise<string | undefined> {
  return (await heldByAnother(place, cidr, await readReservation(place, cidr)))?.holder;
}

export interface HeldBlock {
  readonly cidr: string;
  readonly account: string;
  readonly region: string;
  readonly holder: string;
  /** ISO 8601: when it was reserved. */
  readonly since: string;
  /** Its environment does not stand on it yet: a run is being accepted. */
  readonly accepting?: true;
}

/** Every block that is held, by region and block. Reservations that hold no more are left out. */
export async function listBlocks(): Promise<HeldBlock[]> {
  const items = await allPages(
    paginateScan({ client: homeClient(DynamoDBClient) }, { TableName: table() }),
    (page) => page.Items,
  );
  const all = items.map((item) => unmarshall(item) as Reservation & { readonly environment: string });
  const environments = new Map(all.map((item) => [item.environment, item as unknown as RegistryItem]));
  const blocks = all.flatMap(({ environment, holder, since }): HeldBlock[] => {
    const [kind, account = '', region = '', cidr = ''] = environment.split('#');
    if (kind !== 'block') return [];
    const item = environments.get(holder);
    const block = { cidr, account, region, holder, since };
    if (item && !isNothing(item) && isOn(item, { name: holder, account, region }, cidr)) return [block];
    // For a person: what is gone since then is not being accepted. Who takes a block goes by the time alone.
    if (item && isNothing(item) && item.updatedAt > since) return [];
    return isBeingAccepted(since) ? [{ ...block, accepting: true }] : [];
  });
  return blocks.sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
}

function orderOf({ account, region, cidr }: HeldBlock): string {
  return [account, region, ...cidr.split('.').map((octet) => octet.padStart(3, '0'))].join(' ');
}

function isBeingAccepted(since: string): boolean {
  return Date.now() - Date.parse(since) < acceptingSeconds * 1000;
}

/** Answers whose it is, where it is another one's. */
async function attempt(place: Place, cidr: string): Promise<Reservation | undefined> {
  const held = await readReservation(place, cidr);
  const other = await heldByAnother(place, cidr, held);
  if (other) return other;
  if (await take(place, cidr, held)) return undefined;
  const winner = await readReservation(place, cidr);
  if (winner && winner.holder !== place.name) return winner;
  throw new TransientError(`the reservation of ${cidr} has just changed hands`, 'run again');
}

async function heldByAnother(
  place: Place,
  cidr: string,
  held: Reservation | undefined,
): Promise<Reservation | undefined> {
  return held && held.holder !== place.name && (await stands(held, place, cidr)) ? held : undefined;
}

/** False where somebody was quicker, its former holder included: that one may be back. */
async function take(place: Place, cidr: string, held: Reservation | undefined): Promise<boolean> {
  try {
    await homeClient(DynamoDBClient).send(
      new UpdateItemCommand({
        TableName: table(),
        Key: keyOf(place, cidr),
        UpdateExpression: 'SET #holder = :me, #since = :now',
        ConditionExpression:
          held === undefined ? 'attribute_not_exists(#holder)' : '#holder = :holder AND #since = :since',
        ExpressionAttributeNames: { '#holder': 'holder', '#since': 'since' },
        ExpressionAttributeValues: marshall(
          {
            ':me': place.name,
            ':now': new Date().toISOString(),
            ':holder': held?.holder,
            ':since': held?.since,
          },
          { removeUndefinedValues: true },
        ),
      }),
    );
    return true;
  } catch (error) {
    if (canonicalCode(error) !== 'ConditionalCheckFailed') throw error;
    return false;
  }
}

async function readReservation(place: Place, cidr: string): Promise<Reservation | undefined> {
  const { Item } = await homeClient(DynamoDBClient).send(
    new GetItemCommand({ TableName: table(), Key: keyOf(place, cidr), ConsistentRead: true }),
  );
  return Item ? (unmarshall(Item) as Reservation) : undefined;
}

/** Is its environment there, on this block, or just being accepted? */
async function stands({ holder, since }: Reservation, place: Place, cidr: string): Promise<boolean> {
  if (isBeingAccepted(since)) return true;
  const item = await readEnvironment(holder);
  return item !== undefined && !isNothing(item) && isOn(item, place, cidr);
}

function isOn({ vpcCidr, account, region }: RegistryItem, place: Place, cidr: string): boolean {
  return vpcCidr === cidr && account === place.account && region === place.region;
}

/** Nothing exists of this environment, and nobody is making it. */
export function isNothing({ status, empty, lock }: RegistryItem): boolean {
  return status === 'GONE' || (empty === true && lock === undefined);
}

function taken({ holder, since }: Reservation, { name, account, region }: Place, cidr: string): Error {
  const finding = {
    what: `vpcCidr ${cidr} is reserved for environment ${JSON.stringify(holder)} since ${since} (R4)`,
    todo: 'choose another vpcCidr, or remove that environment first',
  };
  return preflightFailure({ name, region, account }, [finding]);
}
