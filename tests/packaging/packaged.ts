/** `serverless package`, run as anybody would: a child process, without credentials, and without a network. */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties of every resource type
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Packaged {
  /** Holds the templates, `serverless-state.json` and every function's artifact. */
  readonly folder: string;
  readonly template: { readonly Resources: Readonly<Record<string, Resource>> };
  readonly templateBytes: number;
  /** What each bundle is made of, as esbuild says. */
  readonly metafile: {
    readonly outputs: Readonly<
      Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
    >;
  };
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whoever opens a connection fails, loopback included. */
const withoutNetwork =
  "import net from 'node:net'; net.Socket.prototype.connect = () => { throw new Error('packaging must not use the network'); };";

/** Packages a stage, unless a test of this run has, and reads what came out. */
export async function packaged(stage: string): Promise<Packaged> {
  const folder = await packageOf(stage);
  const text = readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  const template = JSON.parse(text);
  return {
    folder,
    template,
    templateBytes: Buffer.byteLength(JSON.stringify(template)),
    metafile: JSON.parse(readFileSync(join(folder, 'metafile.json'), 'utf8')),
  };
}

/** The folder with the templates and the artifacts, which the framework leaves in dist/. */
async function packageOf(stage: string): Promise<string> {
  const folder = join(inject('packageFolder'), stage);
  const [done, failed] = [`${folder}.done`, `${folder}.failed`];
  if (mkdirSync(folder, { recursive: true }) === undefined) {
    while (!existsSync(done)) {
      if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'));
      await setTimeout(100);
    }
    return folder;
  }
  try {
    await run(['package', '--stage', stage, '--package', folder], folder);
    const dist = join(root, 'dist');
    for (const file of readdirSync(dist).filter((name) => /\.(zip|json)$/.test(name)))
      copyFileSync(join(dist, file), join(folder, file));
    writeFileSync(done, '');
    return folder;
  } catch (error) {
    // In one move, so that nobody reads half of it.
    writeFileSync(`${failed}.part`, (error as Error).message);
    renameSync(`${failed}.part`, failed);
    throw error;
  }
}

/** A stage's configuration with everything resolved, which takes no packaging. */
export async function configured(stage: string): Promise<{ readonly resources: Packaged['template'] }> {
  return JSON.parse(await run(['print', '--stage', stage, '--format', 'json'], tmpdir()));
}

/** Answers what it prints. */
function run(args: readonly string[], home: string): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'node_modules/serverless/bin/serverless.js'), ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutNetwork)}`,
    },
  });
  let printed = '';
  let remarks = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (remarks += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(printed) : reject(new Error(remarks))));
  });
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A role's statements, with `Fn::Sub` read as its text and references as the name of what they refer to. */
export function statementsOf(role: Resource | undefined): Statement[] {
  return role?.Properties.Policies.flatMap(
    // biome-ignore lint/suspicious/noExplicitAny: a policy document as CloudFormation has it
    ({ PolicyDocument }: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: as above
      PolicyDocument.Statement.map((statement: any) => ({
        Effect: statement.Effect,
        Action: [statement.Action].flat(),
        Resource: [statement.Resource].flat().map(textOf),
        Condition: statement.Condition ?? {},
      })),
  );
}

/** What an intrinsic function refers to, as text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [name, argument] = Object.entries(value as object)[0] as [string, string | string[]];
  if (name === 'Fn::Sub' || name === 'Ref') return argument as string;
  if (name === 'Fn::GetAtt') return [argument].flat().join('.');
  throw new Error(`${name} is not expected here`);
}

/** Every function of the template by its key (`VpcEnsure`). */
export function functionsOf({ template }: Packaged): Map<string, Resource> {
  return new Map(
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id, resource]) => [id.replace(/LambdaFunction$/, ''), resource]),
  );
}
