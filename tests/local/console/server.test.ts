import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk } from '#local/console/desk.ts';
import { Hub } from '#local/console/hub.ts';
import { ConsoleServer } from '#local/console/server.ts';

const hub = new Hub();
const acts: unknown[] = [];
const desk: Desk = {
  environments: async () => [],
  environment: async () => undefined,
  fleets: async () => [],
  fleet: async () => undefined,
  run: async () => [],
  actions: {
    plan: async () => {
      throw new Error('region: must be a region. What to do: name one.');
    },
    provision: async (request) => {
      acts.push(request);
      return { execution: 'dev-provision-1' };
    },
    deprovision: async () => ({}),
  },
};
const session = () => ({ where: 'a test', speed: 60, starts: true, controls: false, again: 'npm start' });
let server: ConsoleServer;

beforeAll(async () => {
  server = await ConsoleServer.start({ hub, desk, session, port: 0 });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  content = '',
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end(content);
  });
}

describe('the console', () => {
  it('serves the page under every address it gives out', async () => {
    for (const path of [
      '/',
      '/new',
      '/environment/dev',
      '/fleet/customers-1',
      '/runs/latest',
      '/runs/one/timeline',
      '/runs/one/',
    ]) {
      const { status, body, headers } = await ask(path);
      expect(status, path).toBe(200);
      expect(body).toContain('<div id="app">');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
    expect((await ask('/api/session')).body).toBe(JSON.stringify(session()));
  });

  it('is small, and takes nothing from elsewhere', async () => {
    const script = await ask('/console.js');
    expect(script.status).toBe(200);
    const parts = ['/', '/console.js', '/console.css', '/layouts.json'];
    const bodies = await Promise.all(parts.map(async (path) => (await ask(path)).body));
    expect(gzipSync(bodies.join('')).length).toBeLessThan(150_000);
    const page = await ask('/');
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('leads who opens an address of the API in a browser to the page of it, and no program', async () => {
    const visit = await ask('/fleets/customers-1', { accept: 'text/html,*/*;q=0.8' });
    expect([visit.status, visit.headers.location]).toEqual([303, '/fleet/customers-1']);
    const other = await ask('/environments/dev', { accept: 'text/html' });
    expect(other.headers.location).toBe('/environment/dev');
    expect((await ask('/fleets/customers-1', { accept: '*/*' })).status).toBe(404);
  });

  it('answers no other name than loopback, and no page of somebody else', async () => {
    const port = new URL(server.url).port;
    expect((await ask('/', { host: `evil.example:${port}` })).status).toBe(403);
    expect((await ask('/api/events', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask('/api/session', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask('/', { host: `localhost:${port}`, origin: `http://localhost:${port}` })).status).toBe(
      200,
    );
  });

  it('refuses unknown pages, documents and broken addresses', async () => {
    expect((await ask('/', {}, 'PUT')).status).toBe(405);
    for (const path of [
      '/nothing',
      '//',
      '/runs/../../package.json',
      '/api/nothing',
      '/api/environments/dev',
    ])
      expect((await ask(path)).status, path).toBe(404);
  });
});

it('tells everybody who looks that it ends, and waits until they have heard', async () => {
  const other = await ConsoleServer.start({ hub: new Hub(), desk, session, port: 0 });
  const stream = await fetch(`${other.url}/api/events`);
  await other.farewell();
  other.close();
  expect(await stream.text()).toMatch(/event: ended\ndata: {}\n\n$/);
});

describe('a button', () => {
  const press = async (path: string, headers: Record<string, string>, content = '{"environment":"dev"}') => {
    const { host } = new URL(server.url);
    return ask(path, { origin: `http://${host}`, host, ...headers }, 'POST', content);
  };
  const token = async () => /name="console-token" content="([^"]+)"/.exec((await ask('/')).body)![1]!;

  it('does nothing without the token of its page, or from elsewhere', async () => {
    expect((await press('/api/provision', {})).status).toBe(403);
    expect((await press('/api/provision', { 'x-console-token': 'guessed' })).status).toBe(403);
    const stolen = { 'x-console-token': await token(), origin: 'https://evil.example' };
    expect((await press('/api/provision', stolen)).status).toBe(403);
    expect(acts).toEqual([]);
  });

  it('does what it says, or says why not', async () => {
    const mine = { 'x-console-token': await token() };
    const started = await press('/api/provision', mine);
    expect(started).toMatchObject({ status: 200, body: '{"execution":"dev-provision-1"}' });
    expect(acts).toEqual([{ environment: 'dev' }]);
    const refused = await press('/api/plan', mine, 'no JSON');
    expect(refused.status).toBe(422);
    expect(JSON.parse(refused.body).problem).toMatch(/What to do: name one/);
    expect((await press('/api/control', mine, '{"do":"stop"}')).status).toBe(404);
  });
});
