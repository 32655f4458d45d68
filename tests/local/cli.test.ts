import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'local/cli.ts', ...args, '--state', state],
    { cwd: root },
  );
}

async function cli(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = start(...args);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

interface Report {
  readonly status: string;
  readonly requests: Record<string, number>;
  readonly resources: Record<string, string[]>;
  readonly rules: { holds: boolean }[];
  readonly error?: { name: string; step?: string; operation?: string; code?: string };
}

const provision = async (...args: string[]) => {
  const run = await cli('provision', 'examples/dev.json', '--speed', 'max', '--json', ...args);
  return { ...run, report: JSON.parse(run.out) as Report };
};

describe('provision', () => {
  it('prints one JSON document, and exits 0 only when it succeeded', async () => {
    const { code, report } = await provision();
    expect(code).toBe(0);
    expect(report.status).toBe('SUCCEEDED');
    expect(report.rules).toHaveLength(32);
    expect(report.resources['ec2:subnet']).toHaveLength(16);
    expect(report.requests['ec2:CreateVpc']).toBe(1);
  });

  it('goes on after kill -9, and doubles nothing', async () => {
    const whole = await provision();
    rmSync(state, { recursive: true, force: true });
    for (const seconds of [0.9, 1.6]) {
      const killed = start('provision', 'examples/dev.json', '--speed', '400');
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      killed.kill('SIGKILL');
      await new Promise((resolve) => killed.on('close', resolve));
    }
    const { code, report } = await provision();
    expect(code).toBe(0);
    const counts = (resources: Report['resources']) =>
      Object.entries(resources).flatMap(([type, ids]) =>
        type === 'ec2:network-interface' ? [] : [[type, ids.length]],
      );
    expect(counts(report.resources)).toEqual(counts(whole.report.resources));
  });

  it('shows a rollback on demand and leaves an empty account', async () => {
    const { code, report } = await provision('--fail-at', 'aurora');
    expect(code).toBe(1);
    expect(report).toMatchObject({
      status: 'FAILED',
      resources: {},
      error: { name: 'AwsRefusedError', step: 'aurora', code: 'AccessDenied' },
    });
    const { out } = await cli('inventory', '--json');
    expect(JSON.parse(out)).toEqual({ resources: {} });
  });

  it('says what is wrong with a file that is no request', async () => {
    const file = join(state, 'bad.json');
    writeFileSync(file, '{ "environment": ');
    const { code, err } = await cli('provision', file);
    expect(code).toBe(1);
    expect(err).toContain('bad.json');
  });

  it('refuses a step that does not exist', async () => {
    const { code, err } = await cli('provision', '--fail-at', 'nowhere');
    expect(code).toBe(1);
    expect(err).toContain('no such step; one of vpc, routing');
  });
});

it('takes an environment down, and status and inventory say so', async () => {
  await provision();
  const down = await cli(
    'deprovision',
    'dev',
    '--confirm',
    'dev',
    '--delete-logs',
    '--speed',
    'max',
    '--json',
  );
  expect(down.code).toBe(0);
  expect(Object.keys(JSON.parse(down.out).resources).every((type) => type.endsWith('snapshot'))).toBe(true);
  const status = await cli('status', 'dev', '--json');
  expect(JSON.parse(status.out).environments).toMatchObject([{ environment: 'dev', status: 'GONE' }]);
});

it('tells of one environment among others: what it has, how its removal went, what is left of it', async () => {
  await provision();
  const file = join(state, 'other.json');
  const other = { environment: 'other', region: 'eu-central-1', vpcCidr: '10.99.0.0/16' };
  writeFileSync(file, JSON.stringify(other));
  const { out } = await cli('provision', file, '--speed', 'max', '--json');
  const { resources } = JSON.parse(out) as Report;
  expect(resources['ec2:vpc']).toHaveLength(1);
  expect(resources['eks:cluster']).toEqual(['aoscloud-other']);

  const down = await cli('deprovision', 'other', '--confirm', 'other', '--speed', 'max', '--no-console');
  expect(down.code).toBe(0);
  expect(down.out).toMatch(/^Time: \d+:\d\d simulated\.$/m);
  expect(down.out).toMatch(
    /^AWS calls: \d+, of which [1-9]\d* change something\. State transitions: \d+\.$/m,
  );
  expect(down.out).toMatch(
    /^other is taken down\. Left of it: docdb:db-cluster-snapshot aoscloud-other-documentdb-final-\w{8}; elasticache:snapshot aoscloud-other-redis-final-\w{8}; \d logs:log-group; rds:db-cluster-snapshot aoscloud-other-aurora-final-\w{8}\.$/m,
  );
  const there = await cli('inventory', '--json');
  expect(JSON.parse(there.out).resources['eks:cluster']).toEqual(['aoscloud-dev']);
});

it.each([
  [['deprovision', 'nosuch', '--confirm', 'nosuch', '--speed', 'max']],
  [['status', 'nosuch']],
  [['drift', 'nosuch']],
])('%j says that there is no such environment, and which there are', async (args) => {
  const none = await cli(...args);
  expect(none.code).toBe(1);
  expect(none.out + none.err).toContain('No environment nosuch is known. What to do: make one');
  await provision();
  const { code, out, err } = await cli(...args);
  expect(code).toBe(1);
  expect(out + err).toBe('No environment nosuch is known. What to do: name dev, which is all there is.\n');
});

it('says what to type after a failure', async () => {
  const { out } = await cli(
    'provision',
    'examples/dev.json',
    '--fail-at',
    'vpc',
    '--speed',
    'max',
    '--no-console',
  );
  const next = out.slice(out.indexOf('\nNext:\n')).split('\n');
  expect(next).toContain(`  npm start -- status dev --state ${state}`);
  expect(next).toContain(`  npm start -- provision examples/dev.json --state ${state}`);
  expect(next).toContain(`  npm start -- watch dev --state ${state}`);
});

it('refuses a removal whose name is not repeated', async () => {
  await provision();
  const { code, out } = await cli('deprovision', 'dev', '--confirm', 'deb', '--speed', 'max', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out).error.cause).toContain('confirm "deb"');
});

describe('plan', () => {
  const request = (changes: object) => {
    const file = join(state, 'request.json');
    const dev = JSON.parse(readFileSync(join(root, 'examples/dev.json'), 'utf8'));
    writeFileSync(file, JSON.stringify({ ...dev, ...changes }));
    return file;
  };

  it('of what does not exist makes nothing, and exits 2', async () => {
    const { code, out } = await cli('plan', 'examples/prod.json', '--json');
    expect(code).toBe(2);
    expect((await cli('plan', 'examples/prod.json')).out).toMatch(
      /^Plan: \d\d to add, 0 to change, 0 to replace, 0 refused\.\nA run takes about 13:45\.$/m,
    );
    expect(JSON.parse(out)).toMatchObject({
      exists: false,
      expectedSeconds: 825,
      changes: [],
      resources: { 'ec2:subnet': 16, 'ec2:vpc-endpoint': 12 },
    });
    expect(JSON.parse((await cli('inventory', '--json')).out)).toEqual({ resources: {} });
  });

  it('of what exists exits 0 where nothing differs, 2 where something would change, 1 where it is refused', async () => {
    await provision();
    const same = await cli('plan', 'examples/dev.json');
    expect(same.code).toBe(0);
    expect(same.out).toContain('Nothing differs: a run would change nothing.');

    const changed = await cli(
      'plan',
      request({ network: { natGateways: 'per-zone' }, efs: { backup: false } }),
    );
    expect(changed.code).toBe(2);
    expect(changed.out).toContain('  ~ efs.backup: true → false\n');
    expect(changed.out).toContain('  + network.natGateways: one → per-zone\n');
    expect(changed.out).toContain('Plan: 1 to add, 1 to change, 0 to replace, 0 refused.');
    expect(changed.out).toContain('$193.45 → $259.15 a month');
    expect(changed.out).toContain('\nA run takes about 2:30.\n');

    const refused = await cli('plan', request({ vpcCidr: '10.99.0.0/16' }));
    expect(refused.code).toBe(1);
    expect(refused.out).toContain(
      '  ! vpcCidr: 10.231.0.0/16 → 10.99.0.0/16\n      refused: a VPC keeps its block',
    );
    expect(refused.out).toContain('Nothing was changed.');
  });

  it('shows the block that "auto" would get now, and who has each where none is free', async () => {
    await provision();
    const auto = (cidrPool: string[]) => request({ environment: 'other', vpcCidr: 'auto', cidrPool });
    const free = await cli('plan', auto(['10.231.0.0/16', '10.232.0.0/16']), '--json');
    expect(JSON.parse(free.out)).toMatchObject({ exists: false, plan: { vpcCidr: '10.232.0.0/16' } });
    const none = await cli('plan', auto(['10.231.0.0/16']));
    expect(none.code).toBe(1);
    expect(none.out).toContain('cidrPool 10.231.0.0/16 has no free /16');
  });

  it('says who may enter the cluster', async () => {
    expect((await cli('plan', 'examples/dev.json')).out).toContain('none, so nobody may enter it');
    expect((await cli('plan', 'examples/prod.json')).out).toContain('role/platform-admin');
  });

  it('is what provision shows first', async () => {
    await provision();
    const { err } = await cli('provision', request({ efs: { backup: false } }), '--speed', 'max', '--json');
    expect(err).toContain('  ~ efs.backup: true → false\n      interrupts nothing; about 10 s\n');
  });
});

it('drift exits 0 where all is as the last run left it, and 1 where none ever was', async () => {
  expect((await cli('drift', 'dev')).code).toBe(1);
  await provision();
  const { code, out } = await cli('drift', 'dev', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ environment: 'dev', drift: [] });
});

it('fleet provisions what a file lists in waves, and refuses what the account has no room for', async () => {
  const { code, out, err } = await cli(
    'fleet',
    'provision',
    'examples/fleet.json',
    '--speed',
    'max',
    '--json',
  );
  expect(code).toBe(0);
  expect(Object.values(JSON.parse(out).environments)).toMatchObject(
    Array.from({ length: 4 }, () => ({ status: 'SUCCEEDED' })),
  );
  expect(err).toContain('4 environments accepted: 1, then 2, then 1;');
  const file = join(state, 'more.json');
  const fleet = JSON.parse(readFileSync(join(root, 'examples/fleet.json'), 'utf8'));
  writeFileSync(
    file,
    JSON.stringify({ ...fleet, environments: [{ environment: 'x' }, { environment: 'y' }] }),
  );
  const refused = await cli('fleet', 'provision', file, '--speed', 'max');
  expect(refused.code).toBe(1);
  expect(refused.out).toContain('quota "VPCs per Region"');
});

it('reset says so where there is nothing to forget', async () => {
  rmSync(state, { recursive: true });
  const none = await cli('reset');
  expect(none.code).toBe(0);
  expect(none.err).toMatch(/^There is no account in \S+: nothing is to be forgotten\.\n$/);
});

it('reset forgets the account and nothing else in the folder', async () => {
  await cli('inventory');
  writeFileSync(join(state, 'mine.txt'), 'mine');
  await cli('reset');
  expect(readdirSync(state)).toEqual(['mine.txt', 'run.sqlite']);
});

/** Its stdout up to where `found` holds, then what `then` does, then its end. */
async function until(child: ChildProcess, found: RegExp, then: () => void) {
  let out = '';
  let done = false;
  child.stdout?.on('data', (chunk) => {
    out += chunk;
    if (done || !found.test(out)) return;
    done = true;
    then();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

describe('a run that is told to stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'by %s ends in order with %i, says how to go on, and is gone on with at once',
    async (signal, exit) => {
      const child = start('provision', 'examples/dev.json', '--speed', '100', '--no-console');
      const { code, out } = await until(child, /is being created/, () => child.kill(signal));
      expect(code).toBe(exit);
      expect(out).toContain('Stopping: what was asked of AWS is waited for.');
      expect(out).toContain(`\n  # go on\n  npm start -- provision examples/dev.json --state ${state}\n`);
      expect(out).toContain('\n  # or take it down\n  npm start -- deprovision dev --confirm dev');
      const status = JSON.parse((await cli('status', 'dev', '--json')).out);
      expect(status.environments[0].status).toBe('PROVISIONING');
      expect((await provision()).report.status).toBe('SUCCEEDED');
    },
  );

  it('twice ends at once', async () => {
    const child = start('provision', 'examples/dev.json', '--speed', '1', '--no-console');
    const { code, out } = await until(child, /VPC/, () => {
      child.kill('SIGINT');
      child.stdout?.on('data', () => child.kill('SIGINT'));
    });
    expect(code).toBe(130);
    expect(out).not.toContain('# go on');
  });
});

it('goes on when nobody reads any more', async () => {
  const child = start('provision', 'examples/dev.json', '--speed', 'max', '--no-console');
  let err = '';
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
  expect(err).toBe('');
  const { environments } = JSON.parse((await cli('status', 'dev', '--json')).out);
  expect(environments[0].status).toBe('READY');
});

describe('the command line', () => {
  it.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1', NODE_DISABLE_COLORS: '1' }, true],
  ])('colours what is no terminal only where one asks for it: %j', (env, isColoured) => {
    const { FORCE_COLOR: _, NO_COLOR: __, ...others } = process.env;
    const args = ['--disable-warning=ExperimentalWarning', 'local/cli.ts', 'provision', '--speed', 'max'];
    const { stdout } = spawnSync(process.execPath, [...args, '--no-console', '--state', state], {
      cwd: root,
      encoding: 'utf8',
      env: { ...others, ...env },
    });
    expect(stdout).toContain('dev is READY.');
    expect(stdout.includes('\u001B[')).toBe(isColoured);
  });

  it('says its version', async () => {
    const { code, out } = await cli('--version');
    expect(code).toBe(0);
    expect(out).toMatch(/^aoscloud \d+\.\d+\.\d+, Node\.js v\d+/);
  });

  it.each([
    [['provison'], "unknown command 'provison'\n(Did you mean provision?)"],
    [['plan', '--sed', '3'], "unknown option '--sed'\n(Did you mean --seed?)"],
    [['plan', '--seed', 'x'], 'a whole number'],
    [['deprovision', 'dev'], "required option '--confirm <name>' not specified"],
  ])('exits 64 for %j, and says in three lines what is meant', async (args, words) => {
    const { code, err } = await cli(...args);
    expect(code).toBe(64);
    expect(err).toContain(words);
    expect(err.trim().split('\n').length).toBeLessThanOrEqual(3);
  });

  it('takes a request file alone for the main job, and reads stdin', async () => {
    const child = start('plan', '-', '--json');
    child.stdin?.end(readFileSync(join(root, 'examples/dev.json')));
    expect((await until(child, /never/, () => {})).out).toContain('"exists": false');
    const { code, err } = await cli('nowhere.json');
    expect(code).toBe(1);
    expect(err).toContain('nowhere.json cannot be read: ENOENT');
  });

  it('shows examples with the help of each command', async () => {
    const { out } = await cli('--help');
    const commands = [...out.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name as string);
    expect(commands).toEqual(expect.arrayContaining(['provision', 'plan', 'drift', 'completion']));
    const helps = await Promise.all(
      commands.filter((name) => name !== 'help').map(async (name) => [name, (await cli(name, '--help')).out]),
    );
    for (const [name, help] of helps) expect(help, name).toContain('\nExamples:\n');
  });

  it('writes one JSON line an event, the report last', async () => {
    const { out } = await cli('provision', 'examples/dev.json', '--speed', 'max', '--events');
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ type: 'started', machine: 'provision' });
    expect(events.every(({ type, at }) => type === 'report' || !Number.isNaN(Date.parse(at)))).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'report', environment: 'dev', status: 'SUCCEEDED' });
  });
});

it('tells times and next commands at the end', async () => {
  const { out } = await cli('provision', 'examples/dev.json', '--speed', 'max', '--no-console');
  expect(out).toMatch(/\* what the run waited for: VPC and subnets \d+:\d\d, EKS control plane/);
  expect(out).toContain('nobody may enter the cluster yet: name a role in eks.administrators');
  expect(out).toContain('aws eks update-kubeconfig --region eu-central-1 --name aoscloud-dev');
  expect(out).toContain('npm start -- deprovision dev --confirm dev');
  expect(out).toContain('It costs about $1,062.19 a month: $193.45 idle, $868.74 for the fewest nodes');
});
