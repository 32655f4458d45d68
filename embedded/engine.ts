/**
 * The embedded AWS: takes the place of the network under the SDK clients. A call goes through the SDK's own
 * serializer, signer and retry; instead of being sent it runs against the model.
 */
import type { HandlerExecutionContext, Pluggable } from '@smithy/types';
import type { Authorize } from '#embedded/authorization/authorizer.ts';
import {
  AwsFault,
  type AwsState,
  type Call,
  makeCall,
  type Operation,
  type Outcome,
  type ServiceModel,
} from './model.ts';
import { RateLimits } from './rates.ts';
import { notEnabledCode, partitionOf, regionState } from './regions.ts';
import { asSdkError, SdkEntry } from './sdk-entry.ts';
import type { Store } from './store.ts';

/** What a fault injection may do to one call. */
export type Fault =
  /** Refused before it has any effect. */
  | { readonly kind: 'refuse'; readonly fault: AwsFault }
  /** It never reaches AWS: resolver or socket fail with this code of Node.js. */
  | { readonly kind: 'unreachable'; readonly code: string }
  /** It takes effect, but the connection breaks before the answer. */
  | { readonly kind: 'answer-lost' }
  /** The process that made the call dies; the call has taken effect, or not. The promise never settles. */
  | { readonly kind: 'kill'; readonly effect: boolean; readonly onKill: () => void }
  /** The resource it makes ends in its failure state. */
  | { readonly kind: 'outcome-fails' };

/** One call as an observer sees it. */
export interface CallRecord {
  /** `ec2:CreateVpc` */
  readonly operation: string;
  readonly mutates: boolean;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Counts calls from 0 in this engine. */
  readonly index: number;
}

export interface EngineOptions {
  readonly store: Store;
  readonly services: readonly ServiceModel[];
  /** `ec2:CreateVpc` for a call the SDK is about to send. Before the colon stands the `service` of a model. */
  readonly operationName: (context: HandlerExecutionContext) => string;
  /** Chooses a fault for a call, or none. */
  readonly inject?: (call: CallRecord) => Fault | undefined;
  /** Seconds a call takes, of the caller's clock; 0 for none. */
  readonly latencySeconds?: number;
  /** Honour the published rates. */
  readonly throttle?: boolean;
  /** The share of each rate that somebody else of the account uses, from 0 to below 1. */
  readonly usedByOthers?: number;
  /** Opt-in regions that the account has enabled; none where it is left out. */
  readonly enabledRegions?: readonly string[];
  /** Judges every call by the policies of who makes it; all is allowed where it is left out. */
  readonly authorize?: Authorize | undefined;
  /** Sees every call a model has answered: the refusal where that was the answer, or else the answer. */
  readonly observe?: (call: CallRecord, refusal: AwsFault | undefined, answer: object) => void;
}

/** The account of the default credentials. */
export const homeAccount = '111122223333';

export class EmbeddedAws {
  readonly requests: Record<string, number> = {};
  /** Calls refused because of the published rates. */
  readonly refusedForRate: Record<string, number> = {};
  readonly mutations: CallRecord[] = [];
  /** How long AWS took over what it did by itself, in the order it was begun: kind of event, resource, seconds. */
  readonly waits: { readonly kind: string; readonly id: string; readonly seconds: number }[] = [];
  readonly #options: EngineOptions;
  readonly #models = new Map<string, ServiceModel>();
  readonly #rates: RateLimits;
  #calls = 0;
  readonly #entry: SdkEntry;
  #isAside = false;
  inject: EngineOptions['inject'];
  observe: EngineOptions['observe'];

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#rates = new RateLimits(options.usedByOthers);
    this.inject = options.inject;
    this.observe = options.observe;
    this.#entry = new SdkEntry(options.operationName, async (operation, input, headers) => {
      try {
        return await this.answer(operation, input, headers);
      } catch (error) {
        throw error instanceof AwsFault ? asSdkError(error, this.#calls) : error;
      }
    });
    for (const model of options.services) this.#models.set(model.service, model);
  }

  /** True while a call is between the handler and the model, where only I/O (not time) may be waited for. */
  get busy(): boolean {
    return this.#entry.busy;
  }

  /** The SDK configuration that goes with {@link plugin}: static credentials, so that no file or network is read. */
  get clientConfig(): Record<string, unknown> {
    return { credentials: { accessKeyId: `AKIA${homeAccount}`, secretAccessKey: 'embedded' } };
  }

  /** Everything that exists, over all modelled services. */
  inventory(region: string, account = homeAccount): Record<string, string[]> {
    return this.inspect(
      region,
      (call) => {
        const all: Record<string, string[]> = {};
        for (const model of this.#models.values()) {
          for (const [type, ids] of Object.entries(model.inventory?.(call) ?? {}))
            if (ids.length > 0) all[type] = [...ids].sort();
        }
        return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
      },
      account,
    );
  }

  /** Reads or arranges state directly, as the world outside the API does (tests, inventory). */
  inspect<T>(region: string, look: (call: Call) => T, account = homeAccount): T {
    return this.#options.store.transaction((state) => {
      this.#advance(state);
      return { result: look(makeCall(state, { account, region, caller: 'outside' })), changed: true };
    });
  }

  /** {@link inspect} of whoever only reads: what stands is not written anew. */
  look<T>(region: string, look: (call: Call) => T, account = homeAccount): T {
    return this.#options.store.transaction((state) => {
      const changed = this.#advance(state);
      return { result: look(makeCall(state, { account, region, caller: 'outside' })), changed };
    });
  }

  /** Accounts in which anything was ever kept. */
  accounts(): string[] {
    return this.#options.store.transaction((state) => ({
      result: Object.keys(state.accounts),
      changed: false,
    }));
  }

  /** Regions in which anything was ever kept. */
  regions(account = homeAccount): string[] {
    return this.#options.store.transaction((state) => ({
      result: Object.keys(state.accounts[account] ?? {}).filter((region) => region !== 'global'),
      changed: false,
    }));
  }

  /** Calls that are no part of what goes on: without latency, rates and faults, and seen and counted by nobody. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    this.#isAside = true;
    try {
      return await work();
    } finally {
      this.#isAside = false;
    }
  }

  /** Plugs the engine under SDK clients. */
  // biome-ignore lint/suspicious/noExplicitAny: plugs into clients of every service
  get plugin(): Pluggable<any, any> {
    return this.#entry.plugin;
  }

  /**
   * Carries out one call, as whoever signed the headers. Throws the {@link AwsFault} it is refused with, and an error
   * with a code of Node.js where nobody is reached or the answer is lost (ECONNRESET); a call whose caller died is never answered.
   */
  async answer(
    operation: string,
    input: Record<string, unknown>,
    headers: Record<string, string>,
  ): Promise<object> {
    const who = whoSigned(headers);
    const { account, region } = who;
    const model = this.#operation(operation);
    const record: CallRecord = { operation, mutates: model.mutates, region, input, index: this.#calls++ };
    if (this.#isAside) return this.#run(operation, model, record, who, 'normal');
    this.requests[operation] = (this.requests[operation] ?? 0) + 1;
    // DynamoDB answers in milliseconds.
    const latency = operation.startsWith('dynamodb:') ? 0 : (this.#options.latencySeconds ?? 0) * 1000;
    if (latency > 0) await delay(latency / 2);
    this.#assertRegion(operation.split(':')[0] as string, region);
    const fault = this.inject?.(record);
    if (fault?.kind === 'refuse') throw fault.fault;
    if (fault?.kind === 'unreachable')
      throw asSocketError(fault.code, `${operation.split(':')[0]}.${region}`);
    if (fault?.kind === 'kill' && !fault.effect) return die(fault.onKill);
    if (this.#options.throttle && !this.#rates.take(operation, `${account}/${region}`, Date.now())) {
      this.refusedForRate[operation] = (this.refusedForRate[operation] ?? 0) + 1;
      throw new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
    }
    const output = this.#run(
      operation,
      model,
      record,
      who,
      fault?.kind === 'outcome-fails' ? 'fails' : 'normal',
    );
    if (model.mutates) this.mutations.push(record);
    if (latency > 0) await delay(latency / 2);
    if (fault?.kind === 'kill') return die(fault.onKill);
    if (fault?.kind === 'answer-lost')
      throw Object.assign(new Error('socket hang up'), {
        name: 'TimeoutError',
        code: 'ECONNRESET',
        $metadata: {},
      });
    return output;
  }

  #assertRegion(service: string, region: string): void {
    const state = regionState(region);
    if (state === undefined) {
      const hostname = `${service}.${region}.amazonaws.com`;
      throw Object.assign(asSocketError('ENOTFOUND', hostname), { hostname });
    }
    if (state === 'enabled' || this.#options.enabledRegions?.includes(region)) return;
    const message = 'The security token included in the request is invalid.';
    throw new AwsFault(notEnabledCode(service), message, { status: 403 });
  }

  #operation(operation: string): Operation {
    const [service, action] = operation.split(':') as [string, string];
    const model = this.#models.get(service)?.operations[action];
    if (!model) throw new Error(`the embedded AWS does not model ${operation}`);
    return model;
  }

  #run(operation: string, model: Operation, record: CallRecord, who: Signature, outcome: Outcome): object {
    const parsed = model.input.safeParse(dropUndefined(record.input));
    if (!parsed.success) {
      const problems = parsed.error.issues
        .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; ');
      throw new Error(`the embedded AWS does not model this call of ${operation}: ${problems}`);
    }
    const answer = this.#options.store.transaction<object | AwsFault>((state) => {
      const fired = this.#advance(state);
      try {
        const caller = this.#callerOf(state, who);
        const call = makeCall(state, { ...who, caller }, outcome, state.now, this.#note);
        const denied = this.#options.authorize?.(operation, parsed.data, call);
        if (denied) throw denied;
        const output = model.run(parsed.data, call);
        return { result: structuredClone(output), changed: fired || model.mutates };
      } catch (error) {
        // A refusal is an answer too: what time brought about meanwhile is kept.
        if (error instanceof AwsFault) return { result: error, changed: fired };
        throw error;
      }
    });
    if (!this.#isAside) this.observe?.(record, answer instanceof AwsFault ? answer : undefined, answer);
    if (answer instanceof AwsFault) throw answer;
    return answer;
  }

  /** The user of the account, or whoever holds a temporary key of it. */
  #callerOf(state: AwsState, { account, region, accessKeyId }: Signature): string {
    const user = `arn:${partitionOf(region)}:iam::${account}:user/embedded`;
    if (!accessKeyId.startsWith('ASIA')) return user;
    const call = makeCall(state, { account, region, caller: user });
    for (const { callerOf } of this.#models.values()) if (callerOf) return callerOf(accessKeyId, call);
    throw new Error('no service of this embedded AWS hands out temporary keys');
  }

  readonly #note: Call['note'] = (kind, id, milliseconds) => {
    this.waits.push({ kind, id, seconds: milliseconds / 1000 });
  };

  /** Lets happen what is due. True when anything did. */
  #advance(state: AwsState): boolean {
    state.now = Math.max(state.now, Date.now());
    let fired = false;
    for (;;) {
      const [due] = state.schedule;
      if (!due || due.at > state.now) return fired;
      fired = true;
      state.schedule.shift();
      const service = due.kind.split(':')[0] as string;
      const handler = this.#models.get(service)?.events?.[due.kind];
      if (!handler) throw new Error(`no service registered the event ${due.kind}`);
      const call = makeCall(
        state,
        { account: due.account, region: due.region, caller: 'aws' },
        'normal',
        due.at,
        this.#note,
      );
      handler(due.id, call);
    }
  }
}

interface Signature {
  readonly account: string;
  readonly region: string;
  readonly accessKeyId: string;
}

/**
 * Account and region from the SigV4 credential scope: `AKIA<account>/<date>/<region>/<service>/aws4_request`, or
 * `ASIA<account>…` of a session.
 */
function whoSigned(headers: Record<string, string>): Signature {
  const scope = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(
    headers.authorization ?? headers.Authorization ?? '',
  );
  if (!scope) throw new Error('the embedded AWS got an unsigned call');
  const [, accessKeyId, region] = scope as unknown as [string, string, string];
  return { account: accessKeyId.slice(4, 16), region, accessKeyId };
}

/** Members given as undefined are members not given, as on the wire. */
function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined);
  if (value === null || typeof value !== 'object' || value.constructor !== Object) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, dropUndefined(member)]),
  );
}

/** As Node.js throws it, without a word of AWS. */
function asSocketError(code: string, host: string): Error {
  const syscall = /^(EAI_|ENOTFOUND)/.test(code) ? 'getaddrinfo' : 'connect';
  return Object.assign(new Error(`${syscall} ${code} ${host}`), { code, syscall });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function die(onKill: () => void): Promise<never> {
  onKill();
  return new Promise(() => {});
}
