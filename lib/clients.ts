/**
 * SDK clients, one per client class and target, kept for the life of the Lambda sandbox.
 *
 * Every error that leaves a client carries `operation` (`ec2:CreateVpc`), so that whoever reports it can
 * say what was being done; SDK errors alone do not.
 */
import type { HandlerExecutionContext, Pluggable } from '@smithy/types';

/** Where calls go: a region, and in whose account. */
export interface AwsTarget {
  readonly region: string;
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

/** Replaces what every client made from now on is configured with, and forgets those made before. */
export function configureClients(next: Settings): void {
  settings = next;
  clients.clear();
}

/** The client of one service for one target. The SDK retries throttling and 5xx within the invocation. */
export function client<C extends AnyClient>(Client: ClientConstructor<C>, target: AwsTarget): C {
  return cached(Client, target, 4);
}

/**
 * A client that never repeats a call. For creates that have no client token (VPC, Internet Gateway,
 * address): the SDK repeating one whose answer was lost makes a second resource.
 */
export function singleAttemptClient<C extends AnyClient>(Client: ClientConstructor<C>, target: AwsTarget): C {
  return cached(Client, target, 1);
}

function cached<C extends AnyClient>(
  Client: ClientConstructor<C>,
  target: AwsTarget,
  maxAttempts: number,
): C {
  const key = `${target.region}/${maxAttempts}`;
  const ofClass = clients.get(Client) ?? new Map<string, unknown>();
  clients.set(Client, ofClass);
  const known = ofClass.get(key) as C | undefined;
  if (known) return known;
  const { config: extra, plugin } = typeof settings === 'function' ? settings(Client.name) : settings;
  const config = {
    region: target.region,
    maxAttempts,
    // Without throwOnRequestTimeout a hung socket only logs a warning and hangs until Lambda kills the handler.
    requestHandler: { connectionTimeout: 3000, requestTimeout: 15000, throwOnRequestTimeout: true },
    ...extra,
  };
  const created = new Client(config as never);
  created.middlewareStack.use(nameTheOperation);
  if (plugin) created.middlewareStack.use(plugin);
  ofClass.set(key, created);
  return created;
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
          if (error instanceof Error) Object.assign(error, { operation: operationName(context) });
          throw error;
        }
      },
      { step: 'initialize', name: 'nameTheOperation', priority: 'high' },
    );
  },
};
