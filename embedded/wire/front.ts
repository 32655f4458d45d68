/**
 * The embedded AWS on the wire: whatever asks an AWS host over HTTPS is answered by it, in the protocol of the
 * service, as if by AWS. For programs whose SDK clients nobody can reach into, such as a packaged function.
 *
 * Nothing leaves the process. Node lets an agent hand out any duplex stream for a connection, and lets an HTTP server
 * be given one (`Agent.createConnection`, the server's event `connection`): both ends are Node's own HTTP.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import { type Duplex, duplexPair } from 'node:stream';
import type { EmbeddedAws } from '#embedded/engine.ts';
import { AwsFault } from '#embedded/model.ts';
import { type WireAnswer, WireError } from './message.ts';
import { serviceOf } from './services.ts';

export interface FrontOptions {
  readonly aws: EmbeddedAws;
  /** True where whoever asks is dead: its call is not carried out, and never answered. Asked in the caller's context. */
  readonly deaf?: () => boolean;
}

type InContext = <T>(work: () => T) => T;

export class WireFront {
  /** Requests AWS could not have answered, and answers that could not be written: none in a sound run. */
  readonly problems: string[] = [];
  readonly #options: FrontOptions;
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #contexts = new WeakMap<Duplex, InContext>();
  readonly #createConnection = Agent.prototype.createConnection;
  #travelling = 0;
  #answered = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
    Agent.prototype.createConnection = () => this.#connect();
  }

  /** True while a request or an answer is under way, where only I/O (not time) may be waited for. */
  get busy(): boolean {
    return this.#travelling > 0;
  }

  /** Gives the hosts back to the network. */
  close(): void {
    Agent.prototype.createConnection = this.#createConnection;
  }

  #connect(): Duplex {
    const [client, server] = duplexPair();
    const connection = Object.assign(client, socketSettings);
    if (this.#options.deaf?.()) return connection;
    this.#contexts.set(server, AsyncLocalStorage.snapshot());
    this.#travelling += 1;
    client.once('close', () => {
      this.#travelling -= 1;
    });
    this.#server.emit('connection', Object.assign(server, socketSettings));
    return connection;
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const inContext = this.#contexts.get(incoming.socket as Duplex) as InContext;
    try {
      const { status, headers, body } = await inContext(() => this.#answer(incoming, Buffer.concat(chunks)));
      outgoing.writeHead(status, {
        ...headers,
        'content-length': Buffer.byteLength(body),
        date: new Date().toUTCString(),
        connection: 'close',
      });
      outgoing.end(body);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET')
        this.problems.push((error as Error).message);
      incoming.socket.destroy(error as Error);
    }
  }

  async #answer({ method, url, headers }: IncomingMessage, body: Buffer): Promise<WireAnswer> {
    const request = { method: method ?? 'GET', url: url ?? '/', headers, body };
    const service = serviceOf(request);
    const { action, input } = service.protocol.read(service, request);
    const operation = `${service.name}:${action}`;
    this.#answered += 1;
    const requestId = `embedded-${this.#answered}`;
    try {
      const output = await this.#carriedOut(operation, input, headers);
      return service.protocol.answer(service, action, output, requestId);
    } catch (error) {
      if (error instanceof AwsFault) return service.protocol.refusal(service, error, requestId);
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw error;
      throw new WireError(`${operation}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Time may pass while AWS works on it. */
  async #carriedOut(
    operation: string,
    input: Record<string, unknown>,
    headers: IncomingMessage['headers'],
  ): Promise<object> {
    this.#travelling -= 1;
    try {
      return await this.#options.aws.answer(operation, input, headers as Record<string, string>);
    } finally {
      this.#travelling += 1;
    }
  }
}

/** What Node sets on a socket, and a stream within the process has no use for. */
const nothing = () => {};
const socketSettings = {
  connecting: false,
  setKeepAlive: nothing,
  setNoDelay: nothing,
  setTimeout: nothing,
  ref: nothing,
  unref: nothing,
};
