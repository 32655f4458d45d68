/**
 * Which functions there are: one a handler file, those directly in functions/ and each step folder's `ensure.ts` and
 * `remove.ts`. A step folder may hold more than these two. The bundler, the packaging and the runner all ask here; it
 * is JavaScript because the bundler runs on any Node.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const handlerFile = /^functions\/([\w-]+|[\w-]+\/(ensure|remove))\.ts$/;

export function handlers() {
  return readdirSync(join(root, 'functions'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => handlerFile.test(path))
    .map((path) => ({ path, name: nameOf(path) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ path, name }) => ({ path, name, key: keyOf(name) }));
}

function nameOf(path) {
  return path.replace(/^functions\/(.*)\.ts$/, '$1').replaceAll('/', '-');
}

function keyOf(name) {
  return name.replace(/(^|-)(\w)/g, (_all, _dash, letter) => letter.toUpperCase());
}
