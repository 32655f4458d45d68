/** What happens in the runs of this process: kept beside the account, and shown to whoever wants to look. */
import { spawn } from 'node:child_process';
import type { RunEvent as ConsoleEvent, Control, Session } from '#console/api.ts';
import type { Account } from '../account.ts';
import type { RunEvent } from '../runner.ts';
import type { Desk } from './desk.ts';
import { embeddedDesk, madePlan } from './embedded-desk.ts';
import { Hub } from './hub.ts';
import { Records } from './records.ts';
import { ConsoleServer } from './server.ts';

export class Watching {
  readonly hub: Hub;
  readonly records: Records;
  readonly #account: Pick<Account, 'aws'>;

  /** `folder`: where the account is kept. */
  constructor(account: Pick<Account, 'aws'>, folder: string) {
    this.#account = account;
    this.records = new Records(folder);
    this.hub = new Hub({ planOf: (environment) => madePlan(account, environment) });
    this.hub.listen(0, (event: ConsoleEvent) => this.records.keep(event));
    account.aws.observe = (call, refusal, answer) => this.hub.called(call, refusal?.name, answer, Date.now());
  }

  take(event: RunEvent, at: number): void {
    this.hub.take(event, at);
  }

  desk(): Desk {
    return embeddedDesk(this.#account, this.records);
  }

  /** A console of its own, on `port` or (where somebody has it) on any that is free. */
  serve(options: {
    readonly port: number;
    readonly session: () => Session;
    readonly control?: (control: Control) => Promise<void>;
  }): Promise<ConsoleServer> {
    const { control, session, port } = options;
    const desk = { ...this.desk(), ...(control ? { control } : {}) };
    return ConsoleServer.startSomewhere({ hub: this.hub, desk, session, port });
  }
}

/** Serves on until the process is told to stop. */
export function stayed(server: ConsoleServer): Promise<void> {
  server.hold();
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
}

/** Whether there is a browser is the desktop's business: the link is printed all the same. */
export function openInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url];
  const child = spawn(command as string, args, { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write(`No browser could be opened; the console is at ${url}\n`));
  child.unref();
}
