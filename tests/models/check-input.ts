/** Holds a request to AWS's service model: members, required members, types, enums, patterns, lengths and ranges. */
import { type ServiceModel, type Shape, serviceModel } from './service-model.ts';

/**
 * Values AWS takes though its model does not list them. EC2's documentation of DescribeAccountAttributes names six
 * attributes; its model's enum has two.
 */
const beyondTheModel: Readonly<Record<string, readonly string[]>> = {
  AccountAttributeName: [
    'vpc-max-security-groups-per-interface',
    'max-instances',
    'max-elastic-ips',
    'vpc-max-elastic-ips',
  ],
};

/** Every problem of `input` as a request of `operation` (`ec2:CreateVpc`), each with its path; empty for a sound one. */
export function inputProblems(operation: string, input: unknown): string[] {
  const [service, action] = operation.split(':') as [string, string];
  const model = serviceModel(service);
  const known = model.operations[action];
  if (!known) return [`${operation}: ${model.source} as kept here has no such operation (npm run models)`];
  if (!known.input) {
    return membersGiven(input).map((name) => `${operation}: ${name} is no member: it takes none`);
  }
  return problemsOf(model, known.input, input, '').map((problem) => `${operation}: ${problem}`);
}

function membersGiven(value: unknown): string[] {
  return Object.entries(value ?? {})
    .filter(([, member]) => member !== undefined)
    .map(([name]) => name);
}

function problemsOf(model: ServiceModel, shapeName: string, value: unknown, path: string): string[] {
  const shape = model.shapes[shapeName] as Shape;
  switch (shape.type) {
    case 'structure':
      return structureProblems(model, shape, shapeName, value, path);
    case 'list':
      if (!Array.isArray(value)) return [`${path} is no list`];
      return [
        ...rangeProblems(shape, value.length, `${path} has ${value.length} members`),
        ...value.flatMap((member, index) =>
          problemsOf(model, shape.member as string, member, `${path}[${index}]`),
        ),
      ];
    case 'map':
      return mapProblems(model, shape, value, path);
    case 'string':
      if (typeof value !== 'string') return [`${path} is no string`];
      return beyondTheModel[shapeName]?.includes(value) ? [] : stringProblems(shape, value, path);
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is no boolean`];
    case 'integer':
    case 'long':
      if (!Number.isInteger(value)) return [`${path} is no whole number`];
      return rangeProblems(shape, value as number, `${path} is ${value}`);
    case 'double':
    case 'float':
      if (typeof value !== 'number') return [`${path} is no number`];
      return rangeProblems(shape, value, `${path} is ${value}`);
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? [] : [`${path} is no Date`];
    case 'blob':
      return value instanceof Uint8Array || typeof value === 'string' ? [] : [`${path} is no blob`];
    default:
      throw new Error(`${path}: a shape of type ${shape.type} is not known here`);
  }
}

function structureProblems(
  model: ServiceModel,
  shape: Shape,
  shapeName: string,
  value: unknown,
  path: string,
): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return [`${path || 'the request'} is no structure`];
  const at = (name: string) => (path ? `${path}.${name}` : name);
  const given = membersGiven(value);
  const missing = (shape.required ?? []).filter((name) => !given.includes(name));
  return [
    ...missing.map((name) => `${at(name)} is required`),
    ...(shape.union && given.length !== 1 ? [`${path} must have exactly one member`] : []),
    ...given.flatMap((name) => {
      const member = shape.members?.[name];
      if (!member) return [`${at(name)} is no member of ${shapeName}`];
      return problemsOf(model, member, (value as Record<string, unknown>)[name], at(name));
    }),
  ];
}

function mapProblems(model: ServiceModel, shape: Shape, value: unknown, path: string): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${path} is no map`];
  const entries = Object.entries(value);
  return [
    ...rangeProblems(shape, entries.length, `${path} has ${entries.length} members`),
    ...entries.flatMap(([key, member]) => [
      ...problemsOf(model, shape.key as string, key, `${path} key ${JSON.stringify(key)}`),
      ...problemsOf(model, shape.value as string, member, `${path}[${JSON.stringify(key)}]`),
    ]),
  ];
}

function stringProblems(shape: Shape, value: string, path: string): string[] {
  const shown = `${path} is ${JSON.stringify(value)}`;
  return [
    ...rangeProblems(shape, [...value].length, `${shown}, ${[...value].length} characters`),
    ...(shape.enum && !shape.enum.includes(value) ? [`${shown}, not one of ${shape.enum.join(', ')}`] : []),
    ...(shape.pattern && !wholly(shape.pattern).test(value)
      ? [`${shown}, which does not match ${shape.pattern}`]
      : []),
  ];
}

function rangeProblems({ min, max }: Shape, measure: number, shown: string): string[] {
  if (min !== undefined && measure < min) return [`${shown}: at least ${min}`];
  if (max !== undefined && measure > max) return [`${shown}: at most ${max}`];
  return [];
}

const patterns = new Map<string, RegExp>();

/** AWS matches the whole value, anchors or none. */
function wholly(pattern: string): RegExp {
  const known = patterns.get(pattern);
  if (known) return known;
  const made = compiled(`^(?:${pattern})$`);
  patterns.set(pattern, made);
  return made;
}

/** Patterns are written for Java: some escape more than a Unicode expression of JavaScript takes. */
function compiled(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    return new RegExp(source);
  }
}
