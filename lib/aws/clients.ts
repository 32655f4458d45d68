/**
 * SDK clients, one per client class and target, kept for the life of the Lambda sandbox. An environment's clients
 * work in the account of the role it names; the service's own (registry, executions, events) never do.
 *
 * Every error that leaves a client carries `operation` (`ec2:CreateVpc`), so that whoever reports it can
 * say what was being done; SDK errors alone do not.
 */
import { STSClient } from '@aws-sdk/client-sts';
import type { HandlerExecutionContext, Pluggable } from '@smithy/types';
import { currentGate } from './gate.ts';
import { answerTo } from './memory.ts';
import { RoleSessions, sessionName } from './role-session.ts';

/** Where calls go: a region, and in whose account. */
export interface AwsTarget {
  readonly region: string;
  /** The role to assume, where the environment is in another account. */
  readonly roleArn?: string;
  /** The execution's name: with a role, the name of its session. */
  readonly execution?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the one place that is generic over all SDK clients
type AnyClient = { middlewareStack: { use(plugin: Pluggable<any, any>): void } };
type ClientConstructor<C> = new (config: never) => C;

interface ClientSettings {
  /** Merged into every client's configuration. */
  readonly config?: Record<string, unknown>;
  /** Added to every client's middleware stack. */
  // biome-ignore lint/suspicious/noExplicitAny: plugs into clients of every service
  readonly plugin?: Pluggable<any, any>;
}

/** The same for all clients, or by client class name (`EC2Client`). */
type Settings = ClientSettings | ((className: string) => ClientSettings);

let settings: Settings = {};
const clients = new Map<unknown, Map<string, unknown>>();
let sessions: RoleSessions | undefined;

/** Replaces what every client made from now on is configured with, and forgets those made before. */
export function configureClients(next: Settings): void {
  settings = next;
  clients.clear();
  sessions = undefined;
}

/** The client of one service for one target. The SDK retries throttling and 5xx within the invocation. */
export function client<C extends AnyClient>(Client: ClientConstructor<C>, target: AwsTarget): C {
  return targetClient(Client, target, 4);
}

/**
 * A client that never repeats a call. For creates that have no client token (VPC, Internet Gateway,
 * address): the SDK repeating one whose answer was lost makes a second resource.
 */
export function singleAttemptClient<C extends AnyClient>(Client: ClientConstructor<C>, target: AwsTarget): C {
  return targetClient(Client, target, 1);
}

/** The client of one service in the service's own account and region, whatever account an environment is in. */
export function homeClient<C extends AnyClient>(Client: ClientConstructor<C>): C {
  const region = process.env.AWS_REGION as string;
  return kept(Client, `home/${region}`, () => created(Client, region, 4));
}

function targetClient<C extends AnyClient>(
  Client: ClientConstructor<C>,
  { region, roleArn, execution = '' }: AwsTarget,
  maxAttempts: number,
): C {
  if (!roleArn) {
    const key = `${region}/${maxAttempts}`;
    return kept(Client, key, () => remembered(gated(created(Client, region, maxAttempts)), key));
  }
  const name = sessionName(execution);
  const key = `${region}/${maxAttempts}/${roleArn}/${name}`;
  return kept(Client, key, () => {
    sessions ??= new RoleSessions(() => homeClient(STSClient));
    const session = sessions;
    const credentials = () => session.credentials(roleArn, name);
    const made = gated(created(Client, region, maxAttempts, { credentials }));
    made.middlewareStack.use(afterwards(credentials));
    return remembered(made, key);
  });
}

/** More would be clients of executions that ended long ago. */
const mostClientsOfOneClass = 20;

function kept<C>(Client: unknown, key: string, create: () => C): C {
  const ofClass = clients.get(Client) ?? new Map<string, unknown>();
  clients.set(Client, ofClass);
  const known = ofClass.get(key) as C | undefined;
  if (known) return known;
  const made = create();
  ofClass.set(key, made);
  if (ofClass.size > mostClientsOfOneClass) ofClass.delete(ofClass.keys().next().value as string);
  return made;
}

function created<C extends AnyClient>(
  Client: ClientConstructor<C>,
  region: string,
  maxAttempts: number,
  ofTarget: Record<string, unknown> = {},
): C {
  const { config: extra, plugin } = typeof settings === 'function' ? settings(Client.name) : settings;
  const config = {
    region,
    maxAttempts,
    // Without throwOnRequestTimeout a hung socket only logs a warning and hangs until Lambda kills the handler.
    requestHandler: { connectionTimeout: 3000, requestTimeout: 15000, throwOnRequestTimeout: true },
    ...extra,
    ...ofTarget,
  };
  const made = new Client(config as never);
  made.middlewareStack.use(nameTheOperation);
  if (plugin) made.middlewareStack.use(plugin);
  return made;
}

/** IAM's word for the service behind a client class: the prefix of its actions. */
const iamPrefix: Record<string, string> = {
  EC2Client: 'ec2',
  EKSClient: 'eks',
  RDSClient: 'rds',
  DocDBClient: 'docdb',
  ElastiCacheClient: 'elasticache',
  EFSClient: 'efs',
  IAMClient: 'iam',
  STSClient: 'sts',
  CloudWatchLogsClient: 'logs',
  ServiceQuotasClient: 'servicequotas',
  DynamoDBClient: 'dynamodb',
  SFNClient: 'states',
  ElasticLoadBalancingV2Client: 'elbv2',
  ElasticLoadBalancingClient: 'elb',
  SecretsManagerClient: 'secretsmanager',
  EventBridgeClient: 'events',
};

/** `ec2:CreateVpc` for what a middleware is handling. The short service name is the SDK client package's. */
export function operationName(context: HandlerExecutionContext): string {
  const service = iamPrefix[context.clientName ?? ''];
  if (!service) throw new Error(`${context.clientName} is not a client this project uses`);
  return `${service}:${(context.commandName ?? '').replace(/Command$/, '')}`;
}

// biome-ignore lint/suspicious/noExplicitAny: plugs into clients of every service
const nameTheOperation: Pluggable<any, any> = {
  applyToStack: (stack) => {
    stack.add(
      (next, context) => async (args) => {
        try {
          return await next(args);
        } catch (error) {
          // Not where it has one: a role that could not be assumed failed in sts:AssumeRole.
          if (error instanceof Error && !('operation' in error))
            Object.assign(error, { operation: operationName(context) });
          throw error;
        }
      },
      { step: 'initialize', name: 'nameTheOperation', priority: 'high' },
    );
  },
};

/** Reads of an environment that one look asks for twice (memory.ts); none of the service's own, which is the lock. */
function remembered<C extends AnyClient>(made: C, whose: string): C {
  made.middlewareStack.use({
    applyToStack: (stack) => {
      stack.add(
        (next, context) => (args) => {
          const operation = operationName(context);
          if (!/:(Describe|Get|List)/.test(operation)) return next(args);
          return answerTo(`${whose} ${operation} ${JSON.stringify(args.input)}`, () => next(args));
        },
        { step: 'initialize', name: 'remembered', priority: 'normal' },
      );
    },
  });
  return made;
}

/** Every call of an environment, but none of the service's own, goes through the gate of the invocation. */
function gated<C extends AnyClient>(made: C): C {
  made.middlewareStack.use({
    applyToStack: (stack) => {
      stack.add(
        (next, context) => async (args) => {
          const gate = currentGate();
          if (!gate) return next(args);
          const operation = operationName(context);
          await gate.enter(operation);
          try {
            const answer = await next(args);
            await gate.passed(operation);
            return answer;
          } catch (error) {
            await gate.failed(operation, error);
            throw error;
          }
        },
        // Behind the SDK's retries: a call that is repeated needs another turn.
        { step: 'finalizeRequest', name: 'gate', priority: 'low' },
      );
    },
  });
  return made;
}

/** Calls go out once there is a session: a role that cannot be assumed is an error before anything is under way. */
// biome-ignore lint/suspicious/noExplicitAny: plugs into clients of every service
function afterwards(session: () => Promise<unknown>): Pluggable<any, any> {
  return {
    applyToStack: (stack) => {
      stack.add(
        (next) => async (args) => {
          await session();
          return next(args);
        },
        { step: 'initialize', name: 'roleSession', priority: 'high' },
      );
    },
  };
}
