import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pMap from 'p-map';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { LocalService } from '#local/serve.ts';
import { developmentSecret } from '#local/webhook-secret.ts';
import { type Answer, objectionTo } from './openapi.ts';

const realNow = Date.now;
let folder: string;
let service: LocalService;
let secret: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aoscloud-front-door-'));
  // Slow enough that runs hardly get on: they are not what is looked at.
  service = await LocalService.start({ port: 0, folder, speed: 20, seed: 1 });
  secret = developmentSecret(folder).secrets[0] as string;
});
afterAll(async () => {
  await service.stop();
  configureClients({});
  delete process.env.EVENT_BUS_NAME;
  rmSync(folder, { recursive: true });
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly id: string;
  readonly body: string;
  readonly type: string | undefined;
  readonly confirm: string | undefined;
  readonly signature: 'right' | 'wrong' | 'missing';
}

function headersOf({ method, id, body, type, confirm, signature }: Sent): Record<string, string> {
  const at = new Date(realNow());
  const signs = method === 'DELETE' && body === '' ? (confirm ?? '') : body;
  const right = new Webhook(secret).sign(id, at, signs);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    ...(signature === 'missing' ? {} : { 'webhook-signature': signature === 'right' ? right : 'v1,AAAA' }),
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(confirm === undefined ? {} : { 'x-confirm': confirm }),
    'content-length': String(Buffer.byteLength(body)),
  };
}

/** Not fetch, which mends addresses before it sends them. */
function send(sent: Sent): Promise<Answer> {
  const { method, path, query, body } = sent;
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    const target = { hostname, port, method, path: query ? `${path}?${query}` : path };
    const outgoing = request({ ...target, headers: headersOf(sent) }, async (incoming) => {
      let text = '';
      for await (const chunk of incoming) text += chunk;
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
    });
    outgoing.on('error', reject).end(body);
  });
}

const names = ['dev', 'stage', 'nobody'] as const;
const often = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** Beside the pages of the console, which `serve` has at `/`. */
const path = fc.oneof(
  { weight: 5, arbitrary: fc.constant('/environments') },
  { weight: 6, arbitrary: often(...names).map((name) => `/environments/${name}`) },
  {
    weight: 2,
    arbitrary: often(
      '//',
      '//environments',
      '/environments/',
      '/environments//',
      '/environments/dev/',
      '/environments/%',
      '/environments/%ff%00',
      '/environments/%2e%2e%2fdev',
      '/environments/__proto__',
      `/environments/${'x'.repeat(3000)}`,
      '/%65nvironments',
      '/environments;a=b',
      '*',
    ),
  },
  { weight: 2, arbitrary: fc.webPath().map((text) => `/nowhere${text}`) },
);

const soundBody = often(...names).map((environment) => ({ environment, region: 'eu-central-1' }));
const body = fc.oneof(
  { weight: 6, arbitrary: soundBody.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: often(...names).map((confirm) => JSON.stringify({ confirm })) },
  { weight: 2, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc
      .tuple(soundBody, fc.dictionary(fc.string(), fc.jsonValue()))
      .map(([sound, more]) => JSON.stringify({ ...sound, ...more })),
  },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: often(70_000, 65_537).map((length) => 'x'.repeat(length)) },
);

const sent: fc.Arbitrary<Sent> = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: often('GET', 'POST', 'DELETE') },
    { weight: 1, arbitrary: often('PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND') },
  ),
  path,
  query: fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: often('execution=', 'execution=dev-1', 'execution=%', '&&=?', 'execution[]=a') },
    { weight: 1, arbitrary: fc.webQueryParameters() },
  ),
  // Few, so that some stand for another message already.
  id: fc.integer({ min: 1, max: 400 }).map((number) => `msg_${number}`),
  body,
  type: fc.oneof(
    { weight: 8, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: often(undefined, 'text/plain', 'application/json; charset=latin1', ';') },
  ),
  confirm: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: often(...names) },
  ),
  signature: fc.oneof(
    { weight: 8, arbitrary: fc.constant('right' as const) },
    { weight: 1, arbitrary: often('wrong' as const, 'missing' as const) },
  ),
});

it('answers a thousand and some generated requests as docs/openapi.json says, and none with 5xx', async () => {
  const seen = new Set<number>();
  const messages = fc.sample(sent, { seed: 20261126, numRuns: 1200 });
  const judge = async (message: Sent) => {
    const answer = await send(message);
    seen.add(answer.status);
    const said = `${message.method} ${message.path}: ${answer.text.slice(0, 300)}`;
    expect(answer.status, said).toBeLessThan(500);
    expect(objectionTo(message.method, message.path, answer), said).toBeUndefined();
  };
  await pMap(messages, judge, { concurrency: 32 });
  expect([...seen].sort()).toEqual([200, 202, 400, 401, 404, 405, 409, 413, 415, 422]);
});

/** What comes back for these bytes, once the connection is over. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket
      .on('data', (chunk) => {
        text += chunk;
      })
      .on('close', () => resolve(text))
      .on('error', reject);
  });
}

it.each([
  [404, 'GET // HTTP/1.1\r\nConnection: close\r\n\r\n'],
  [404, 'POST http://[/nowhere HTTP/1.1\r\nConnection: close\r\n\r\n'],
  [404, 'GET //a:b@c:99999/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  [404, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  [401, 'GET http://other.example/environments HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  [401, 'GET /environments HTTP/1.0\r\n\r\n'],
  [405, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'],
  [401, 'GET /environments HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n'],
  [
    417,
    'POST /environments HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{',
  ],
  [400, 'NONSENSE /environments HTTP/1.1\r\n\r\n'],
  [400, 'GET /environments HTTP/9.9\r\n\r\n'],
  [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  [400, 'GET /environments HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n'],
  [
    400,
    'POST /environments HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [400, 'POST /environments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n'],
  [431, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
])('answers %i with a problem document to what is no request, or hardly one (%#)', async (status, bytes) => {
  const text = await raw(bytes);
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text.toLowerCase()).toContain('content-type: application/problem+json');
  expect(JSON.parse(text.slice(text.indexOf('{"type"')).replace(/\r\n0\r\n\r\n$/, ''))).toMatchObject({
    type: 'about:blank',
    status,
  });
});
