/** moto's own server in a process of its own, on a free port of loopback. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const howToGetMoto = "pip install 'moto[server]'";

/** What `moto_server --version`'s package says, or undefined where there is none on this machine. */
export function motoVersion(): string | undefined {
  const { status, stdout } = spawnSync('moto_server', ['--help'], { encoding: 'utf8' });
  if (status !== 0 || !stdout) return undefined;
  const asked = spawnSync('python3', ['-c', "import importlib.metadata as m; print(m.version('moto'))"], {
    encoding: 'utf8',
  });
  return asked.status === 0 ? asked.stdout.trim() : 'of unknown version';
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
