/**
 * Condition blocks: all operators and all keys must hold, any of a key's values will do (IAM user guide,
 * "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context keys").
 */
import { matchesArn, matchesPattern } from './patterns.ts';

export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** What is known about a request, by condition key; a list for a key that has many values. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

type Test = (given: string, wanted: string) => boolean;

const equals: Test = (given, wanted) => given === wanted;
const equalsAnyCase: Test = (given, wanted) => given.toLowerCase() === wanted.toLowerCase();

/** The operators the project's policies use, and their kin. ArnEquals and ArnLike are the same to IAM. */
const tests: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsAnyCase,
  StringLike: matchesPattern,
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  Bool: equalsAnyCase,
};
/** They hold where the one they deny does not, and so for a key that is not there. */
const denials: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
};

export function meets(conditions: Conditions, context: Context): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, valueFor(context, key), key, [wanted].flat()),
    ),
  );
}

/** Names of keys, tag keys in them included, are compared without regard to case. */
function valueFor(context: Context, key: string): string | readonly string[] | undefined {
  const name = Object.keys(context).find((one) => one.toLowerCase() === key.toLowerCase());
  return name === undefined ? undefined : context[name];
}

function holds(
  operator: string,
  given: string | readonly string[] | undefined,
  key: string,
  wanted: readonly string[],
): boolean {
  if (operator === 'Null') return wanted.includes(String(given === undefined));
  const [, set, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const denied = denials[name];
  const test = tests[denied ?? name];
  if (!test) throw new Error(`the policy evaluator does not know the operator ${operator}`);
  const fits = (value: string) => wanted.some((one) => test(value, one)) !== (denied !== undefined);
  // An empty set is as good as none.
  if (given === undefined || given.length === 0) {
    if (ifExists) return true;
    return set ? set === 'ForAllValues' : denied !== undefined;
  }
  if (set) return set === 'ForAllValues' ? [given].flat().every(fits) : [given].flat().some(fits);
  if (typeof given !== 'string')
    throw new Error(`${key} has many values: ${operator} needs ForAllValues: or ForAnyValue: before it`);
  return fits(given);
}
