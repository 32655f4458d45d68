/**
 * How a service is modelled: operations over plain JSON state, on the engine's clock. An operation that is
 * not listed, and a parameter its schema does not name, are refused loudly.
 */

import { z } from 'zod';
import { nextRandom, type RandomState } from './random.ts';
import { partitionOf } from './regions.ts';

/** Everything of one account in one region, by service. Each service module owns its own member. */
type ServiceState = Record<string, unknown>;

/** Something that happens later by itself: a resource gets ready, fails or vanishes. */
interface ScheduledEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly account: string;
  readonly region: string;
  /** Names the handler that a service registered, such as `ec2:natGatewayAvailable`. */
  readonly kind: string;
  readonly id: string;
}

/** The whole embedded AWS. Plain JSON: it is stored and copied as such. */
export interface AwsState {
  version: 1;
  /** Milliseconds since the epoch; never goes back. */
  now: number;
  random: RandomState;
  /** Counts ids handed out, so that every id is new. */
  nextId: number;
  /** The earliest first; of those at the same moment, the one that was scheduled first. */
  schedule: ScheduledEvent[];
  /** Account id -> region (`global` for IAM) -> service -> its state. */
  accounts: Record<string, Record<string, ServiceState>>;
}

/** Thrown by an operation; reaches the caller looking like the SDK's own error. */
export class AwsFault extends Error {
  readonly status: number;
  /** The code on the wire, where it differs from the JS error's name. */
  readonly wireCode: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  /**
   * @param name the JS `error.name` (aws-facts appendix A); @param wireCode only where it differs.
   * @param extra further members of the modelled error, such as EFS's `FileSystemId`.
   */
  constructor(
    name: string,
    message: string,
    options: { status?: number; wireCode?: string; extra?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = name;
    this.status = options.status ?? 400;
    this.wireCode = options.wireCode;
    this.extra = options.extra ?? {};
  }
}

/** How a resource created in this call will end; a fault injection may choose. */
export type Outcome = 'normal' | 'fails';

/** What an operation sees of the world. */
export interface Call {
  readonly now: number;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** Who calls: an IAM ARN. */
  readonly caller: string;
  /** `fails` when this call was chosen to make a resource that ends in its failure state. */
  readonly outcome: Outcome;
  /** This account's state of `service` in this region; made by `init` at first use. */
  state<S>(service: string, init: () => S): S;
  /** The same for account-global services. */
  globalState<S>(service: string, init: () => S): S;
  /** This moment in another account, for what reaches across. */
  inAccount(account: string): Call;
  /** A new id such as `vpc-0a1b…` (17 hexadecimal digits) */
  newId(prefix: string): string;
  /** `length` random lower-case hexadecimal digits. */
  hex(length: number): string;
  /** A number in [0, 1) of the seeded source. */
  random(): number;
  /** A whole number of milliseconds between two numbers of seconds. */
  between(minSeconds: number, maxSeconds: number): number;
  /** Notes what AWS takes over something that no event ends, for those who account for time. */
  note(kind: string, id: string, milliseconds: number): void;
  /** Calls the handler registered for `kind` with `id` after `milliseconds`, and notes it. */
  schedule(kind: string, id: string, milliseconds: number): void;
}

export interface Operation {
  /** Does it change anything? Mutating calls are counted apart, stored, and throttled apart. */
  readonly mutates: boolean;
  readonly input: z.ZodType;
  // biome-ignore lint/suspicious/noExplicitAny: each operation's own input and output
  readonly run: (input: any, call: Call) => object;
}

/** A read. Its schema names every parameter that is modelled; anything else is refused. */
export function read<S extends z.ZodRawShape>(
  shape: S,
  run: (input: z.infer<z.ZodObject<S>>, call: Call) => object,
): Operation {
  return { mutates: false, input: z.strictObject(shape), run };
}

/** A mutation. */
export function mutation<S extends z.ZodRawShape>(
  shape: S,
  run: (input: z.infer<z.ZodObject<S>>, call: Call) => object,
): Operation {
  return { mutates: true, input: z.strictObject(shape), run };
}

/** A modelled service. `service` is the prefix operations are called by: `ec2` of `ec2:CreateVpc`. */
export interface ServiceModel {
  readonly service: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** By `kind` of a {@link ScheduledEvent}. A vanished id is not an error. */
  readonly events?: Readonly<Record<string, (id: string, call: Call) => void>>;
  /** Whose temporary key this is: an ARN. Throws the fault of one that is not valid any more. */
  readonly callerOf?: (accessKeyId: string, call: Call) => string;
  /** Everything that exists, by type (`ec2:vpc` -> ids), empty lists left out. */
  readonly inventory?: (call: Call) => Record<string, string[]>;
}

/** The call as a service sees it; `now` differs from the state's only while past events are caught up with. */
export function makeCall(
  state: AwsState,
  who: { account: string; region: string; caller: string },
  outcome: Outcome = 'normal',
  now: number = state.now,
  note: Call['note'] = () => {},
): Call {
  const ofRegion = (region: string): ServiceState => {
    const account = (state.accounts[who.account] ??= {});
    return (account[region] ??= {});
  };
  const hex = (length: number): string => {
    let digits = '';
    while (digits.length < length)
      digits += Math.floor(nextRandom(state.random) * 0x100000000)
        .toString(16)
        .padStart(8, '0');
    return digits.slice(0, length);
  };
  return {
    now,
    ...who,
    partition: partitionOf(who.region),
    outcome,
    inAccount: (account) => makeCall(state, { ...who, account }, outcome, now, note),
    state: <S>(service: string, init: () => S) => (ofRegion(who.region)[service] ??= init()) as S,
    globalState: <S>(service: string, init: () => S) => (ofRegion('global')[service] ??= init()) as S,
    newId: (prefix) => {
      state.nextId += 1;
      // The counter first, so that no two ids are ever equal.
      return `${prefix}-${(state.nextId.toString(16).padStart(5, '0') + hex(12)).slice(0, 17)}`;
    },
    hex,
    note,
    random: () => nextRandom(state.random),
    between: (min, max) => Math.round((min + (max - min) * nextRandom(state.random)) * 1000),
    schedule: (kind, id, milliseconds) => {
      enterEvent(state.schedule, {
        at: now + milliseconds,
        account: who.account,
        region: who.region,
        kind,
        id,
      });
      note(kind, id, milliseconds);
    },
  };
}

/** Keeps the order; behind all that are due at the same moment. */
function enterEvent(schedule: ScheduledEvent[], event: ScheduledEvent): void {
  let from = 0;
  let to = schedule.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((schedule[middle] as ScheduledEvent).at <= event.at) from = middle + 1;
    else to = middle;
  }
  schedule.splice(from, 0, event);
}

export function emptyState(seed: number, now: number): AwsState {
  return { version: 1, now, random: { seed }, nextId: 0, schedule: [], accounts: {} };
}
