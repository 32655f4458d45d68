/** What the rows of the authorization table are written with. */
import type { Call } from '#embedded/model.ts';
import type { Context } from './conditions.ts';
import type { AccessRequest } from './policy.ts';

/** What a call of one operation must be allowed: from its input and what exists. */
// biome-ignore lint/suspicious/noExplicitAny: each operation's own input
export type Row = (input: any, call: Call) => readonly AccessRequest[];
export type Rows = Readonly<Record<string, Row>>;

/** A resource a request is about, with the condition keys AWS supplies for it. */
export interface Target {
  readonly arn: string;
  readonly context: Context;
  readonly absent?: boolean;
}

/** `action` on each of `targets`, which AWS judges one by one; `context` belongs to the action. */
export function on(action: string, targets: readonly Target[], context: Context = {}): AccessRequest[] {
  return targets.map((target) => ({
    action,
    resource: target.arn,
    context: { ...context, ...target.context },
    ...(target.absent ? { absent: true } : {}),
  }));
}

/** An action that has no resources. */
export function anywhere(action: string, context: Context = {}): AccessRequest[] {
  return [{ action, resource: '*', context }];
}

/** A resource that is only named: AWS supplies no key for it, or none that a policy here asks for. */
export function named(arn: string, context: Context = {}): Target {
  return { arn, context };
}

/** A resource that carries tags; undefined where there is none. */
export function carrying(arn: string, tags: Tags | undefined, context: Context = {}): Target {
  return tags
    ? { arn, context: { ...context, ...prefixed('aws:ResourceTag/', tags) } }
    : { arn, context, absent: true };
}

export type Tags = Readonly<Record<string, string>> | readonly Tag[];

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** As a record, whichever way a service writes them. */
function tagRecord(tags: Tags): Record<string, string> {
  if (!isList(tags)) return { ...tags };
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function isList(tags: Tags): tags is readonly Tag[] {
  return Array.isArray(tags);
}

/** `aws:RequestTag/…` and `aws:TagKeys` of the tags a call sends. Without tags there are no such keys. */
export function requestTags(tags: Tags | undefined): Context {
  const record = tagRecord(tags ?? {});
  const keys = Object.keys(record);
  return keys.length === 0 ? {} : { ...prefixed('aws:RequestTag/', record), 'aws:TagKeys': keys };
}

export function prefixed(prefix: string, tags: Tags): Context {
  return Object.fromEntries(
    Object.entries(tagRecord(tags)).map(([key, value]) => [`${prefix}${key}`, value]),
  );
}

/** `arn:<partition>:<service>:<region>:<account>:<resource>` */
export function arnIn(call: Call, service: string, resource: string): string {
  return `arn:${call.partition}:${service}:${call.region}:${call.account}:${resource}`;
}
