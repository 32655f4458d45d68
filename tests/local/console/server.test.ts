import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Hub } from '#local/console/hub.ts';
import { ConsoleServer } from '#local/console/server.ts';

const hub = new Hub();
let server: ConsoleServer;

beforeAll(async () => {
  server = await ConsoleServer.start({ hub, session: { where: 'a test', speed: 60 }, port: 0 });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the console', () => {
  it('serves the page under every address it gives out', async () => {
    for (const path of ['/', '/runs/dev-provision-1', '/runs/dev-provision-1/timeline']) {
      const { status, body, headers } = await ask(path);
      expect(status, path).toBe(200);
      expect(body).toContain('<div id="app">');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
    expect((await ask('/api/session')).body).toBe('{"where":"a test","speed":60}');
  });

  it('is small, and takes nothing from elsewhere', async () => {
    const script = await ask('/console.js');
    expect(script.status).toBe(200);
    expect(script.body.length).toBeLessThan(150_000);
    const page = await ask('/');
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
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

  it('refuses what changes something, unknown pages and broken addresses', async () => {
    expect((await ask('/', {}, 'POST')).status).toBe(405);
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('//')).status).toBe(404);
    expect((await ask('/runs/../../package.json')).status).toBe(404);
  });
});
