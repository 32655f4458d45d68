/**
 * The expression languages of DynamoDB: conditions, updates, projections. A recursive-descent parser; what it
 * does not know is refused. Bare attribute names are too: 573 words are reserved, so ours are always `#placeholders`.
 */
import { type Path, type Value, validation } from './values.ts';

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'size'; readonly path: Path };

type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly inner: Condition }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'between'; readonly of: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly of: Operand; readonly list: readonly Operand[] }
  | { readonly kind: 'exists' | 'not-exists'; readonly path: Path }
  | { readonly kind: 'begins-with' | 'contains' | 'type'; readonly path: Path; readonly operand: Operand };

/** What a SET assigns. */
export type Assigned =
  | { readonly kind: 'operand'; readonly operand: Operand }
  | { readonly kind: 'if-not-exists'; readonly path: Path; readonly otherwise: Assigned }
  | { readonly kind: 'list-append'; readonly head: Assigned; readonly tail: Assigned }
  | {
      readonly kind: 'sum';
      readonly operator: '+' | '-';
      readonly left: Assigned;
      readonly right: Assigned;
    };

export interface Update {
  readonly set: readonly { readonly path: Path; readonly to: Assigned }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: Value }[];
  readonly delete: readonly { readonly path: Path; readonly value: Value }[];
}

/** The substitutions of one request; remembers which were used, as DynamoDB refuses those that are not. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, Value>>;
  readonly #used = new Set<string>();

  constructor(
    names: Readonly<Record<string, string>> | undefined,
    values: Readonly<Record<string, Value>> | undefined,
  ) {
    this.#names = names ?? {};
    this.#values = values ?? {};
  }

  name(placeholder: string, where: string): string {
    this.#used.add(placeholder);
    const name = this.#names[placeholder];
    if (name === undefined)
      throw validation(
        `Invalid ${where}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    return name;
  }

  value(placeholder: string, where: string): Value {
    this.#used.add(placeholder);
    const value = this.#values[placeholder];
    if (value === undefined)
      throw validation(
        `Invalid ${where}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    return value;
  }

  /** To be called once every expression of the request is parsed. */
  assertAllUsed(): void {
    for (const [what, given] of [
      ['ExpressionAttributeNames', this.#names],
      ['ExpressionAttributeValues', this.#values],
    ] as const) {
      const unused = Object.keys(given).filter((placeholder) => !this.#used.has(placeholder));
      if (unused.length > 0)
        throw validation(`Value provided in ${what} unused in expressions: keys: {${unused.join(', ')}}`);
    }
  }
}

export function parseCondition(text: string, placeholders: Placeholders, where: string): Condition {
  const parser = new Parser(text, placeholders, where);
  return parser.whole(() => parser.condition());
}

export function parseUpdate(text: string, placeholders: Placeholders): Update {
  const parser = new Parser(text, placeholders, 'UpdateExpression');
  return parser.whole(() => parser.update());
}

export function parseProjection(text: string, placeholders: Placeholders): Path[] {
  const parser = new Parser(text, placeholders, 'ProjectionExpression');
  return parser.whole(() => parser.listOf(() => parser.path()));
}

const tokenPattern = /\s*(<>|<=|>=|[=<>(),.[\]+-]|[#:]?[A-Za-z0-9_]+)/y;

class Parser {
  readonly #tokens: string[] = [];
  readonly #placeholders: Placeholders;
  readonly #where: string;
  #position = 0;

  constructor(text: string, placeholders: Placeholders, where: string) {
    this.#placeholders = placeholders;
    this.#where = where;
    const source = text.trimEnd();
    tokenPattern.lastIndex = 0;
    let at = 0;
    while (at < source.length) {
      const match = tokenPattern.exec(source);
      if (!match) throw this.#syntax(source.slice(at, at + 10));
      this.#tokens.push(match[1] as string);
      at = tokenPattern.lastIndex;
    }
    if (this.#tokens.length === 0) throw validation(`Invalid ${where}: The expression can not be empty;`);
  }

  whole<T>(parse: () => T): T {
    const parsed = parse();
    if (this.#position < this.#tokens.length) throw this.#syntax(this.#peek() as string);
    return parsed;
  }

  listOf<T>(parse: () => T): T[] {
    const list = [parse()];
    while (this.#accept(',')) list.push(parse());
    return list;
  }

  condition(): Condition {
    let left = this.#conjunction();
    while (this.#acceptWord('OR')) left = { kind: 'or', left, right: this.#conjunction() };
    return left;
  }

  #conjunction(): Condition {
    let left = this.#negation();
    while (this.#acceptWord('AND')) left = { kind: 'and', left, right: this.#negation() };
    return left;
  }

  #negation(): Condition {
    if (this.#acceptWord('NOT')) return { kind: 'not', inner: this.#negation() };
    if (this.#accept('(')) {
      const inner = this.condition();
      this.#expect(')');
      return inner;
    }
    return this.#function() ?? this.#comparison();
  }

  #function(): Condition | undefined {
    const name = this.#peek();
    if (this.#tokens[this.#position + 1] !== '(' || name === 'size') return undefined;
    switch (name) {
      case 'attribute_exists':
      case 'attribute_not_exists':
        this.#position += 1;
        return this.#arguments(() => ({
          kind: name === 'attribute_exists' ? 'exists' : 'not-exists',
          path: this.path(),
        }));
      case 'begins_with':
      case 'contains':
      case 'attribute_type':
        this.#position += 1;
        return this.#arguments(() => {
          const path = this.path();
          this.#expect(',');
          const kinds = { begins_with: 'begins-with', contains: 'contains', attribute_type: 'type' } as const;
          return { kind: kinds[name], path, operand: this.#operand() };
        });
      default:
        throw validation(`Invalid ${this.#where}: Invalid function name; function: ${name}`);
    }
  }

  #comparison(): Condition {
    const left = this.#operand();
    if (this.#acceptWord('BETWEEN')) {
      const low = this.#operand();
      if (!this.#acceptWord('AND')) throw this.#syntax(this.#peek() ?? '<EOF>');
      return { kind: 'between', of: left, low, high: this.#operand() };
    }
    if (this.#acceptWord('IN'))
      return this.#arguments(() => ({ kind: 'in', of: left, list: this.listOf(() => this.#operand()) }));
    const comparator = this.#next();
    if (!/^(=|<>|<|<=|>|>=)$/.test(comparator)) throw this.#syntax(comparator);
    return { kind: 'compare', comparator: comparator as Comparator, left, right: this.#operand() };
  }

  #operand(): Operand {
    const token = this.#peek() ?? '';
    if (token === 'size' && this.#tokens[this.#position + 1] === '(') {
      this.#position += 1;
      return this.#arguments(() => ({ kind: 'size', path: this.path() }));
    }
    return token.startsWith(':')
      ? { kind: 'value', value: this.#value() }
      : { kind: 'path', path: this.path() };
  }

  #value(): Value {
    const token = this.#next();
    if (!token.startsWith(':')) throw this.#syntax(token);
    return this.#placeholders.value(token, this.#where);
  }

  path(): Path {
    const path: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.#accept('.')) path.push(this.#name());
      else if (this.#accept('[')) {
        const index = this.#next();
        if (!/^\d+$/.test(index)) throw this.#syntax(index);
        path.push(Number(index));
        this.#expect(']');
      } else return path;
    }
  }

  #name(): string {
    const token = this.#next();
    if (token.startsWith('#')) return this.#placeholders.name(token, this.#where);
    if (/^[A-Za-z]/.test(token))
      throw new Error(
        `the embedded AWS does not model the bare name ${token} in a ${this.#where}: write #${token}`,
      );
    throw this.#syntax(token);
  }

  update(): Update {
    const set: { path: Path; to: Assigned }[] = [];
    const remove: Path[] = [];
    const add: { path: Path; value: Value }[] = [];
    const drop: { path: Path; value: Value }[] = [];
    const pair = () => ({ path: this.path(), value: this.#value() });
    const seen = new Set<string>();
    while (this.#position < this.#tokens.length) {
      const clause = this.#next().toUpperCase();
      if (seen.has(clause))
        throw validation(
          `Invalid UpdateExpression: The "${clause}" section can only be used once in an update expression;`,
        );
      seen.add(clause);
      if (clause === 'SET') set.push(...this.listOf(() => this.#assignment()));
      else if (clause === 'REMOVE') remove.push(...this.listOf(() => this.path()));
      else if (clause === 'ADD') add.push(...this.listOf(pair));
      else if (clause === 'DELETE') drop.push(...this.listOf(pair));
      else throw this.#syntax(clause);
    }
    return { set, remove, add, delete: drop };
  }

  #assignment(): { path: Path; to: Assigned } {
    const path = this.path();
    this.#expect('=');
    const left = this.#assigned();
    const operator = this.#peek();
    if (operator !== '+' && operator !== '-') return { path, to: left };
    this.#position += 1;
    return { path, to: { kind: 'sum', operator, left, right: this.#assigned() } };
  }

  #assigned(): Assigned {
    if (this.#tokens[this.#position + 1] !== '(') return { kind: 'operand', operand: this.#operand() };
    const name = this.#next();
    return this.#arguments((): Assigned => {
      if (name === 'if_not_exists') {
        const path = this.path();
        this.#expect(',');
        return { kind: 'if-not-exists', path, otherwise: this.#assigned() };
      }
      if (name === 'list_append') {
        const head = this.#assigned();
        this.#expect(',');
        return { kind: 'list-append', head, tail: this.#assigned() };
      }
      throw validation(`Invalid UpdateExpression: Invalid function name; function: ${name}`);
    });
  }

  #arguments<T>(parse: () => T): T {
    this.#expect('(');
    const parsed = parse();
    this.#expect(')');
    return parsed;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#position];
  }

  #next(): string {
    const token = this.#peek();
    if (token === undefined) throw this.#syntax('<EOF>');
    this.#position += 1;
    return token;
  }

  #accept(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#position += 1;
    return true;
  }

  #acceptWord(word: string): boolean {
    if (this.#peek()?.toUpperCase() !== word) return false;
    this.#position += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#syntax(this.#peek() ?? '<EOF>');
  }

  #syntax(token: string): Error {
    return validation(`Invalid ${this.#where}: Syntax error; token: "${token}"`);
  }
}
