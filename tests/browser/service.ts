/** Commands with a console, each in a process of its own, as people have them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Options {
  /** In which `.local` is. */
  readonly folder?: string;
  readonly port?: number;
  readonly speed?: string;
}

export interface RunningCommand {
  /** As the command's own words have it. */
  readonly url: string;
  readonly folder: string;
  /** A signal, and the end of it; the account stays. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Settles when it is over by itself. */
  readonly ended: Promise<void>;
  /** The account goes, too. */
  readonly forget: () => void;
}

/** `npm run serve`. */
export function startService({ port = 0, speed = 'max', ...rest }: Options = {}): Promise<RunningCommand> {
  return startCommand(['serve', '--port', String(port), '--speed', speed], /Listening on (\S+);/, rest);
}

/** Any command line, to its end. Answers what it printed. */
export async function runCommand(args: readonly string[], folder: string): Promise<string> {
  const started = spawn(process.execPath, [`${root}local/cli.ts`, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  started.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => {
    started.once('close', resolve);
  });
  return text;
}

/** Any command line that says where it can be watched: `link` finds the address in its words. */
export async function startCommand(
  args: readonly string[],
  link = /at (http:\S+)/,
  { folder = mkdtempSync(join(tmpdir(), 'console-')) }: Pick<Options, 'folder'> = {},
): Promise<RunningCommand> {
  const started = spawn(process.execPath, [`${root}local/cli.ts`, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    started.once('exit', () => resolve());
  });
  return {
    url: await said(started, link),
    folder,
    ended,
    stop: (signal = 'SIGTERM') => {
      started.kill(signal);
      return ended;
    },
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function said({ stdout }: ChildProcess, link: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout?.on('data', (chunk) => {
      text += chunk;
      const [, url] = link.exec(text) ?? [];
      if (url) resolve(url);
    });
    stdout?.once('end', () => reject(new Error(`the command ended before it could be watched: ${text}`)));
  });
}
