/** What the page is made of: bundled when the console starts, its layouts committed beside the machines. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

export type Assets = Readonly<Record<string, Asset>>;

const folder = fileURLToPath(new URL('../../console', import.meta.url));

export async function loadAssets(): Promise<Assets> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: { console: 'view/app.tsx' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    outdir: folder,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  return {
    '/console.js': { type: 'text/javascript; charset=utf-8', content: Buffer.from(outputFiles[0]!.contents) },
    '/console.css': { type: 'text/css; charset=utf-8', content: readFileSync(`${folder}/view/style.css`) },
    '/layouts.json': { type: 'application/json', content: readFileSync(`${folder}/graph/layouts.json`) },
  };
}
