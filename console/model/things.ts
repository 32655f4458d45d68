/** What is known of one thing of the network: from the answers of its step, AWS's words on it, and the rules about it. */
import type { Look } from '../api.ts';
import { brokenRules } from './rules.ts';
import type { RunView } from './run.ts';

/** `absent`: nobody has asked for it (or it is gone). `coming` and `leaving`: AWS is at it. */
export type ThingStatus = 'absent' | 'coming' | 'there' | 'leaving' | 'broken';

export interface Thing {
  readonly id: string;
  readonly title: string;
  readonly status: ThingStatus;
  /** What AWS calls it, once it does. */
  readonly resource?: string;
  /** Blocks, sizes, ports. */
  readonly note?: string;
  /** Why it is broken. */
  readonly why?: string;
}

/** AWS's words for what is there to be used; the rest is on its way. */
const standing = new Set(['available', 'active', 'attached']);
const ended = new Set(['deleted', 'gone']);
const failing = new Set(['failed', 'error', 'create-failed', 'create_failed', 'degraded']);
const parting = new Set(['deleting']);

export class Reader {
  readonly #run: RunView;
  readonly #rollback: RunView | undefined;
  readonly #broken: ReadonlyMap<string, string>;
  readonly #looks: ReadonlyMap<string, Look>;
  readonly #back: ReadonlyMap<string, Look>;
  readonly resources: Readonly<Record<string, unknown>>;

  constructor(run: RunView, rollback: RunView | undefined) {
    this.#run = run;
    this.#rollback = rollback;
    this.#broken = brokenRules(run);
    this.#looks = lastLooks(run);
    this.#back = rollback ? lastLooks(rollback) : new Map();
    this.resources = [...this.#looks.values()].map((look) => look.resources).reduce(together, {});
  }

  /** `resource`: its id, where AWS gives it one of its own; `key`: what AWS's words on it are kept under. */
  thing(
    of: Omit<Thing, 'status' | 'resource'>,
    step: string,
    rules: readonly string[],
    named: { readonly resource?: unknown; readonly key?: string } = {},
  ): Thing {
    const resource = typeof named.resource === 'string' ? named.resource : undefined;
    const why = rules.map((rule) => this.#broken.get(rule)).find((text) => text !== undefined);
    const status = this.#status(
      step,
      named.key ?? resource,
      resource !== undefined || !('resource' in named),
    );
    return {
      ...of,
      ...(resource ? { resource } : {}),
      ...(why ? { why, status: 'broken' } : { status }),
    };
  }

  #status(step: string, key: string | undefined, isAsked: boolean): ThingStatus {
    const removal = this.#run.head.machine === 'deprovision' ? this.#looks.get(step) : this.#back.get(step);
    if (removal?.status === 'gone') return 'absent';
    const word = (key && (this.#rollback?.seen[key] ?? this.#run.seen[key])) || undefined;
    if (removal) return word && ended.has(word) ? 'absent' : 'leaving';
    if (this.#run.head.machine === 'deprovision') return 'there';
    const look = this.#looks.get(step);
    // A run that found nothing to do asks no step, and attests all the same.
    if (!look && this.#run.attested) return 'there';
    if (!look || !isAsked) return 'absent';
    if (look.status === 'ready') return 'there';
    if (word === undefined) return 'coming';
    // A cluster is available before its instances are: what a step has one of is there once the step says so.
    if (standing.has(word)) return key === step ? 'coming' : 'there';
    if (failing.has(word)) return 'broken';
    if (ended.has(word)) return 'absent';
    return parting.has(word) ? 'leaving' : 'coming';
  }

  evidence(rule: string): string | undefined {
    return this.#broken.get(rule);
  }
}

/** Each step's newest answer, whichever Task it came by. */
function lastLooks(run: RunView): Map<string, Look> {
  const last = new Map<string, Look & { at: number }>();
  for (const looks of Object.values(run.looks))
    for (const look of looks) {
      const known = last.get(look.step);
      if (!known || known.at <= look.at) last.set(look.step, look);
    }
  return last;
}

/** Every answer carries what its own branch knows: a branch beside it knows fewer of the ids kept by name. */
function together(known: Look['resources'], more: Look['resources']): Look['resources'] {
  const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const merged = Object.entries(more).map(([name, value]) => {
    const before = known[name];
    return [name, isRecord(before) && isRecord(value) ? { ...before, ...value } : value];
  });
  return { ...known, ...Object.fromEntries(merged) };
}
