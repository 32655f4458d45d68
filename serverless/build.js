/** osls plugin: builds every function's artifact with esbuild.config.mjs before packaging. Needs no network. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipOf } from './zip.js';

const root = join(import.meta.dirname, '..');

export default class Build {
  hooks = { 'before:package:createDeploymentArtifacts': build };
}

async function build() {
  // Imported here: it is a module with top-level await, which the framework cannot load by itself.
  const { bundle } = await import('../esbuild.config.mjs');
  const outdir = join(root, 'dist');
  const { sizes, metafile } = await bundle(outdir);
  for (const { name } of sizes) {
    writeFileSync(
      join(outdir, `${name}.zip`),
      zipOf('index.mjs', readFileSync(join(outdir, name, 'index.mjs'))),
    );
  }
  // What each bundle is made of, for the tests.
  writeFileSync(join(outdir, 'metafile.json'), JSON.stringify(metafile));
}
