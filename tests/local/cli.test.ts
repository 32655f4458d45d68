import { type ChildProcess, spawn } from 'node:child_process';
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
    expect(JSON.parse(out)).toMatchObject({
      exists: false,
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

    const refused = await cli('plan', request({ vpcCidr: '10.99.0.0/16' }));
    expect(refused.code).toBe(1);
    expect(refused.out).toContain(
      '  ! vpcCidr: 10.231.0.0/16 → 10.99.0.0/16\n      refused: a VPC keeps its block',
    );
    expect(refused.out).toContain('Nothing was changed.');
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

it('reset forgets the account and nothing else in the folder', async () => {
  await cli('inventory');
  writeFileSync(join(state, 'mine.txt'), 'mine');
  await cli('reset');
  expect(readdirSync(state)).toEqual(['mine.txt', 'run.sqlite']);
});
