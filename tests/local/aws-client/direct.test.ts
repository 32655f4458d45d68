/** `--aws-direct`: real calls from this machine, and only its own bookkeeping embedded. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { main } from '#local/main.ts';

const sts = mockClient(STSClient);
let state: string;
let out = '';

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'direct-'));
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
});
afterEach(() => {
  rmSync(state, { recursive: true, force: true });
  sts.reset();
  vi.restoreAllMocks();
  configureClients({});
});

test('asks AWS itself, in real time, and ends with what AWS says', async () => {
  const denied = {
    name: 'AccessDenied',
    $metadata: { requestId: 'r-1' },
    operation: 'sts:GetCallerIdentity',
  };
  sts.on(GetCallerIdentityCommand).rejects(Object.assign(new Error('not allowed'), denied));
  expect(await main(['provision', 'examples/dev.json', '--aws-direct', '--state', state])).toBe(1);
  expect(sts.commandCalls(GetCallerIdentityCommand)).toHaveLength(1);
  expect(out).toContain(
    'dev FAILED: AwsRefusedError\naccept: sts:GetCallerIdentity was refused with AccessDenied: not allowed (request r-1)',
  );
});
