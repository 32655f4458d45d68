/** Messages for the webhook as API Gateway hands them over, and answers held against what is documented. */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { Webhook } from 'standardwebhooks';
import { placeSecret } from '#embedded/services/secretsmanager.ts';
import { handler } from '#functions/webhook.ts';
import { configureClients } from '#lib/aws/clients.ts';
import { commonProblems, type Route, type RouteKey, routeTable } from '#lib/webhook/routes.ts';
import { problem } from '#lib/webhook/schema.ts';
import { forgetSecrets } from '#lib/webhook/secrets.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';

export const secret = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
export const otherSecret = 'whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=';
export const thirdSecret = 'whsec_enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmE2NTQzMjE=';

/** A fresh account with the secret in place, and a sandbox that has read nothing yet. */
export function frontDoor(value: string = secret): TestAws {
  const test = testAws();
  // The SDK's pauses between attempts are real time.
  configureClients({ config: { ...test.aws.clientConfig, maxAttempts: 1 }, plugin: test.aws.plugin });
  forgetSecrets();
  process.env.WEBHOOK_SECRET_ID = test.aws.inspect(homeRegion, (call) =>
    placeSecret(call, { name: 'webhook', value }),
  );
  return test;
}

export interface MessageOptions {
  readonly body?: string;
  readonly name?: string;
  readonly id?: string;
  readonly secret?: string;
  /** Seconds between signing and arriving. */
  readonly ageSeconds?: number;
  readonly headers?: Record<string, string | undefined>;
  readonly query?: Record<string, string>;
  readonly base64?: boolean;
  /** What is signed, where that is not the body. */
  readonly signs?: string;
}

let count = 0;

export function eventFor(routeKey: string, options: MessageOptions = {}): APIGatewayProxyEventV2 {
  const [method, path] = routeKey.split(' ') as [string, string];
  const { body = '', name = 'dev', id = `msg_${(count += 1)}`, ageSeconds = 0 } = options;
  const signedAt = new Date(Date.now() - ageSeconds * 1000);
  const signature = new Webhook(options.secret ?? secret).sign(id, signedAt, options.signs ?? body);
  const headers = {
    ...(body ? { 'content-type': 'application/json' } : {}),
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)),
    'webhook-signature': signature,
    ...options.headers,
  };
  return {
    version: '2.0',
    routeKey,
    rawPath: path.replace('{name}', name),
    rawQueryString: '',
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >,
    ...(options.query ? { queryStringParameters: options.query } : {}),
    ...(path.includes('{name}') ? { pathParameters: { name } } : {}),
    requestContext: {
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      timeEpoch: Date.now(),
    } as APIGatewayProxyEventV2['requestContext'],
    ...(body ? { body: options.base64 ? Buffer.from(body).toString('base64') : body } : {}),
    isBase64Encoded: options.base64 ?? false,
  };
}

/** Every `<route> <status>` that was answered so far. */
export const answered = new Set<string>();

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON was answered; tests look at single members
  readonly body: any;
}

/** Sends it to the handler. An answer that its route does not document, or of another shape, is an error. */
export async function ask(routeKey: RouteKey, options: MessageOptions = {}): Promise<Reply> {
  const { statusCode, headers, body } = await handler(eventFor(routeKey, options), context);
  const parsed: unknown = JSON.parse(body);
  const route: Route = routeTable[routeKey];
  if (statusCode === route.success.status) route.success.schema.parse(parsed);
  else if (statusCode in { ...route.problems, ...commonProblems }) problem.parse(parsed);
  else throw new Error(`${routeKey} answered ${statusCode}, which is not documented: ${body}`);
  answered.add(`${routeKey} ${statusCode}`);
  return { status: statusCode, headers, body: parsed };
}

export const context = { functionName: 'webhook', getRemainingTimeInMillis: () => 29_000 } as Context;

/** Every `<route> <status>` that is documented. */
export function documented(): string[] {
  return Object.entries<Route>(routeTable).flatMap(([key, { success, problems }]) =>
    [success.status, ...Object.keys({ ...problems, ...commonProblems })].map((status) => `${key} ${status}`),
  );
}
