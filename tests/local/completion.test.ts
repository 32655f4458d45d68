/** Tab, as a shell presses it: the script it sources, and what is answered to it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  run('provision', 'examples/dev.json', '--speed', 'max', '--no-console', '--state', join(folder, 'state'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): string {
  const node = ['--disable-warning=ExperimentalWarning', 'local/cli.ts', ...args];
  return spawnSync(process.execPath, node, { cwd: root, encoding: 'utf8' }).stdout;
}

const answered = (...words: string[]) =>
  run('complete', '--', ...words)
    .split('\n')
    .filter(Boolean);
const valuesOf = (...words: string[]) => answered(...words).map((line) => line.split('\t')[0]);

describe('what may stand where Tab was pressed', () => {
  it('a command, with what it does', () => {
    expect(answered('dep')).toEqual(['deprovision\ttake an environment down']);
    expect(valuesOf('')).toEqual(expect.arrayContaining(['provision', 'plan', 'completion', 'help']));
    expect(valuesOf('')).not.toContain('complete');
  });

  it('an option that is not there yet', () => {
    expect(valuesOf('plan', '--se')).toEqual(['--seed']);
    expect(valuesOf('plan', '--json', '--')).not.toContain('--json');
  });

  it('one of the values it takes', () => {
    expect(valuesOf('provision', '--fail-at', 'eks-')).toEqual([
      'eks-cluster',
      'eks-connect',
      'eks-nodes',
      'eks-endpoints',
    ]);
    expect(valuesOf('fleet', '')).toEqual(['provision', 'deprovision', 'status']);
    expect(valuesOf('completion', 'z')).toEqual(['zsh']);
  });

  it('an environment that there is, in the folder that is named', () => {
    const state = join(folder, 'state');
    expect(answered('status', '--state', state, '')).toEqual(['dev\tREADY in eu-central-1']);
    expect(valuesOf('deprovision', 'dev', '--state', state, '--confirm', '')).toEqual(['dev']);
    expect(valuesOf('status', '--aws', '--state', state, '')).toEqual([]);
    const none = join(folder, 'none');
    expect(valuesOf('status', '--state', none, '')).toEqual([]);
    expect(existsSync(none)).toBe(false);
  });

  it('a file, which the shell knows', () => {
    expect(answered('plan', 'exa')).toEqual([]);
    expect(answered('nosuch', '')).toEqual([]);
  });
});

describe('in a shell that sources it', () => {
  const there = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
  const sourced = (shell: string, more: string) => {
    const file = join(folder, `rc.${shell}`);
    writeFileSync(file, `${run('completion', shell)}\n${more}`);
    return spawnSync(shell, [file], { cwd: root, encoding: 'utf8' });
  };

  it.each([
    ['aoscloud dep', ['deprovision']],
    ['npx aoscloud plan --se', ['--seed']],
    ['npx other dep', []],
  ])('bash completes %j', (typed, expected) => {
    const words = typed.split(' ').map((word) => `'${word}'`);
    const name = typed.startsWith('npx') ? '_aoscloud_npx' : '_aoscloud';
    const press = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; ${name}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = sourced('bash', press);
    expect(stderr).toBe('');
    expect(stdout.split('\n').filter(Boolean)).toEqual(expected);
  });

  it('bash has aoscloud as a command', () => {
    expect(sourced('bash', 'cd /; aoscloud --version').stdout).toMatch(/^aoscloud \d/);
  });

  // Where this machine has them: what they source is at least their language.
  it.each(['zsh', 'fish'].filter(there))('%s takes it', (shell) => {
    const file = join(folder, `script.${shell}`);
    writeFileSync(file, run('completion', shell));
    expect(spawnSync(shell, ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['fish'].filter(there))('%s completes commands and options', (shell) => {
    const press = `complete -C 'aoscloud dep'; complete -C 'npx aoscloud plan --se'`;
    expect(sourced(shell, press).stdout).toMatch(/^deprovision\ttake .*\n--seed\t/);
  });
});
