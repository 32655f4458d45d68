/**
 * The console over HTTP on loopback: the page, its layouts, and the events as they come. It only shows; nothing here
 * changes anything. A page of somebody else's that knows the port gets nothing: Host and Origin are checked.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Session } from '#console/api.ts';
import { type Assets, loadAssets } from './assets.ts';
import type { Hub } from './hub.ts';

export interface ConsoleOptions {
  readonly hub: Hub;
  readonly session: Session;
  /** 0 for any that is free. */
  readonly port: number;
}

const plain = 'text/plain; charset=utf-8';
const html = 'text/html; charset=utf-8';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export class ConsoleServer {
  readonly #options: ConsoleOptions;
  readonly #assets: Assets;
  readonly #server: Server;

  private constructor(options: ConsoleOptions, assets: Assets) {
    this.#options = options;
    this.#assets = assets;
    this.#server = createServer((request, response) => this.#answer(request, response));
    // A run that is over does not wait for somebody who looks.
    this.#server.unref();
  }

  static async start(options: ConsoleOptions): Promise<ConsoleServer> {
    const console = new ConsoleServer(options, await loadAssets());
    await new Promise<void>((resolve, reject) => {
      console.#server.once('error', reject);
      console.#server.listen(options.port, '127.0.0.1', resolve);
    });
    return console;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on the process stays for whoever looks. */
  hold(): void {
    this.#server.ref();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    const refusal = this.#refusal(request);
    if (refusal) send(response, 403, plain, refusal);
    else if (request.method !== 'GET') send(response, 405, plain, 'GET only');
    else if (path === '/api/events') this.#stream(request, response);
    else this.#send(path, response);
  }

  #send(path: string, response: ServerResponse): void {
    const asset = this.#assets[path];
    if (asset) send(response, 200, asset.type, asset.content);
    else if (path === '/api/session')
      send(response, 200, 'application/json', JSON.stringify(this.#options.session));
    else if (path === '/' || /^\/runs\/[^/]+(\/\w+)?$/.test(path)) send(response, 200, html, page);
    else send(response, 404, plain, 'There is no such page.');
  }

  /** A name that resolves to loopback (rebinding) or another page's request. */
  #refusal({ headers: { host, origin, 'sec-fetch-site': site } }: IncomingMessage): string | undefined {
    const { port } = this.#server.address() as AddressInfo;
    const own = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
    if (!host || !own.includes(host)) return 'This console answers on loopback by its address only.';
    if (origin && !own.some((name) => origin === `http://${name}`))
      return 'Another page may not ask this console.';
    if (site === 'cross-site') return 'Another page may not ask this console.';
    return undefined;
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    const after = Number(request.headers['last-event-id'] ?? 0);
    const stop = this.#options.hub.listen(Number.isSafeInteger(after) ? after : 0, (event) => {
      response.write(`id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`);
    });
    response.on('close', stop);
  }
}

function pathOf(request: IncomingMessage): string {
  try {
    return new URL(request.url ?? '/', 'http://localhost').pathname;
  } catch {
    // Not an address at all: it names no page.
    return '';
  }
}

function send(response: ServerResponse, status: number, type: string, content: string | Buffer): void {
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(content),
  });
  response.end(content);
}

/** A new one with every process: a browser keeps nothing of an earlier console. */
const version = randomBytes(6).toString('hex');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AosCloud environments</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/console.css?${version}">
<script type="module" src="/console.js?${version}"></script>
</head>
<body>
<div id="app"><noscript>This page needs JavaScript.</noscript></div>
</body>
</html>
`;
