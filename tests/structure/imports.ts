/** Who imports whom in this repository, type-only imports included: read from the sources, without a compiler. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const roots = [
  'functions',
  'lib',
  'local',
  'embedded',
  'console',
  'statemachines',
  'serverless',
  'bench',
  'tests',
];

/** `import … from`, `import '…'`, `export … from`, each at the start of a line; `import('…')` anywhere but in a link of a comment. */
const statement = /^(?:import|export)\s(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const expression = /(?<!@link )\bimport\(\s*'([^']+)'/g;

export type Imports = ReadonlyMap<string, readonly string[]>;

/** Every source by its path from the root, with the files of this repository that it names. */
export function readImports(): Imports {
  const files = globSync(
    ['*', ...roots.map((folder) => `${folder}/**/*`)].map((path) => `${path}.{ts,tsx,js,mjs}`),
    { cwd: root },
  );
  return new Map(files.sort().map((file) => [file, importsOf(file, readFileSync(join(root, file), 'utf8'))]));
}

/** Of one file's text. Packages are left out. */
export function importsOf(file: string, text: string): string[] {
  const named = [...text.matchAll(statement), ...text.matchAll(expression)].map(([, name]) => name as string);
  const paths = named.flatMap((name) => {
    if (name.startsWith('#')) return [name.slice(1)];
    return name.startsWith('.') ? [normalize(join(dirname(file), name))] : [];
  });
  return [...new Set(paths)];
}

/** The circles among them: each as the files on it, each file on one circle at most. */
export function circles(imports: Imports): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return found;
}
