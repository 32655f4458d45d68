/**
 * `npm run models [folder]`: cuts the operations that functions and lib import, and those the embedded AWS has, out
 * of botocore's service models, with every shape their inputs reach. The folder is botocore's `data`; without it, that of the Python on the PATH.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { services } from '#embedded/services/index.ts';
import { importedOperations } from './imported.ts';
import { type ModelledError, type ServiceModel, type Shape, serviceFolders } from './service-model.ts';

/** A shape as botocore writes it. */
interface BotocoreShape extends Omit<Shape, 'members' | 'member' | 'key' | 'value'> {
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly exception?: boolean;
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number };
}

interface BotocoreModel {
  readonly operations: Readonly<
    Record<string, { input?: { shape: string }; errors?: readonly { shape: string }[] }>
  >;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

function readModel(data: string, folder: string): { version: string; model: BotocoreModel } {
  const version = readdirSync(join(data, folder)).sort().at(-1) as string;
  const plain = join(data, folder, version, 'service-2.json');
  const text = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  return { version, model: JSON.parse(text.toString('utf8')) };
}

/** A shape without its documentation. */
function compact(shape: BotocoreShape): Shape {
  const { type, members, required, union, member, key, value, pattern, min, max } = shape;
  return {
    type,
    ...(members
      ? { members: Object.fromEntries(Object.entries(members).map(([name, one]) => [name, one.shape])) }
      : {}),
    ...(required ? { required } : {}),
    ...(union ? { union } : {}),
    ...(member ? { member: member.shape } : {}),
    ...(key ? { key: key.shape } : {}),
    ...(value ? { value: value.shape } : {}),
    ...(shape.enum ? { enum: shape.enum } : {}),
    ...(pattern ? { pattern } : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

/** Every shape that `roots` lead to, by name. */
function reached(model: BotocoreModel, roots: readonly string[]): Record<string, Shape> {
  const found: Record<string, Shape> = {};
  const open = [...roots];
  for (let name = open.pop(); name; name = open.pop()) {
    if (found[name]) continue;
    const shape = compact(model.shapes[name] as BotocoreShape);
    found[name] = shape;
    open.push(
      ...Object.values(shape.members ?? {}),
      ...[shape.member, shape.key, shape.value].filter((one) => one !== undefined),
    );
  }
  return sorted(found);
}

function modelledError(name: string, { error }: BotocoreShape): ModelledError {
  return {
    ...(error?.code && error.code !== name ? { code: error.code } : {}),
    ...(error?.httpStatusCode ? { status: error.httpStatusCode } : {}),
  };
}

function cut(source: string, model: BotocoreModel, operations: readonly string[]): ServiceModel {
  const used = operations.map((name) => {
    const operation = model.operations[name];
    if (!operation) throw new Error(`${source} has no operation ${name}`);
    const errors = (operation.errors ?? []).map((error) => error.shape).sort();
    return [name, { ...(operation.input ? { input: operation.input.shape } : {}), errors }] as const;
  });
  const errors = Object.entries(model.shapes)
    .filter(([, shape]) => shape.exception)
    .map(([name, shape]) => [name, modelledError(name, shape)] as const);
  return {
    source,
    operations: sorted(Object.fromEntries(used)),
    shapes: reached(
      model,
      used.flatMap(([, { input }]) => (input ? [input] : [])),
    ),
    errors: sorted(Object.fromEntries(errors)),
  };
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line a shape, so that a newer model makes a readable difference. */
function written(model: ServiceModel): string {
  const section = (entries: object) =>
    `{\n${Object.entries(entries)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n')}\n  }`;
  return `{
  "source": ${JSON.stringify(model.source)},
  "operations": ${section(model.operations)},
  "shapes": ${section(model.shapes)},
  "errors": ${section(model.errors)}
}\n`;
}

function python(code: string): string {
  return execFileSync('python3', ['-c', code], { encoding: 'utf8' }).trim();
}

const data = process.argv[2] ?? join(python('import botocore; print(botocore.__path__[0])'), 'data');
const botocore = /__version__ = '([\d.]+)'/.exec(readFileSync(join(dirname(data), '__init__.py'), 'utf8'));
const imported = importedOperations();
for (const { service, operations } of services) {
  const names = new Set(Object.keys(operations));
  for (const operation of imported) {
    const [ofService, name] = operation.split(':') as [string, string];
    if (ofService === service) names.add(name);
  }
  const folder = serviceFolders[service];
  if (!folder) throw new Error(`no botocore folder is known for ${service}`);
  const { version, model } = readModel(data, folder);
  const source = `botocore ${botocore?.[1]} ${folder} ${version}`;
  const file = new URL(`${service}.json`, import.meta.url);
  writeFileSync(file, written(cut(source, model, [...names])));
  process.stdout.write(`${service}.json: ${names.size} operations of ${source}\n`);
}
