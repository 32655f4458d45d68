/**
 * The request's tags over what lives. AWS does not say who set a tag, so the registry remembers the keys that runs set
 * (`tagKeys`): those of the request are given, those of earlier requests that it has no more are taken away, and every
 * other tag is somebody else's. A key that a request once had is this service's, whoever set its value last.
 * docs/adr/0010-whose-a-tag-is.md.
 */
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { StepContext, StepOutcome } from '#lib/run/step.ts';
import type { StepName } from '#lib/run/steps.ts';

/** Something that carries the environment's tags, and lets them be set later. */
export interface Tagged {
  /** The step that sets them. */
  readonly step: StepName;
  /** Id, ARN or name: what the service's tag operations take. */
  readonly id: string;
  /** For people: `cluster aoscloud-dev-aurora`. */
  readonly what: string;
  /** Undefined where AWS does not tell them now. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export interface TagWish {
  readonly tags: Readonly<Record<string, string>>;
  /** Keys of earlier requests. */
  readonly formerTags: readonly string[];
}

export interface TagChange {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** What a resource lacks, and what it has of a former request. Undefined where that is nothing. */
export function tagChangeOf(
  { tags: found = {} }: Tagged,
  { tags, formerTags }: TagWish,
): TagChange | undefined {
  const set = Object.fromEntries(Object.entries(tags).filter(([key, value]) => found[key] !== value));
  const unset = formerTags.filter((key) => found[key] !== undefined && tags[key] === undefined);
  return Object.keys(set).length + unset.length > 0 ? { set, unset } : undefined;
}

/** Has it other tags than wished? Where AWS does not tell, the step that can wait is to look. */
export function isToBeTagged(found: Tagged, wish: TagWish): boolean {
  return found.tags === undefined || tagChangeOf(found, wish) !== undefined;
}

/** The tag operations of one service. */
export interface TagCalls {
  set(id: string, tags: Readonly<Record<string, string>>): Promise<unknown>;
  unset(id: string, keys: readonly string[]): Promise<unknown>;
}

/** Taken away first: IAM tells no cases of a key apart, and fifty tags are the most a resource has. */
export async function applyTags(found: readonly Tagged[], wish: TagWish, calls: TagCalls): Promise<void> {
  for (const one of found) {
    const { set = {}, unset = [] } = tagChangeOf(one, wish) ?? {};
    if (unset.length > 0) await calls.unset(one.id, unset);
    if (Object.keys(set).length > 0) await calls.set(one.id, set);
  }
}

/** The step as it is, and once it is ready the tags: where acceptance saw that something has others. */
export function withTags(
  run: (context: StepContext) => Promise<StepOutcome>,
  apply: (environment: EnvironmentPlan, wish: TagWish) => Promise<void>,
): (context: StepContext) => Promise<StepOutcome> {
  return async (context) => {
    const outcome = await run(context);
    const { tags, retag } = context.environment;
    if (outcome.status === 'ready' && retag) await apply(context.environment, { tags, ...retag });
    return outcome;
  };
}

/** Fifty a resource (EC2 user guide, "Tag restrictions"), without those of AWS. */
const mostTags = 50;

/** What would have more tags than AWS allows, with those that others set. */
export function overTheLimit(found: readonly Tagged[], wish: TagWish): Tagged | undefined {
  return found.find((one) => {
    const { set = {}, unset = [] } = tagChangeOf(one, wish) ?? {};
    const keys = Object.keys({ ...one.tags, ...set }).filter((key) => !/^aws:/i.test(key));
    return keys.length - unset.length > mostTags;
  });
}
