/** What differs between two worlds' answers to one call, in words a list can name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NormalizedSchema } from '@smithy/core/schema';
import type { Outcome } from './ask.ts';

/** One difference: `embedded` and `moto` say what each answers. */
export interface Difference {
  /** `sequence: label`; or the operation, for a member of its answers. */
  readonly at: string;
  readonly embedded: string;
  readonly moto: string;
}

/** Members of answers that are no difference, by operation. */
export interface MembersApart {
  /** moto tells them, the embedded AWS does not, and no handler reads them. */
  readonly unread: Set<string>;
  /** The embedded AWS tells them as AWS's model of the answer does, moto does not. */
  readonly modelled: Set<string>;
}

export function compareOutcomes(
  at: string,
  embedded: Outcome,
  moto: Outcome,
  apart: MembersApart,
): Difference[] {
  if (said(embedded) !== said(moto)) return [{ at, embedded: said(embedded), moto: said(moto) }];
  return [...compareCounts(at, embedded, moto), ...compareMembers(embedded, moto, apart)];
}

/** The error as the SDK names it, its canonical code where that is another, and the status; a plain "accepted" has none, as only an answer over HTTP does. */
function said({ error, status }: Outcome): string {
  if (!error) return 'accepted';
  const { name, canonical } = error;
  return `${name === canonical ? name : `${name} (${canonical})`} ${status}`;
}

function compareCounts(at: string, embedded: Outcome, moto: Outcome): Difference[] {
  const lists = new Set([...Object.keys(embedded.counts), ...Object.keys(moto.counts)]);
  return [...lists]
    .filter((list) => (embedded.counts[list] ?? 0) !== (moto.counts[list] ?? 0))
    .map((list) => ({
      at,
      embedded: `${embedded.counts[list] ?? 0} ${list}`,
      moto: `${moto.counts[list] ?? 0} ${list}`,
    }));
}

function compareMembers(
  { operation, members, schema }: Outcome,
  moto: Outcome,
  apart: MembersApart,
): Difference[] {
  const differences: Difference[] = [];
  for (const path of members) {
    if (moto.members.has(path) || isEmptyIn(moto, path)) continue;
    if (isModelled(schema, path)) apart.modelled.add(`${operation} ${path}`);
    else differences.push({ at: operation, embedded: `tells ${path}`, moto: 'does not' });
  }
  for (const path of moto.members) {
    if (members.has(path) || isEmptyIn({ members }, path)) continue;
    if (isRead(path)) differences.push({ at: operation, embedded: 'does not', moto: `tells ${path}` });
    else apart.unread.add(`${operation} ${path}`);
  }
  return differences;
}

/** Below a list or structure the other world answers without, or with nothing in it: the parent is the difference. */
function isEmptyIn({ members }: Pick<Outcome, 'members'>, path: string): boolean {
  const parent = path.slice(0, path.lastIndexOf('.'));
  if (!path.includes('.')) return false;
  const siblings = [...members].some((member) => member.startsWith(`${parent}.`));
  return !siblings;
}

/** Does the model of the answer, as the SDK carries it, know the member? */
function isModelled(schema: unknown, path: string): boolean {
  const output = (schema as unknown[])[5] as () => never;
  let at = NormalizedSchema.of(output as never);
  for (const part of path.split('.')) {
    const name = part.replaceAll('[]', '');
    if (at.isMapSchema()) at = at.getValueSchema();
    else {
      if (!at.isStructSchema()) return false;
      const member = [...at.structIterator()].find(([key]) => key === name);
      if (!member) return false;
      at = member[1];
    }
    for (let depth = part.split('[]').length - 1; depth > 0; depth -= 1) at = at.getValueSchema();
  }
  return true;
}

const sources = ['functions', 'lib'].map((folder) =>
  fileURLToPath(new URL(`../../../${folder}`, import.meta.url)),
);
const words = new Set(sources.flatMap((folder) => wordsIn(folder)));

function wordsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').match(/\w+/g) ?? []);
}

/** Does any handler name the member? Its last part: what it hangs on is read anyway. */
function isRead(path: string): boolean {
  return words.has(
    path
      .split(/[.[\]]+/)
      .filter(Boolean)
      .at(-1) ?? '',
  );
}
