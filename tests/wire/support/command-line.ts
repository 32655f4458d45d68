/** The command line in a process of its own, as people start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Report {
  readonly environment: string;
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly resources: Readonly<Record<string, string[]>>;
  readonly rules: readonly { rule: string; holds: boolean; evidence: string; drift?: readonly string[] }[];
  readonly requests: Readonly<Record<string, number>>;
  readonly error?: { name: string; cause: string; step?: string; operation?: string; code?: string };
}

export interface Running {
  readonly process: ChildProcess;
  /** Undefined where the process was killed. */
  readonly report: Promise<Report | undefined>;
}

/** Starts `npm start -- <args> --json --speed max`. */
export function commandLine(endpoint: string, stateFolder: string, ...args: readonly string[]): Running {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      'local/cli.ts',
      ...args,
      ...['--json', '--speed', 'max', '--endpoint', endpoint, '--state', stateFolder],
    ],
    { cwd: root, env: withoutCredentials(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const report = new Promise<Report | undefined>((resolve, reject) => {
    child.on('close', (_code, signal) => {
      if (signal) resolve(undefined);
      else if (output) resolve(JSON.parse(output));
      else reject(new Error(complaints));
    });
  });
  return { process: child, report };
}

/** Whatever account this machine may have credentials for is none of the suite's. */
function withoutCredentials(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^AWS_|^VITEST|^NODE_OPTIONS$/.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}
