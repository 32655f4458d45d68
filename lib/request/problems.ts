/** From zod's issues to sentences: field, value, rule. */
import type { z } from 'zod';
import { bounds, firstLines } from '#lib/run/bounds.ts';
import { nearest } from './nearest.ts';

type Issue = z.core.$ZodIssue;

/** Deeper than any field of a request. */
const mostNested = 8;

/** One sentence a problem, in the order of the fields: the first ones, and how many there are beside. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType): string[] {
  return firstLines(allProblemsOf(issues, schema), bounds.problems, 'more problems');
}

/** All of them, for who bounds them itself. */
export function allProblemsOf(issues: readonly Issue[], schema: z.ZodType): string[] {
  return issues.flatMap((issue) => sentences(issue, schema, []));
}

/** JSON may have a `__proto__`, which zod drops in silence: one sentence for each. */
export function hiddenKeys(input: unknown, path: readonly PropertyKey[] = []): string[] {
  if (typeof input !== 'object' || input === null || path.length > mostNested) return [];
  const keys: PropertyKey[] = Array.isArray(input) ? [...input.keys()] : Object.keys(input);
  return keys.flatMap((key) =>
    key === '__proto__'
      ? [sentence([...path, key], undefined, 'is a name that no field and no tag may have')]
      : hiddenKeys((input as Record<PropertyKey, unknown>)[key], [...path, key]),
  );
}

function sentences(issue: Issue, schema: z.ZodType, parents: readonly PropertyKey[]): string[] {
  const path = [...parents, ...issue.path];
  const { input } = issue;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = fieldsAt(schema, path);
      const where = path.length > 0 ? `of ${field(path)}` : 'here';
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const guess = meant === undefined ? ';' : `: did you mean ${meant}?`;
        const rule = `there is no such field${guess} ${meant === undefined ? 'the' : 'The'} fields ${where} are ${known.join(', ')}`;
        return sentence([...path, key], undefined, rule);
      });
    }
    case 'invalid_type':
      return [
        input === undefined
          ? `${field(path)}: is required`
          : sentence(path, input, `must be ${typeNames[issue.expected] ?? issue.expected}`),
      ];
    case 'invalid_value':
      return [
        input === undefined
          ? `${field(path)}: is required`
          : sentence(path, input, `must be one of ${issue.values.map(String).join(', ')}`),
      ];
    case 'invalid_union': {
      // The branch that got furthest is the one that was meant: the object's for an object, the text's for a text.
      const meant = issue.errors.find(
        (branch) => !branch.some((one) => one.code === 'invalid_type' && one.path.length === 0),
      );
      if (!meant) return [sentence(path, input, 'must be a CIDR block, or an object with cidr and owner')];
      return meant.flatMap((one) =>
        sentences({ ...one, input: one.input ?? at(input, one.path) } as Issue, schema, path),
      );
    }
    default:
      return [sentence(path, input, issue.message)];
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function sentence(path: readonly PropertyKey[], value: unknown, rule: string): string {
  const shown =
    value === undefined ? '' : ` ${shorten(JSON.stringify(upToDepth(value, 4)) ?? String(value))}`;
  return `${field(path)}${shown}: ${rule}`;
}

/** JSON may nest deeper than `JSON.stringify` can follow: that would end in a stack overflow, not in a refusal. */
function upToDepth(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '...';
  if (Array.isArray(value)) return value.map((inner) => upToDepth(inner, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, upToDepth(inner, depth - 1)]));
}

function shorten(shown: string): string {
  return shown.length > 120 ? `${shown.slice(0, 117)}...` : shown;
}

/** `loadBalancer.ingress[0].cidr` */
function field(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'request';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

/** The fields of the object that `path` leads to. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const reached = path.reduce<z.core.$ZodType | undefined>((outer, key) => {
    const inner = unwrapped(outer);
    return typeof key === 'number' ? inner?.element : inner?.shape?.[key as string];
  }, schema);
  return Object.keys(unwrapped(reached)?.shape ?? {});
}

interface Container {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** Through defaults, optionals and the one union, down to what has fields or elements. */
function unwrapped(schema: z.core.$ZodType | undefined): Container | undefined {
  const definition = schema?._zod.def as Container | undefined;
  if (definition?.innerType) return unwrapped(definition.innerType);
  if (definition?.options) return definition.options.map(unwrapped).find((option) => option?.shape);
  return definition;
}
