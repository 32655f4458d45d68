/**
 * The packaged functions in this process: each artifact unpacked and loaded once, as a sandbox that stays warm, and
 * each invocation with the environment variables of its function and no others.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PolicyStatement } from '#embedded/authorization/policy.ts';
import { homeAccount } from '#embedded/engine.ts';
import { type Handler, invokeHandler } from '#local/lambda.ts';
import type { Stack } from './stack.ts';
import { unzip } from './unzip.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const require = createRequire(import.meta.url);
const running = new AsyncLocalStorage<Variables>();
/** While a module is loaded, which no asynchronous context reaches into. */
let loading: Variables | undefined;

const own = process.env;
const visible = () => running.getStore() ?? loading ?? own;
process.env = new Proxy(own, {
  get: (_, name: string) => visible()[name],
  has: (_, name) => name in visible(),
  set: (_, name: string, value: string) => {
    (visible() as Record<string, string>)[name] = value;
    return true;
  },
  ownKeys: () => Reflect.ownKeys(visible()),
  getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(visible(), name),
});

export interface DeployedFunction {
  readonly logicalId: string;
  /** The key of its role and of its permissions: `VpcEnsure`. */
  readonly key: string;
  readonly handler: Handler;
}

/** Loads every function of the stack from the artifacts in `folder`. By name. */
export function loadFunctions(stack: Stack, folder: string): Map<string, DeployedFunction> {
  const code = mkdtempSync(join(tmpdir(), 'functions-'));
  try {
    return new Map(
      stack.ofType('AWS::Lambda::Function').map(({ id, properties }) => {
        const name = properties.FunctionName as string;
        const { S3Key } = properties.Code as { S3Key: string };
        const root = join(code, name);
        for (const [file, content] of unzip(readFileSync(join(folder, basename(S3Key))))) {
          mkdirSync(dirname(join(root, file)), { recursive: true });
          writeFileSync(join(root, file), content);
        }
        loading = variablesOf(stack, id);
        return [name, { logicalId: id, key: keyOf(id), handler: load(root, properties.Handler as string) }];
      }),
    );
  } finally {
    loading = undefined;
    rmSync(code, { recursive: true });
  }
}

/** The property `Handler`: a module, and what it exports. */
function load(root: string, handler: string): Handler {
  const [file, exported] = handler.split('.') as [string, string];
  const module = require(join(root, `${file}.mjs`)) as Record<string, Handler>;
  if (typeof module[exported] !== 'function') throw new Error(`${handler} is undefined or not exported`);
  return module[exported];
}

/** Invokes one with the variables it has in `stack`. */
export function invokeFunction(
  stack: Stack,
  { key, logicalId, handler }: DeployedFunction,
  event: unknown,
): Promise<unknown> {
  return running.run(variablesOf(stack, logicalId), () => invokeHandler(key, handler, event));
}

/** By key: what the role of each function allows it. */
export function rolesOf(stack: Stack): Map<string, readonly PolicyStatement[]> {
  const roles = stack.ofType('AWS::IAM::Role');
  return new Map(
    stack.ofType('AWS::Lambda::Function').map(({ id, properties }) => {
      const role = roles.find((one) => stack.resolve({ 'Fn::GetAtt': [one.id, 'Arn'] }) === properties.Role);
      if (!role) throw new Error(`${id} runs in no role of this template`);
      const policies = role.properties.Policies as { PolicyDocument: { Statement: PolicyStatement[] } }[];
      return [keyOf(id), policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)];
    }),
  );
}

function keyOf(logicalId: string): string {
  return logicalId.replace(/LambdaFunction$/, '');
}

/** What the template gives, and what Lambda adds. */
function variablesOf(stack: Stack, id: string): Variables {
  const { FunctionName, Environment } = stack.properties(id) as {
    FunctionName: string;
    Environment?: { Variables: Variables };
  };
  return {
    ...Environment?.Variables,
    AWS_REGION: stack.resolve({ Ref: 'AWS::Region' }) as string,
    AWS_LAMBDA_FUNCTION_NAME: FunctionName,
    AWS_ACCESS_KEY_ID: `AKIA${homeAccount}`,
    AWS_SECRET_ACCESS_KEY: 'embedded',
    // Ours: logs are not what is looked at.
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    // A sandbox has neither.
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
}
