/** `npm run serve` in a process of its own, as people have it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningService {
  readonly url: string;
  readonly folder: string;
  /** SIGTERM, and the end of it; the account stays. */
  readonly stop: () => Promise<void>;
  /** The account goes, too. */
  readonly forget: () => void;
}

export async function startService(
  options: {
    /** In which `.local` is. */ readonly folder?: string;
    readonly port?: number;
    readonly speed?: string;
  } = {},
): Promise<RunningService> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'console-'));
  const { port = 0, speed = 'max' } = options;
  const service = spawn(
    process.execPath,
    [`${root}local/cli.ts`, 'serve', '--port', String(port), '--speed', speed],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await listening(service);
  return {
    url,
    folder,
    stop: () =>
      new Promise((resolve) => {
        service.once('exit', () => resolve());
        service.kill('SIGTERM');
      }),
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function listening({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout?.on('data', (chunk) => {
      text += chunk;
      const [, url] = /Listening on (\S+);/.exec(text) ?? [];
      if (url) resolve(url);
    });
    stdout?.once('end', () => reject(new Error(`the service ended before it listened: ${text}`)));
  });
}
