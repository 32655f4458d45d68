/** The console beside a run: its link in the first line, and as long as somebody wants it. */
import { spawn } from 'node:child_process';
import type { Account } from '../account.ts';
import type { RunEvent } from '../runner.ts';
import { Hub } from './hub.ts';
import { ConsoleServer } from './server.ts';

export interface Watching {
  readonly url: string;
  readonly take: (event: RunEvent, at: number) => void;
  /** Serves on until the process is told to stop. */
  readonly stay: () => Promise<void>;
  readonly close: () => void;
}

export interface WatchOptions {
  readonly where: string;
  /** Infinity for as fast as it goes. */
  readonly speed: number;
  readonly port: number;
}

export async function watchRuns(account: Pick<Account, 'aws'>, options: WatchOptions): Promise<Watching> {
  const hub = new Hub();
  account.aws.observe = (call, refusal, answer) => hub.called(call, refusal?.name, answer, Date.now());
  const session = { where: options.where, speed: Number.isFinite(options.speed) ? options.speed : null };
  const server = await started({ hub, session, port: options.port });
  return {
    url: server.url,
    take: (event, at) => hub.take(event, at),
    stay: () => {
      server.hold();
      return new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    },
    close: () => server.close(),
  };
}

/** The port that was asked for, or any where somebody has it: a second run has a console, too. */
async function started(options: Parameters<typeof ConsoleServer.start>[0]): Promise<ConsoleServer> {
  try {
    return await ConsoleServer.start(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return ConsoleServer.start({ ...options, port: 0 });
  }
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
