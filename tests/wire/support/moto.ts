/** moto's own server in a process of its own, on a free port of loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const howToGetMoto = "pip install 'moto[server]'";

/** Is there a `moto_server` on the path? Looked for, not started: that takes a second. */
export function findMoto(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'moto_server')));
}

export interface MotoServer {
  readonly url: string;
  stop(): void;
}

const startSeconds = 30;

export async function startMoto(): Promise<MotoServer> {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < startSeconds * 10; tries += 1) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with code ${child.exitCode}`);
    if (await answers(url)) return { url, stop: () => stop(child) };
    await delay(100);
  }
  stop(child);
  throw new Error(`moto_server did not answer within ${startSeconds} seconds`);
}

function stop(child: ChildProcess): void {
  child.kill('SIGKILL');
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/moto-api/`).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
