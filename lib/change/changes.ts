/** What a request would change of an environment that exists, as AWS says it is. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { classify, isAwsError } from '#lib/aws/errors.ts';
import { together } from '#lib/aws/reads.ts';
import { listVpcs } from '#lib/network/observe.ts';
import { isToBeTagged, overTheLimit, type Tagged, type TagWish } from '#lib/ownership/tagged.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentPlan, EnvironmentTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { transientFailure } from '#lib/run/failures.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { observe } from '#lib/verify/observe.ts';
import { refusalOf } from './change.ts';
import { type Comparison, compare } from './compare.ts';
import { refusedWhileInUse } from './load-balancers.ts';
import { observeTags } from './tagged.ts';
import { refusedWithinADay } from './throughput.ts';

export interface Changes extends Comparison {
  readonly exists: boolean;
  /** What AWS says there is, where it exists. */
  readonly seen?: Observation;
  /** Of that, what carries its tags. */
  readonly tagged?: readonly Tagged[];
  /** Why the run is refused, where it is. */
  readonly refusals: readonly Finding[];
  /** Keys of the tags that runs set before. */
  readonly formerTags: readonly string[];
  /** Where something has other tags than the request: what goes into the plan. */
  readonly retag?: Required<Pick<EnvironmentPlan, 'retag'>>;
}

type Known = Pick<RegistryItem, 'request' | 'made' | 'tagKeys'>;

/** Of an environment of which nothing exists. */
export const nothingStands: Changes = {
  exists: false,
  changes: [],
  warnings: [],
  refusals: [],
  formerTags: [],
};

/** Everything stands in the environment's VPC: where there is none, there is nothing to change. */
export async function changesOf(
  target: EnvironmentTarget,
  request: SizedRequest,
  item: Known | undefined,
): Promise<Changes> {
  const vpcs = await listVpcs(client(EC2Client, target), []);
  if (!vpcs.some(({ Tags }) => isOwned(Tags, target))) return nothingStands;
  const [seen, tagged] = await observed(target);
  const wish = { tags: request.tags, formerTags: formerTagsOf(item) };
  const compared = compare({ request, seen, tagged, ...wish });
  const isLastRule = request.loadBalancer.ingress.length === 0;
  const inTime = refusedWithinADay(tagged, compared.changes);
  const changes = await refusedWhileInUse(target, seen, isLastRule, inTime);
  const { warnings } = compared;
  const refusals = [
    ...changes.filter(({ kind }) => kind === 'refuse').map(refusalOf),
    ...tooManyTags(tagged, wish),
  ];
  const { formerTags } = wish;
  const isToBeDone = tagged.some((one) => isToBeTagged(one, wish));
  return {
    exists: true,
    seen,
    tagged,
    changes,
    warnings,
    refusals,
    formerTags,
    ...(isToBeDone ? { retag: { retag: { formerTags } } } : {}),
  };
}

/** What is listed and then found gone is on its way in or out: look again. */
async function observed(target: EnvironmentTarget): Promise<[Observation, Tagged[]]> {
  try {
    return await together([observe(target), observeTags(target)]);
  } catch (error) {
    if (isAwsError(error) && classify(error) === 'gone') throw transientFailure(error).at('accept');
    throw error;
  }
}

/** Read leniently: the registry keeps the request as it came, maybe by an older version's schema. */
function formerTagsOf(item: Known | undefined): string[] {
  const tags = (item?.request as { tags?: unknown } | undefined)?.tags;
  const asked = typeof tags === 'object' && tags !== null ? Object.keys(tags) : [];
  return [...new Set([...asked, ...Object.keys(item?.made?.tags ?? {}), ...(item?.tagKeys ?? [])])];
}

function tooManyTags(tagged: readonly Tagged[], wish: TagWish): Finding[] {
  const full = overTheLimit(tagged, wish);
  if (!full) return [];
  return [
    {
      what: `tags: ${full.what} would have more than the fifty that AWS allows, with those that others set`,
      todo: 'take tags off it that nobody needs, or ask for fewer',
    },
  ];
}
