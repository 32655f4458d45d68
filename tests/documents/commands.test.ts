/** Every command that README and docs show: those that need no network are run, the others have the options they name. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pages, root } from './pages.ts';

interface Shown {
  readonly page: string;
  readonly line: string;
  /** What follows `npm start --`, or a script that is the command line under another name. */
  readonly args: readonly string[];
}

/** Scripts of package.json that are a command of their own. */
const asCommands: Readonly<Record<string, string>> = { serve: 'serve', sweep: 'sweep', sign: 'sign' };

/** As a person would fill them in. */
const filledIn: Readonly<Record<string, string>> = {
  FILE: 'examples/dev.json',
  'dev.json': 'examples/dev.json',
  'request.json': 'examples/dev.json',
  NAME: 'dev',
  STEP: 'aurora',
  ID: '111122223333',
  S: 'dev',
  URL: 'http://127.0.0.1:5000',
  N: '1',
};

/** Of code blocks and of inline code: the command alone, without comment, redirection or what is optional. */
const commandsIn = (text: string) => {
  const blocks = [...text.matchAll(/```\w*\n(.*?)```/gs)].flatMap(([, block]) =>
    (block as string).split('\n'),
  );
  const inline = [...text.replace(/```.*?```/gs, '').matchAll(/`([^`]+)`/g)].map(
    ([, code]) => code as string,
  );
  return [...blocks, ...inline]
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/\s+#.*$/, '')
        .replace(/\s*[>|].*$/, '')
        .trim(),
    )
    .map((line) =>
      line
        .replace(/\[[^\]]*\]/g, '')
        .replace(/^npm ci && /, '')
        .trim(),
    )
    .filter((line) => /^(npm (start|run)|npx aoscloud)\b/.test(line));
};

const wordsOf = (line: string) =>
  line
    .replace(/ (-s|--silent)(?= )/g, '')
    .split(/\s+/)
    .map((word) => filledIn[word] ?? word);

const shown: readonly Shown[] = pages.flatMap(({ path, text }) =>
  commandsIn(text).map((line) => {
    const [npm, verb, ...rest] = wordsOf(line) as [string, string, ...string[]];
    const tail = rest.filter((word) => word !== '--');
    if (npm === 'npx') return { page: path, line, args: rest };
    if (verb === 'start') return { page: path, line, args: tail };
    const [script = '', ...options] = tail;
    return {
      page: path,
      line,
      args: asCommands[script] ? [asCommands[script], ...options] : [`npm:${script}`],
    };
  }),
);

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const own = shown.filter(({ args: [first = ''] }) => !first.startsWith('npm:'));
const verbOf = ({ args: [first = ''] }: Shown) =>
  first === '' || first.startsWith('-') ? 'provision' : first;

let state: string;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'documents-'));
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

async function run(args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'local/cli.ts', ...args], {
    cwd: root,
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk;
    });
  child.stdin.end();
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

it('finds the commands', () => {
  expect(shown.length).toBeGreaterThan(40);
  for (const verb of ['provision', 'deprovision', 'plan', 'drift', 'status', 'list', 'sweep', 'sign'])
    expect(own.map(verbOf)).toContain(verb);
});

it('names only scripts that there are', () => {
  for (const { page, line, args } of shown)
    if (args[0]?.startsWith('npm:'))
      expect(Object.keys(scripts), `${page}: ${line}`).toContain(args[0].slice(4));
});

it('names only commands and options that there are', async () => {
  for (const verb of new Set(own.map(verbOf))) {
    const { code, out } = await run([verb, '--help']);
    expect(code, verb).toBe(0);
    for (const { page, line, args } of own.filter((one) => verbOf(one) === verb))
      for (const option of args.filter((word) => word.startsWith('--')))
        expect(out, `${page}: ${line}`).toContain(option.split('=')[0]);
  }
});

it('leaves no option out', async () => {
  const { out } = await run(['--help']);
  const verbs = [...out.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name as string);
  const text = pages.map((page) => page.text).join('\n');
  for (const verb of verbs.filter((name) => name !== 'help')) {
    const help = await run([verb, '--help']);
    const options = [...help.out.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(
      ([, option]) => option as string,
    );
    for (const option of options) expect(text.includes(option), `${verb} ${option}`).toBe(true);
  }
});

describe('what can be run without a network', () => {
  const needsMore = /--(aws|aws-direct|endpoint|open|html|events)\b/;
  const order = [
    'provision',
    'plan',
    'drift',
    'status',
    'list',
    'inventory',
    'sign',
    'target-role',
    'deprovision',
    'reset',
  ];
  const lines = new Map(
    own
      .filter(
        (one) =>
          order.includes(verbOf(one)) && !needsMore.test(one.line) && !/…|\.local\//.test(one.args.join(' ')),
      )
      .map((one) => [one.args.join(' '), one]),
  );
  // The longest of a kind first: after a plain reset there is nothing to go back to.
  const sorted = [...lines.values()].sort(
    (one, other) =>
      order.indexOf(verbOf(one)) - order.indexOf(verbOf(other)) || other.args.length - one.args.length,
  );
  // Failing on purpose comes before there is anything.
  const isFailing = ({ args }: Shown) => args.includes('--fail-at');
  const all = [...sorted.filter(isFailing), ...sorted.filter((one) => !isFailing(one))];

  it.each(all)('$line', async (one) => {
    const verb = verbOf(one);
    const args = one.args.length === 0 || one.args[0]?.startsWith('-') ? [verb, ...one.args] : one.args;
    const simulated =
      verb === 'provision' || verb === 'deprovision' ? ['--speed', 'max', '--no-console'] : [];
    const folder = verb === 'target-role' ? [] : ['--state', state];
    const { code, out } = await run([...args, ...simulated, ...folder]);
    const expected = isFailing(one) ? [1] : verb === 'plan' || verb === 'drift' ? [0, 2] : [0];
    expect(expected, out.slice(-500)).toContain(code);
  });
});
