/** Wildcards of policies. */

const compiled = new Map<string, RegExp>();

/** `*` is any text, `?` any one character, `${*}` and `${?}` the characters themselves. */
export function matchesPattern(text: string, pattern: string): boolean {
  const known = compiled.get(pattern) ?? compile(pattern);
  compiled.set(pattern, known);
  return known.test(text);
}

/** Every part between colons is matched by itself; the sixth and last may have colons of its own. */
export function matchesArn(arn: string, pattern: string): boolean {
  const [parts, patterns] = [partsOf(arn), partsOf(pattern)];
  return (
    parts.length === patterns.length &&
    parts.every((part, index) => matchesPattern(part, patterns[index] ?? ''))
  );
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}

function compile(pattern: string): RegExp {
  const source = pattern.replace(/\$\{[^}]*\}|[\s\S]/g, (token) => {
    if (token === '*') return '[^]*';
    if (token === '?') return '[^]';
    const literal = /^\$\{([*?$])\}$/.exec(token)?.[1] ?? token;
    if (literal.length > 1) throw new Error(`the policy evaluator does not know the variable ${literal}`);
    return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}
