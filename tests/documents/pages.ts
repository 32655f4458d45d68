/** The Markdown pages of the repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const markdownIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

export const pages: readonly Page[] = ['.', 'docs', 'docs/adr', 'embedded']
  .flatMap(markdownIn)
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
