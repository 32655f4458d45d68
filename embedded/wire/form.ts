/** The form of a query call, read back into an input by the SDK's schema: the way of its serializer, backwards. */
import { NormalizedSchema } from '@smithy/core/schema';
import type { $SchemaRef } from '@smithy/types';
import { WireError } from './message.ts';

/** `query`: AWS's. `ec2`: lists without a word between, members with a capital. */
export type Dialect = 'query' | 'ec2';

/** The traits that give a member another name. */
interface Names {
  readonly xmlName?: string;
  readonly ec2QueryName?: string;
}

/** `Tag.1.Key=a` as a tree of its dots. */
interface Branch {
  value?: string;
  readonly members: Map<string, Branch>;
}

/** The input of an operation. A key that no member of its shape has is an error: AWS would pass it over in silence. */
export function readForm(
  form: URLSearchParams,
  schema: $SchemaRef,
  dialect: Dialect,
): Record<string, unknown> {
  const root: Branch = { members: new Map() };
  for (const [key, value] of form) {
    if (key === 'Action' || key === 'Version') continue;
    let branch = root;
    for (const part of key.split('.')) {
      const next = branch.members.get(part) ?? { members: new Map() };
      branch.members.set(part, next);
      branch = next;
    }
    branch.value = value;
  }
  const shape = NormalizedSchema.of(schema);
  if (!shape.isUnitSchema()) return readStructure(shape, root, dialect, '') as Record<string, unknown>;
  if (root.members.size > 0)
    throw new WireError(`${[...root.members.keys()]} given, and the call takes nothing`);
  return {};
}

function read(shape: NormalizedSchema, branch: Branch, dialect: Dialect, path: string): unknown {
  if (shape.isStructSchema()) return readStructure(shape, branch, dialect, path);
  if (shape.isListSchema()) return readList(shape, branch, dialect, path);
  if (shape.isMapSchema()) return readMap(shape, branch, dialect, path);
  return readText(shape, branch.value ?? '', path);
}

function readStructure(shape: NormalizedSchema, branch: Branch, dialect: Dialect, path: string): unknown {
  const output: Record<string, unknown> = {};
  const unread = new Set(branch.members.keys());
  for (const [name, member] of shape.structIterator()) {
    const { xmlName = name, ec2QueryName } = member.getMergedTraits() as Names;
    const key = dialect === 'ec2' ? (ec2QueryName ?? capitalized(xmlName)) : xmlName;
    const given = branch.members.get(key);
    if (!given) continue;
    unread.delete(key);
    output[name] = read(member, given, dialect, `${path}${name}.`);
  }
  if (unread.size > 0) throw new WireError(`${path}${[...unread][0]} is no member of ${shape.getName()}`);
  return output;
}

function readList(shape: NormalizedSchema, branch: Branch, dialect: Dialect, path: string): unknown[] {
  const member = shape.getValueSchema();
  const { xmlName = 'member' } = member.getMergedTraits() as Names;
  const flat = dialect === 'ec2' || shape.getMergedTraits().xmlFlattened;
  return numbered(flat ? branch : branch.members.get(xmlName)).map((one, index) =>
    read(member, one, dialect, `${path}${index}.`),
  );
}

function readMap(shape: NormalizedSchema, branch: Branch, dialect: Dialect, path: string): unknown {
  const [key, value] = [shape.getKeySchema(), shape.getValueSchema()];
  const keyName = (key.getMergedTraits() as Names).xmlName ?? 'key';
  const valueName = (value.getMergedTraits() as Names).xmlName ?? 'value';
  const entries = numbered(shape.getMergedTraits().xmlFlattened ? branch : branch.members.get('entry'));
  return Object.fromEntries(
    entries.map(({ members }) => {
      const name = members.get(keyName)?.value ?? '';
      return [
        name,
        read(value, members.get(valueName) ?? { members: new Map() }, dialect, `${path}${name}.`),
      ];
    }),
  );
}

/** In the order of their numbers, which count from 1 without a gap. An empty list is a key without any. */
function numbered(branch: Branch | undefined): Branch[] {
  const members = branch?.members ?? new Map<string, Branch>();
  return Array.from({ length: members.size }, (_, index) => {
    const member = members.get(String(index + 1));
    if (!member) throw new WireError(`a list has ${[...members.keys()].join(', ')} and no ${index + 1}`);
    return member;
  });
}

/** A scalar as it stands in a form, a path, a query or a header. */
export function readText(shape: NormalizedSchema, text: string, path: string): unknown {
  if (shape.isStringSchema()) return text;
  if (shape.isBooleanSchema() && /^(true|false)$/.test(text)) return text === 'true';
  if (shape.isNumericSchema() && text !== '' && Number.isFinite(Number(text))) return Number(text);
  if (shape.isTimestampSchema() && !Number.isNaN(Date.parse(text))) return new Date(text);
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  throw new WireError(`${path} is ${JSON.stringify(text)}, which is no ${shape.getName()}`);
}

function capitalized(name: string): string {
  return `${(name[0] ?? '').toUpperCase()}${name.slice(1)}`;
}
