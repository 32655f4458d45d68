/** The console beside one run of the command line: its link in the first line, and as long as somebody wants it. */
import type { Account } from '../account.ts';
import type { RunEvent } from '../runner.ts';
import type { RunHandle } from '../simulate.ts';
import { controlsOf } from './controls.ts';
import type { ConsoleServer } from './server.ts';
import { stayed, Watching } from './watch.ts';

export interface BesideOptions {
  readonly folder: string;
  readonly where: string;
  /** Infinity for as fast as it goes. */
  readonly speed: number;
  /** Absent: what happens is kept, and shown to nobody. */
  readonly port?: number;
}

export class ConsoleBeside {
  readonly #watching: Watching;
  #server: ConsoleServer | undefined;
  #handle: RunHandle | undefined;
  #speed: number;
  #isKilled = false;

  private constructor(account: Account, { folder, speed }: BesideOptions) {
    this.#watching = new Watching(account, folder);
    this.#speed = speed;
  }

  static async open(account: Account, options: BesideOptions): Promise<ConsoleBeside> {
    const beside = new ConsoleBeside(account, options);
    if (options.port !== undefined) await beside.#serve(account, options.where, options.port);
    return beside;
  }

  async #serve(account: Account, where: string, port: number): Promise<void> {
    const control = controlsOf({
      aws: account.aws,
      setSpeed: (speed) => {
        this.#speed = speed;
        if (this.#handle) this.#handle.time.speed = speed;
      },
      stop: (execution, cause) => this.#handle?.stop(execution, cause) ?? false,
      goOn: () => {
        this.#isKilled = true;
      },
    });
    const session = () => ({ where, speed: finite(this.#speed), starts: false, controls: true });
    this.#server = await this.#watching.serve({ port, control, session });
  }

  /** Of the run that goes on here; undefined where nobody can look. */
  get url(): string | undefined {
    return this.#server && `${this.#server.url}/runs/latest`;
  }

  take(event: RunEvent, at: number): void {
    this.#watching.take(event, at);
  }

  /** A run begins, and can be moved by `handle`. */
  begin(handle: RunHandle): void {
    this.#handle = handle;
    handle.time.speed = this.#speed;
  }

  /** Was the run that is over killed by whoever looks, who wants to see it go on? */
  wasKilled(): boolean {
    const was = this.#isKilled;
    this.#isKilled = false;
    return was;
  }

  /** Serves on until the process is told to stop. */
  async stay(): Promise<void> {
    this.#handle = undefined;
    if (this.#server) await stayed(this.#server);
  }

  close(): void {
    this.#watching.records.flush();
    this.#server?.close();
  }
}

function finite(speed: number): number | null {
  return Number.isFinite(speed) ? speed : null;
}
