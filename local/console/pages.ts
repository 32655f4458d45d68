/**
 * The console's requests: the page, its layouts, the events as they come, documents, and (where this console may start
 * runs) what its buttons do. A page of somebody else's that knows the port gets nothing: Host and Origin are checked,
 * and a button carries the token of the page it stands on.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActionAnswer, Control, FormDocument, RunEvent, Session } from '#console/api.ts';
import { readBody, targetOf } from '../http-api.ts';
import { type Assets, loadAssets } from './assets.ts';
import type { Desk } from './desk.ts';
import { formDocument } from './form.ts';
import type { Hub } from './hub.ts';

export interface ConsoleOptions {
  readonly hub: Hub;
  readonly desk: Desk;
  readonly session: () => Session;
}

const plain = 'text/plain; charset=utf-8';
const html = 'text/html; charset=utf-8';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
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

const json = 'application/json';

// Kept from before the clock becomes virtual.
const { setTimeout } = globalThis;
/** Who does not listen any more is not waited for. */
const farewellMilliseconds = 500;

const addresses = /^\/((new|(environment|fleet)\/[^/]+|runs\/[^/]+(\/\w+)?)\/?)?$/;
/** Of the API: a person who opens one in a browser wants the page of what it is about. */
const ofApi = /^\/(environment|fleet)s\/([^/]+)$/;

export class ConsolePages {
  readonly #options: ConsoleOptions;
  readonly #assets: Assets;
  readonly #form: FormDocument;
  /** In the page, and back with every button. */
  readonly #token = randomBytes(24).toString('base64url');
  readonly #streams = new Set<ServerResponse>();

  private constructor(options: ConsoleOptions, assets: Assets) {
    this.#options = options;
    this.#assets = assets;
    this.#form = formDocument();
  }

  static async load(options: ConsoleOptions): Promise<ConsolePages> {
    return new ConsolePages(options, await loadAssets());
  }

  /** Is it the console that is asked? */
  takes(request: IncomingMessage): boolean {
    const path = pathOf(request);
    return (
      path.startsWith('/api/') ||
      addresses.test(path) ||
      this.#assets[path] !== undefined ||
      pageInsteadOf(request) !== undefined
    );
  }

  /** `port`: on which it was asked. */
  async answer(request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    const path = pathOf(request);
    const refusal = refusalOf(request, port);
    if (refusal) send(response, 403, plain, refusal);
    else if (request.method === 'POST') await this.#act(path, request, response, port);
    else if (request.method !== 'GET') send(response, 405, plain, 'GET and POST only');
    else if (pageInsteadOf(request)) redirect(response, pageInsteadOf(request) as string);
    else if (path === '/api/events') this.#stream(request, response);
    else if (path.startsWith('/api/')) await this.#document(path, response);
    else this.#asset(path, response);
  }

  #asset(path: string, response: ServerResponse): void {
    const asset = this.#assets[path];
    if (asset) send(response, 200, asset.type, asset.content);
    else if (addresses.test(path)) send(response, 200, html, pageWith(this.#token));
    else send(response, 404, plain, 'There is no such page.');
  }

  async #document(path: string, response: ServerResponse): Promise<void> {
    const [, , kind, name] = path.split('/').map(decoded);
    const found = await this.#found(kind, name);
    if (found === undefined) send(response, 404, plain, 'There is no such document.');
    else send(response, 200, json, JSON.stringify(found));
  }

  #found(kind: string | undefined, name: string | undefined): unknown {
    const { desk, session } = this.#options;
    switch (kind) {
      case 'session':
        return session();
      case 'form':
        return this.#form;
      case 'environments':
        return name ? desk.environment(name) : desk.environments();
      case 'fleets':
        return name ? desk.fleet(name) : desk.fleets();
      case 'runs':
        return name ? desk.run(name) : undefined;
      default:
        return undefined;
    }
  }

  async #act(path: string, request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    if (!this.#isOwnButton(request, port))
      return send(response, 403, plain, 'This page is of an earlier process: reload it, and try again.');
    const body = parsed(await readBody(request));
    const { actions, control } = this.#options.desk;
    const acts: Readonly<Record<string, ((body: unknown) => Promise<object | undefined>) | undefined>> = {
      '/api/plan': actions?.plan,
      '/api/provision': actions?.provision,
      '/api/deprovision': actions?.deprovision,
      '/api/control': control && (async (body) => (await control(body as Control)) as undefined),
    };
    const act = acts[path];
    if (!act) return send(response, 404, plain, 'This console only shows.');
    try {
      send(response, 200, json, JSON.stringify((await act(body)) ?? {}));
    } catch (error) {
      // Refused in words; whatever else it is, the person at the button is told of it.
      const answer: ActionAnswer = { problem: (error as Error).message };
      send(response, 422, json, JSON.stringify(answer));
    }
  }

  #isOwnButton({ headers: { origin, 'x-console-token': given } }: IncomingMessage, port: number): boolean {
    if (!origin || typeof given !== 'string' || !ownHosts(port).some((host) => origin === `http://${host}`))
      return false;
    const [mine, theirs] = [Buffer.from(this.#token), Buffer.from(given)];
    return mine.length === theirs.length && timingSafeEqual(mine, theirs);
  }

  /** All of one run, and of every other one that it began and how it ended. */
  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    const wanted = new URL(request.url ?? '/', 'http://localhost').searchParams.get('run');
    const [of, sequence] = String(request.headers['last-event-id'] ?? '').split('.');
    const after = of === version && Number.isSafeInteger(Number(sequence)) ? Number(sequence) : 0;
    // A comment, so that whoever waits for the first event knows that the line stands.
    response.write(': the events of this console\n\n');
    const stop = this.#options.hub.listen(after, (event) => {
      if (!isWanted(event, wanted, this.#options.hub)) return;
      response.write(`id: ${version}.${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`);
    });
    this.#streams.add(response);
    response.on('close', () => {
      this.#streams.delete(response);
      stop();
    });
  }

  /** Tells everybody who looks that the process ends; settles once they have been told all, or soon. */
  async farewell(): Promise<void> {
    const told = [...this.#streams].map(
      (response) =>
        new Promise<void>((resolve) => {
          response.once('close', resolve);
          response.end('event: ended\ndata: {}\n\n', resolve);
        }),
    );
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, farewellMilliseconds);
    });
    await Promise.race([Promise.all(told), late]);
  }
}

function isWanted(event: RunEvent, wanted: string | null, hub: Hub): boolean {
  if (event.type === 'run-started' || event.type === 'run-ended' || wanted === null) return true;
  const run = wanted === 'latest' ? hub.latest() : wanted;
  return event.execution === run || hub.parentOf(event.execution) === run;
}

function ownHosts(port: number): string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/** A name that resolves to loopback (rebinding) or another page's request. */
function refusalOf(
  { headers: { host, origin, 'sec-fetch-site': site } }: IncomingMessage,
  port: number,
): string | undefined {
  const own = ownHosts(port);
  if (!host || !own.includes(host)) return 'This console answers on loopback by its address only.';
  const isOther = origin && !own.some((name) => origin === `http://${name}`);
  if (isOther || site === 'cross-site') return 'Another page may not ask this console.';
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A broken escape stands for itself: it names nothing.
    return part;
  }
}

function parsed(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    // What is not JSON is refused by whoever reads it, as what it is not.
    return undefined;
  }
}

/** As it came: `//host` names no page, which for `URL` would be that of another address. */
function pathOf(request: IncomingMessage): string {
  return targetOf(request.url ?? '/').path;
}

/** Programs say that they take JSON, or anything: only a browser that goes somewhere asks for HTML. */
function pageInsteadOf(request: IncomingMessage): string | undefined {
  const [, kind, name] = ofApi.exec(pathOf(request)) ?? [];
  const isVisit = request.method === 'GET' && request.headers.accept?.includes('text/html');
  return isVisit && kind && name ? `/${kind}/${name}` : undefined;
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...headers, location, 'content-length': 0 });
  response.end();
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

const pageWith = (token: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="console-token" content="${token}">
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
