/** Writes where everything stands in the graphs of the machines. `npm run machines`, after the machines themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AslScope, diagramOf } from './fold.ts';
import { type Layout, layoutOf } from './layout.ts';

const folder = join(import.meta.dirname, '../../statemachines');

export type Layouts = Readonly<Record<string, { readonly folded: Layout; readonly whole: Layout }>>;

export async function layouts(): Promise<Layouts> {
  const all: Record<string, Layouts[string]> = {};
  for (const name of ['provision', 'deprovision']) {
    const asl = JSON.parse(readFileSync(join(folder, `${name}.asl.json`), 'utf8')) as AslScope;
    all[name] = {
      folded: await layoutOf(diagramOf(asl, true)),
      whole: await layoutOf(diagramOf(asl, false)),
    };
  }
  return all;
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(join(import.meta.dirname, 'layouts.json'), `${JSON.stringify(await layouts())}\n`);
