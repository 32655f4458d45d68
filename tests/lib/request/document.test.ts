import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { publishedSchema } from '#lib/request/schema.ts';
import { type Size, sizeNames, sizes } from '#lib/request/sizes.ts';

const document = readFileSync(new URL('../../../docs/request.md', import.meta.url), 'utf8');
const rules = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');

describe('docs/request.md', () => {
  it('has every field of the published schema', () => {
    const documented = new Set(fieldsIn(document));
    const covered = (field: string) =>
      documented.has(field) || documented.has(field.replace(/\.[^.]+$/, '.*'));
    expect(leavesOf(publishedSchema() as Schema).filter((field) => !covered(field))).toEqual([]);
  });

  it('tells the figures of each size', () => {
    expect(rowOf(document, 'node type')).toEqual(
      eachSize(({ nodeInstanceTypes }) => nodeInstanceTypes.join(', ')),
    );
    expect(rowOf(document, 'Aurora')).toEqual(eachSize(({ aurora }) => inWords(aurora)));
    expect(rowOf(document, 'DocumentDB')).toEqual(eachSize(({ documentdb }) => inWords(documentdb)));
    expect(rowOf(document, 'ElastiCache')).toEqual(
      eachSize(
        ({ elasticache: { nodeType, replicas } }) =>
          `${nodeType}, ${replicas} replica${replicas === 1 ? '' : 's'}`,
      ),
    );
  });
});

describe('docs/rules.md', () => {
  it('tells the figures that AosCloud publishes', () => {
    expect(rowOf(rules, 'Aurora instance class')).toEqual(eachSize(({ aurora }) => aurora.instanceClass));
    expect(rowOf(rules, 'Aurora instances')).toEqual(eachSize(({ aurora }) => String(aurora.instances)));
    expect(rowOf(rules, 'Aurora storage')).toEqual(
      eachSize(({ aurora: { storageType } }) => (storageType === 'aurora' ? 'standard' : storageType)),
    );
    expect(rowOf(rules, 'ElastiCache node type')).toEqual(
      eachSize(({ elasticache }) => elasticache.nodeType),
    );
    expect(rowOf(rules, 'ElastiCache replicas')).toEqual(
      eachSize(({ elasticache }) => String(elasticache.replicas)),
    );
  });
});

function eachSize(tell: (figures: (typeof sizes)[Size]) => string): string[] {
  return sizeNames.map((size) => tell(sizes[size]));
}

function inWords({ instances, instanceClass, storageType }: (typeof sizes)[Size]['aurora']): string {
  return `${instances} × ${instanceClass}, ${storageType.endsWith('iopt1') ? 'I/O-optimized' : 'standard'}`;
}

/** The three figures of the row that begins with `title`. */
function rowOf(text: string, title: string): string[] {
  const line = text.split('\n').find((row) => row.startsWith(`| ${title} |`)) ?? '';
  return line
    .split('|')
    .slice(2, 5)
    .map((cell) => cell.trim());
}

/** `aurora.instances` of a row that begins with `aurora.instanceClass`, `instances`. */
function fieldsIn(text: string): string[] {
  const firstCells = [...text.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => cell as string);
  return firstCells.flatMap((cell) => {
    const [first = '', ...others] = [...cell.matchAll(/`([^`]+)`/g)].map(([, field]) => field as string);
    return [first, ...others.map((other) => first.replace(/[^.]+$/, other))];
  });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function leavesOf({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, member]) =>
    member.properties ? leavesOf(member, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}
