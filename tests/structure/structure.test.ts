import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { floors, mayUse } from './floors.ts';
import { circles, importsOf, readImports } from './imports.ts';

const imports = readImports();
const arrows = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));
const top = (file: string) => file.split('/')[0] as string;
/** `lib/network` of `lib/network/rules.ts`. */
const roomOf = (file: string) => /^lib\/[^/]+(?=\/)/.exec(file)?.[0];
/** `functions/vpc` of `functions/vpc/ensure.ts`; an entry that is no step has no folder. */
const stepOf = (file: string) => /^functions\/[^/]+(?=\/)/.exec(file)?.[0];
const floorOf = (file: string) =>
  floors.findIndex((rooms) => rooms.some((room) => `lib/${room}` === roomOf(file)));
const told = (found: readonly { from: string; to: string }[]) =>
  found.map(({ from, to }) => `${from} → ${to}`);

describe('the sources', () => {
  it('import only what there is', () => {
    expect(told(arrows.filter(({ to }) => !imports.has(to) && !/\.(json|css)$/.test(to)))).toEqual([]);
  });

  it('have no circle, type-only imports included', () => {
    expect(circles(imports).map((circle) => circle.join(' → '))).toEqual([]);
  });

  it.each(Object.entries(mayUse))('%s/ uses of this repository only itself and %j', (folder, used) => {
    const strays = arrows.filter(
      ({ from, to }) => top(from) === folder && top(to) !== folder && !used.includes(top(to)),
    );
    expect(told(strays)).toEqual([]);
  });

  it('reach into tests/ from tests/ only', () => {
    expect(told(arrows.filter(({ from, to }) => top(to) === 'tests' && top(from) !== 'tests'))).toEqual([]);
  });
});

describe('the rooms of lib', () => {
  const files = [...imports.keys()].filter((file) => top(file) === 'lib');

  it('each stand on a floor, and every module in a room', () => {
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  it('stand as docs/adr/0009-rooms.md tells it', () => {
    const text = readFileSync(new URL('../../docs/adr/0009-rooms.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| (\d+) \| ([^|]+) \|/gm)];
    const told = rows.map(([, number, rooms]) => ({ number, rooms: rooms?.match(/[a-z-]+/g) }));
    expect(told.toReversed()).toEqual(floors.map((rooms, index) => ({ number: String(index), rooms })));
  });

  it('use only rooms of lower floors', () => {
    const upward = arrows.filter(
      ({ from, to }) =>
        top(from) === 'lib' &&
        top(to) === 'lib' &&
        roomOf(from) !== roomOf(to) &&
        floorOf(to) >= floorOf(from),
    );
    expect(told(upward)).toEqual([]);
  });
});

describe('the folder of a step', () => {
  it('has all that only that step uses', () => {
    const strays = [...imports.keys()].filter((file) => {
      const users = arrows.filter(({ from, to }) => to === file && top(from) !== 'tests');
      const steps = new Set(users.map(({ from }) => stepOf(from)));
      return top(file) === 'lib' && users.length > 0 && steps.size === 1 && !steps.has(undefined);
    });
    expect(strays).toEqual([]);
  });

  it('is nothing that others reach into: what two use is in lib', () => {
    const reaching = arrows.filter(
      ({ from, to }) =>
        stepOf(to) !== undefined && stepOf(from) !== stepOf(to) && ['functions', 'lib'].includes(top(from)),
    );
    expect(told(reaching)).toEqual([]);
  });
});

describe('the reader of imports', () => {
  it('sees every form of import, of types too, and no package and no comment', () => {
    const text = [
      "/** {@link import('#lib/run/log.ts').log} */",
      "import { z } from 'zod';",
      "import type { A } from './a.ts';",
      'import {',
      '  type B,',
      '  c,',
      "} from '../run/b.ts';",
      "import './effect.ts';",
      "export * from '#lib/request/all.ts';",
      // In two, or this file would be found to import it.
      ['const later = await import(', "'#local/later.ts');"].join(''),
    ].join('\n');
    expect(importsOf('lib/network/file.ts', text)).toEqual([
      'lib/network/a.ts',
      'lib/run/b.ts',
      'lib/network/effect.ts',
      'lib/request/all.ts',
      'local/later.ts',
    ]);
  });

  it('finds a circle and names the files on it', () => {
    const one = new Map([
      ['a.ts', ['b.ts', 'd.ts']],
      ['b.ts', ['c.ts']],
      ['c.ts', ['b.ts']],
      ['d.ts', []],
    ]);
    expect(circles(one)).toEqual([['b.ts', 'c.ts', 'b.ts']]);
  });
});
