/** The request's tags on everything EC2 has of the environment, whichever step made it: EC2 takes many ids a call. */
import { CreateTagsCommand, DeleteTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { canonicalCode, isAwsError } from '#lib/aws/errors.ts';
import { taggedNetwork } from '#lib/network/tagged.ts';
import { type TagWish, tagChangeOf } from '#lib/ownership/tagged.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

/** A call takes a thousand, and AWS advises smaller ones (API_CreateTags). */
const mostIds = 200;

export async function tagNetwork(environment: EnvironmentPlan, wish: TagWish): Promise<void> {
  const ec2 = client(EC2Client, environment);
  const found = (await taggedNetwork(environment)).map((one) => ({ id: one.id, ...tagChangeOf(one, wish) }));
  for (const [keys, ids] of grouped(found, ({ unset = [] }) => unset)) {
    const Tags = keys.map((Key) => ({ Key }));
    await inBatches(ids, (Resources) => ec2.send(new DeleteTagsCommand({ Resources, Tags })));
  }
  for (const [tags, ids] of grouped(found, ({ set = {} }) => Object.entries(set))) {
    const Tags = tags.map(([Key, Value]) => ({ Key, Value }));
    await inBatches(ids, (Resources) => ec2.send(new CreateTagsCommand({ Resources, Tags })));
  }
  log.info('network tagged', { environment: environment.name });
}

/** Those that need the same, together. */
function grouped<One extends { readonly id: string }, Member>(
  found: readonly One[],
  membersOf: (one: One) => readonly Member[],
): [readonly Member[], string[]][] {
  const groups = new Map<string, [readonly Member[], string[]]>();
  for (const one of found) {
    const members = membersOf(one);
    if (members.length === 0) continue;
    const key = JSON.stringify(members);
    const [, ids] = groups.get(key) ?? [];
    if (ids) ids.push(one.id);
    else groups.set(key, [members, [one.id]]);
  }
  return [...groups.values()];
}

async function inBatches(ids: readonly string[], call: (ids: string[]) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < ids.length; first += mostIds)
    await tolerantly(ids.slice(first, first + mostIds), call);
}

/** All or none: one that is deleted, and still listed, would keep the others from theirs. */
async function tolerantly(ids: string[], call: (ids: string[]) => Promise<unknown>): Promise<void> {
  try {
    await call(ids);
  } catch (error) {
    if (!isAwsError(error) || !/NotFound$/.test(canonicalCode(error))) throw error;
    if (ids.length > 1) await forEach(ids, 4, (id) => tolerantly([id], call));
  }
}
