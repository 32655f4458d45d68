import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryObjects } from 'node:v8';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { LocalService } from '#local/serve.ts';
import { developmentSecret } from '#local/webhook-secret.ts';

/** The client lives in real time, whatever the service does with the clock. */
const realNow = Date.now;
const realSetTimeout = globalThis.setTimeout;
const pause = () => new Promise((resolve) => realSetTimeout(resolve, 50));
let folder: string;
let service: LocalService | undefined;
let ends: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aoscloud-serve-'));
  ends = [];
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  configureClients({});
  delete process.env.EVENT_BUS_NAME;
  rmSync(folder, { recursive: true });
});

async function start(speed = Number.POSITIVE_INFINITY): Promise<LocalService> {
  service = await LocalService.start({
    port: 0,
    folder,
    speed,
    seed: 1,
    onEnd: (execution, { status }) => ends.push(`${execution} ${status}`),
  });
  return service;
}

interface Sent {
  readonly body?: string;
  readonly id?: string;
  readonly signs?: string;
  readonly headers?: Record<string, string>;
}
let count = 0;

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON was answered
type Reply = { status: number; location: string | undefined; body: any };

/** Not fetch: its timeouts would pass on the service's virtual time. */
function send(method: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { body = '', id = `msg_${(count += 1)}` } = sent;
  const at = new Date(realNow());
  const signature = new Webhook(developmentSecret(folder).secrets[0]!).sign(id, at, sent.signs ?? body);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signature,
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...sent.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, service?.url), { method, headers }, async (incoming) => {
      let text = '';
      for await (const chunk of incoming) text += chunk;
      resolve({
        status: incoming.statusCode ?? 0,
        location: incoming.headers.location,
        body: text ? JSON.parse(text) : undefined,
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

const dev = readFileSync(new URL('../../examples/dev.json', import.meta.url), 'utf8');

async function until(status: string): Promise<Reply> {
  for (;;) {
    const reply = await send('GET', '/environments/dev');
    if (reply.body.status === status) return reply;
    await pause();
  }
}

it('provisions, shows its steps moving, starts nothing twice, and removes', async () => {
  await start();
  const first = await send('POST', '/environments', { id: 'msg', body: dev });
  expect(first).toMatchObject({ status: 202, location: '/environments/dev' });
  const seen = new Set<number>();
  for (;;) {
    const { body } = await send('GET', first.body.statusUrl);
    seen.add((body.steps as { status: string }[]).filter(({ status }) => status === 'ready').length);
    if (body.status === 'READY') break;
    await pause();
  }
  expect(seen.size).toBeGreaterThan(3);
  expect(await send('POST', '/environments', { id: 'msg', body: dev })).toEqual(first);
  const underItsId = { id: 'msg', signs: 'dev', headers: { 'x-confirm': 'dev' } };
  expect(await send('DELETE', '/environments/dev', underItsId)).toMatchObject({
    status: 409,
    body: { execution: first.body.execution },
  });
  const removal = await send('DELETE', '/environments/dev', {
    signs: 'dev',
    headers: { 'x-confirm': 'dev' },
  });
  expect(removal.status).toBe(202);
  await until('GONE');
  while (ends.length < 2) await pause();
  expect(ends).toEqual([`${first.body.execution} SUCCEEDED`, `${removal.body.execution} SUCCEEDED`]);
});

it('says no as the deployed service would', async () => {
  await start();
  expect((await send('GET', '/environments/dev')).status).toBe(404);
  expect((await send('GET', '/environments/%ff%00')).status).toBe(404);
  expect((await send('GET', '/environments', { signs: 'x' })).status).toBe(401);
  expect((await send('POST', '/environments', { body: 'x'.repeat(70_000) })).status).toBe(413);
  expect((await send('POST', '/environments', { body: 'x'.repeat(11_000_000) })).status).toBe(413);
  expect((await send('PUT', '/environments', { body: dev })).status).toBe(405);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await send('POST', '/environments', { body: dev, headers: form })).status).toBe(415);
});

it('ends as failed what is refused, and tells why', async () => {
  await start();
  const prod = JSON.stringify({ ...JSON.parse(dev), eks: { version: '1.01' } });
  const { body } = await send('POST', '/environments', { body: prod });
  let run: { status: string; cause?: string };
  do run = (await send('GET', body.statusUrl)).body.run;
  while (run.status === 'RUNNING');
  expect(run).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('1.01') });
});

it('settles at its next start the run that its stop cut off', async () => {
  await start(60);
  const { body } = await send('POST', '/environments', { body: dev });
  while ((await send('GET', '/environments')).body.environments.length === 0);
  expect(await service?.stop()).toEqual([body.execution]);
  await start();
  const { body: settled } = await until('FAILED');
  expect(settled.failure).toMatchObject({ execution: body.execution, error: 'Execution.ABORTED' });
  expect(settled.failure.rollback).toContain(`${body.execution}-settled`);
});

it('keeps nothing of a request that is over', async () => {
  await start();
  const ask = async (times: number) => {
    for (let asked = 0; asked < times; asked += 1)
      await send('GET', '/nowhere', { headers: { connection: 'close' } });
  };
  await ask(50);
  const before = queryObjects(Promise, { format: 'count' });
  await ask(300);
  expect(queryObjects(Promise, { format: 'count' }) - before).toBeLessThan(100);
});

it('listens on loopback only, and on a port nobody has', async () => {
  const { url } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const port = Number(new URL(url).port);
  await expect(LocalService.start({ port, folder, speed: 1, seed: 1 })).rejects.toThrow('EADDRINUSE');
  expect((await send('GET', '/environments')).status).toBe(200);
});
