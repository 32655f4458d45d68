#!/usr/bin/env node
/** `aoscloud`, for `npx aoscloud` in the checkout or after `npm link`: the command line on the Node.js this project brings. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const child = spawn(
  existsSync(own) ? own : process.execPath,
  ['--disable-warning=ExperimentalWarning', cli, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// A terminal's Ctrl-C reaches both; whoever tells this process alone means the other.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
