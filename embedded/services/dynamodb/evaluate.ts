/** What conditions say of an item, and what updates make of it. */
import type { Assigned, Condition, Operand, Update } from './parser.ts';
import {
  compare,
  equal,
  type Item,
  numberOf,
  type Path,
  pathText,
  sizeOf,
  typeOf,
  type Value,
  validation,
  valueAt,
} from './values.ts';

/** Does `condition` hold for `item` (`{}` where there is none)? */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.inner, item);
    case 'exists':
      return valueAt(item, condition.path) !== undefined;
    case 'not-exists':
      return valueAt(item, condition.path) === undefined;
    case 'compare':
      return comparisonHolds(condition, item);
    case 'between': {
      const of = resolve(condition.of, item);
      const low = resolve(condition.low, item);
      const high = resolve(condition.high, item);
      if (!of || !low || !high) return false;
      return (compare(of, low) ?? -1) >= 0 && (compare(of, high) ?? 1) <= 0;
    }
    case 'in': {
      const of = resolve(condition.of, item);
      return (
        of !== undefined &&
        condition.list.some((operand) => {
          const one = resolve(operand, item);
          return one !== undefined && equal(of, one);
        })
      );
    }
    default:
      return functionHolds(condition, item);
  }
}

function comparisonHolds(condition: Extract<Condition, { kind: 'compare' }>, item: Item): boolean {
  const left = resolve(condition.left, item);
  const right = resolve(condition.right, item);
  // An absent attribute differs from every value, and has no order.
  if (left === undefined || right === undefined) return condition.comparator === '<>';
  if (condition.comparator === '=') return equal(left, right);
  if (condition.comparator === '<>') return !equal(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  switch (condition.comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function functionHolds(
  condition: Extract<Condition, { kind: 'begins-with' | 'contains' | 'type' }>,
  item: Item,
): boolean {
  const found = valueAt(item, condition.path);
  const operand = resolve(condition.operand, item);
  if (found === undefined || operand === undefined) return false;
  if (condition.kind === 'type') return 'S' in operand && typeOf(found) === operand.S;
  if (condition.kind === 'begins-with')
    return 'S' in found && 'S' in operand && found.S.startsWith(operand.S);
  if ('S' in found) return 'S' in operand && found.S.includes(operand.S);
  if ('SS' in found) return 'S' in operand && found.SS.includes(operand.S);
  if ('NS' in found) return 'N' in operand && found.NS.map(Number).includes(Number(operand.N));
  return 'L' in found && found.L.some((member) => equal(member, operand));
}

function resolve(operand: Operand, item: Item): Value | undefined {
  if (operand.kind === 'value') return operand.value;
  const found = valueAt(item, operand.path);
  if (operand.kind === 'path' || found === undefined) return found;
  return { N: String(countOf(found)) };
}

function countOf(found: Value): number {
  if ('L' in found) return found.L.length;
  if ('M' in found) return Object.keys(found.M).length;
  if ('SS' in found) return found.SS.length;
  if ('NS' in found) return found.NS.length;
  if ('S' in found) return sizeOf(found);
  throw validation(
    `Invalid expression: Incorrect operand type for function; function: size, type: ${typeOf(found)}`,
  );
}

/** Every path an update touches. */
export function touched(update: Update): Path[] {
  return [
    ...update.set.map(({ path }) => path),
    ...update.remove,
    ...update.add.map(({ path }) => path),
    ...update.delete.map(({ path }) => path),
  ];
}

/** The item after `update`. Every right-hand side is read from the item as it was before. */
export function updated(update: Update, before: Item): Item {
  assertApart(touched(update));
  const after = structuredClone(before);
  for (const { path, to } of update.set) write(after, path, assigned(to, before));
  for (const { path, value } of update.add) write(after, path, added(valueAt(before, path), value));
  for (const { path, value } of update.delete) {
    const left = without(valueAt(before, path), value);
    if (left === undefined) remove(after, path);
    else write(after, path, left);
  }
  // Highest list index first, so that an index means the element it meant before.
  const removals = [...update.remove].sort((one, other) => Number(other.at(-1)) - Number(one.at(-1)) || 0);
  for (const path of removals) remove(after, path);
  return after;
}

function assertApart(paths: readonly Path[]): void {
  paths.forEach((one, index) => {
    for (const other of paths.slice(index + 1)) {
      const shared = Math.min(one.length, other.length);
      if (one.slice(0, shared).every((part, at) => part === other[at]))
        throw validation(
          `Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: ${pathText(one)}, path two: ${pathText(other)}`,
        );
    }
  });
}

function assigned(to: Assigned, item: Item): Value {
  switch (to.kind) {
    case 'operand': {
      const found = resolve(to.operand, item);
      if (found === undefined)
        throw validation('The provided expression refers to an attribute that does not exist in the item');
      return structuredClone(found);
    }
    case 'if-not-exists':
      return structuredClone(valueAt(item, to.path)) ?? assigned(to.otherwise, item);
    case 'list-append': {
      const head = assigned(to.head, item);
      const tail = assigned(to.tail, item);
      if (!('L' in head) || !('L' in tail)) throw wrongType('list_append', 'L' in head ? tail : head);
      return { L: [...head.L, ...tail.L] };
    }
    case 'sum': {
      const left = assigned(to.left, item);
      const right = assigned(to.right, item);
      if (!('N' in left) || !('N' in right)) throw wrongType(to.operator, 'N' in left ? right : left);
      const sign = to.operator === '+' ? 1 : -1;
      return { N: String(numberOf(left.N) + sign * numberOf(right.N)) };
    }
  }
}

function wrongType(operator: string, found: Value): Error {
  return validation(
    `Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(found)}`,
  );
}

function added(before: Value | undefined, value: Value): Value {
  if ('N' in value) {
    if (before === undefined) return value;
    if ('N' in before) return { N: String(numberOf(before.N) + numberOf(value.N)) };
  }
  if ('SS' in value) {
    if (before === undefined) return value;
    if ('SS' in before) return { SS: [...new Set([...before.SS, ...value.SS])] };
  }
  throw wrongType('ADD', before ?? value);
}

/** The set without the members of `value`; undefined when none is left, as a set is never empty. */
function without(before: Value | undefined, value: Value): Value | undefined {
  if (!('SS' in value)) throw wrongType('DELETE', value);
  if (before === undefined) return undefined;
  if (!('SS' in before)) throw wrongType('DELETE', before);
  const left = before.SS.filter((member) => !value.SS.includes(member));
  return left.length === 0 ? undefined : { SS: left };
}

function parentOf(item: Item, path: Path): Value {
  const parent: Value | undefined = path.length === 1 ? { M: item } : valueAt(item, path.slice(0, -1));
  const fits = parent && (typeof path.at(-1) === 'number' ? 'L' in parent : 'M' in parent);
  if (!fits) throw validation('The document path provided in the update expression is invalid for update');
  return parent;
}

function write(item: Item, path: Path, value: Value): void {
  const parent = parentOf(item, path);
  const last = path.at(-1);
  if ('L' in parent) {
    // Beyond the end is the end.
    parent.L[Math.min(last as number, parent.L.length)] = value;
  } else if ('M' in parent) {
    parent.M[last as string] = value;
  }
}

function remove(item: Item, path: Path): void {
  const parent = parentOf(item, path);
  const last = path.at(-1);
  if ('L' in parent) parent.L.splice(last as number, 1);
  else if ('M' in parent) delete parent.M[last as string];
}
