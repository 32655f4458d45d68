/** The console beside one command that runs: its link in the first line, and as long as somebody wants it. */
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
  /** The command line that shows it once this process has ended. */
  readonly again: string;
  /** Which page is offered; that of the run where it is left out. */
  readonly page?: string;
  /** The same request can be run again after a kill: not where its run belongs to a fleet. */
  readonly goesOn?: boolean;
}

export class ConsoleBeside {
  readonly #watching: Watching;
  readonly #page: string;
  #server: ConsoleServer | undefined;
  #handle: RunHandle | undefined;
  #speed: number;
  #isKilled = false;

  private constructor(account: Account, { folder, speed, page = 'runs/latest' }: BesideOptions) {
    this.#watching = new Watching(account, folder);
    this.#page = page;
    this.#speed = speed;
  }

  static async open(account: Account, options: BesideOptions): Promise<ConsoleBeside> {
    const beside = new ConsoleBeside(account, options);
    if (options.port !== undefined) await beside.#serve(account, options.port, options);
    return beside;
  }

  async #serve(
    account: Account,
    port: number,
    { where, again, goesOn = true }: BesideOptions,
  ): Promise<void> {
    const goOn = () => {
      this.#isKilled = true;
    };
    const control = controlsOf({
      aws: account.aws,
      setSpeed: (speed) => {
        this.#speed = speed;
        if (this.#handle) this.#handle.time.speed = speed;
      },
      stop: (execution, cause) => this.#handle?.stop(execution, cause) ?? false,
      ...(goesOn ? { goOn } : {}),
    });
    const session = () => ({ where, speed: finite(this.#speed), starts: false, controls: true, again });
    this.#server = await this.#watching.serve({ port, control, session });
  }

  /** Of what goes on here; undefined where nobody can look. */
  get url(): string | undefined {
    return this.#server && `${this.#server.url}/${this.#page}`;
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

  /** Those who look are told that the process ends, and what to type. */
  async farewell(): Promise<void> {
    await this.#server?.farewell();
  }

  close(): void {
    this.#watching.records.flush();
    this.#server?.close();
  }
}

function finite(speed: number): number | null {
  return Number.isFinite(speed) ? speed : null;
}
