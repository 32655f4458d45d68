/** The console on a port of its own, on loopback: beside a run, where no service listens. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConsoleOptions, ConsolePages } from './pages.ts';

export class ConsoleServer {
  readonly #server: Server;
  readonly #pages: ConsolePages;

  private constructor(server: Server, pages: ConsolePages) {
    this.#server = server;
    this.#pages = pages;
  }

  /** `port`: 0 for any that is free. */
  static async start({
    port,
    ...options
  }: ConsoleOptions & { readonly port: number }): Promise<ConsoleServer> {
    const pages = await ConsolePages.load(options);
    const server = createServer((request, response) => {
      pages
        .answer(request, response, (server.address() as AddressInfo).port)
        // Whoever asked went away in the middle.
        .catch(() => response.destroy());
    });
    // A run that is over does not wait for somebody who looks.
    server.unref();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new ConsoleServer(server, pages);
  }

  /** On `port`, or where somebody has it on any that is free. */
  static async startSomewhere(options: ConsoleOptions & { readonly port: number }): Promise<ConsoleServer> {
    try {
      return await ConsoleServer.start(options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      return ConsoleServer.start({ ...options, port: 0 });
    }
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on the process stays for whoever looks. */
  hold(): void {
    this.#server.ref();
  }

  /** Tells those who look that it ends. */
  farewell(): Promise<void> {
    return this.#pages.farewell();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
