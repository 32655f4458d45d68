/**
 * Bundles every function into dist/, one minified ESM file each, and prints the sizes.
 * `npm run build`.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { handlers } from './serverless/handlers.mjs';

const root = import.meta.dirname;

/**
 * The SDK keeps a service's shapes in arrays with computed keys (`{ [_n]: … }`), which esbuild must take for
 * impure and keep, used or not. With the keys written out it drops what no command refers to: EC2 shrinks from
 * 830 to 296 KB (aws-facts 13).
 */
const inlineComputedKeys = {
  name: 'inline-computed-keys',
  setup(plugin) {
    plugin.onLoad({ filter: /schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const keys = new Map(
        [...source.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name, text]) => [name, text]),
      );
      return {
        contents: source.replace(/\[(_\w+)\]:/g, (whole, name) =>
          keys.has(name) ? `[${keys.get(name)}]:` : whole,
        ),
      };
    });
  },
};

/** Builds every bundle; answers `{ name, bytes }` of each and esbuild's metafile. */
export async function bundle(outdir = join(root, 'dist')) {
  const entries = handlers();
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map(({ name, path }) => [`${name}/index`, path])),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // esbuild's default for node is main first: the SDK's CommonJS build, which cannot be shaken.
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [inlineComputedKeys],
    logLevel: 'warning',
  });
  const sizes = entries.map(({ name }) => ({ name, bytes: statSync(join(outdir, name, 'index.mjs')).size }));
  return { sizes, metafile };
}

if (process.argv[1] === import.meta.filename) {
  const { sizes } = await bundle();
  for (const { name, bytes } of sizes)
    console.log(`${name.padEnd(28)} ${(bytes / 1000).toFixed(0).padStart(5)} kB`);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${`${sizes.length} functions`.padEnd(28)} ${(total / 1000).toFixed(0).padStart(5)} kB`);
}
