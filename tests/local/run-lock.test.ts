import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderInUseError, takeFolder, whileUnused } from '#local/run-lock.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = (...args: string[]) => [
  '--disable-warning=ExperimentalWarning',
  'local/cli.ts',
  ...args,
  '--state',
  folder,
];
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(program: string, args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(program, args, { cwd: root });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}

const run = (...args: string[]) => start(process.execPath, command(...args)).ended;
const slowRun = ['provision', 'examples/dev.json', '--speed', '20'];
const quickRun = ['provision', 'examples/dev.json', '--speed', 'max', '--json'];

/** The run is under way: it has taken its environment's lock. */
async function underWay(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { out } = await run('status', '--json');
    if (JSON.parse(out).environments[0]?.lock) return;
  }
  throw new Error('no run is under way');
}

it('of two at once the second is told so, by the name of the folder, within a second', () => {
  const lock = takeFolder(folder);
  const asked = Date.now();
  expect(() => takeFolder(folder)).toThrow(FolderInUseError);
  expect(() => takeFolder(folder)).toThrow(folder);
  expect(Date.now() - asked).toBeLessThan(2000);
  lock.release();
  takeFolder(folder).release();
});

it('clears up only where nobody works', () => {
  const done: string[] = [];
  const lock = takeFolder(folder);
  whileUnused(folder, () => done.push('beside'));
  lock.release();
  whileUnused(folder, () => done.push('alone'));
  expect(done).toEqual(['alone']);
});

it('two terminals: the second run and a server are refused, looking is not, and the first run goes on', async () => {
  const first = start(
    process.execPath,
    command('provision', 'examples/dev.json', '--speed', '150', '--json'),
  );
  await underWay();
  for (const refused of [await run(...quickRun), await run('serve', '--port', '0'), await run('reset')]) {
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`state folder ${folder} is in use`);
  }
  expect((await run('inventory')).code).toBe(0);
  const { code, out } = await first.ended;
  expect(JSON.parse(out).status).toBe('SUCCEEDED');
  expect(code).toBe(0);
});

it('after kill -9 the next run works at once, though the dead one is a zombie still', async () => {
  // A parent that never asks how its child ended: npm, or the first process of a container.
  const script = '"$0" "$@" >/dev/null 2>&1 & echo $!; exec sleep 60';
  const { child } = start('sh', ['-c', script, process.execPath, ...command(...slowRun)]);
  const pid = Number(await new Promise((resolve) => child.stdout?.once('data', resolve)));
  await underWay();
  process.kill(pid, 'SIGKILL');
  const { code, out } = await run(...quickRun);
  // A zombie's id is taken, and answers.
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(JSON.parse(out).status).toBe('SUCCEEDED');
  expect(code).toBe(0);
});

it('keeps no process id, which the next process or container may have as well', async () => {
  const { child, ended } = start(process.execPath, command(...slowRun));
  await underWay();
  child.kill('SIGKILL');
  await ended;
  const database = new DatabaseSync(join(folder, 'aws.sqlite'));
  const { state } = database.prepare('SELECT state FROM aws').get() as { state: string };
  database.close();
  expect(state).not.toMatch(/pid"|Pid"/);
  expect(readdirSync(folder).filter((file) => /pid|lock/.test(file))).toEqual([]);
  expect((await run(...quickRun)).code).toBe(0);
});
