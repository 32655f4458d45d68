/** The front door as an OpenAPI 3.1 document, made from the route table and the schemas that the handler uses. */
import * as z from 'zod';
import { publishedSchema } from '#lib/request/schema.ts';
import { bodyLimitBytes } from './message.ts';
import { commonProblems, gatewayStatuses, type Route, routeTable } from './routes.ts';
import { gatewayMessage, problem } from './schema.ts';

export function openapiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'AosCloud environment provisioning',
      version: '1.0.0',
      description:
        'Provision, watch and take down AosCloud environments on AWS. Every message is signed (Standard Webhooks), and its webhook-id makes it safe to send again. A path that is not here is answered with 404, a method with 405 and Allow, as a Problem too.',
    },
    servers,
    security: [{ webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
    paths: paths(),
    components: { securitySchemes, headers: headersOfAnswers, schemas: schemas() },
  };
}

const servers = [
  {
    url: 'https://{api}.execute-api.{region}.amazonaws.com',
    description: 'A deployed stage: its address is among the outputs of the stack.',
    variables: { api: { default: 'abcdef1234' }, region: { default: 'eu-central-1' } },
  },
  { url: 'http://127.0.0.1:8787', description: 'npm run serve' },
];

const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description });

const securitySchemes = {
  webhookId: header(
    'webhook-id',
    'The same at every delivery of one message, different for every other message, whatever that names.',
  ),
  webhookTimestamp: header(
    'webhook-timestamp',
    'When it was signed: seconds since the epoch, within five minutes.',
  ),
  webhookSignature: header(
    'webhook-signature',
    'v1, and the base64 HMAC-SHA256 of webhook-id.webhook-timestamp.body; several are separated by spaces. Where a DELETE has no body, the value of x-confirm takes its place.',
  ),
};

const headersOfAnswers = {
  Location: { schema: { type: 'string' }, description: 'Where the environment can be watched.' },
  RetryAfter: { schema: { type: 'integer' }, description: 'Seconds.' },
};

function paths(): Record<string, Record<string, object>> {
  const byPath: Record<string, Record<string, object>> = {};
  for (const [key, route] of Object.entries<Route>(routeTable)) {
    const [method, path] = key.split(' ') as [string, string];
    (byPath[path] ??= {})[method.toLowerCase()] = operation(method, path, route);
  }
  return byPath;
}

function operation(method: string, path: string, route: Route): object {
  const parameters = parametersOf(method, path, route);
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: route.body.required,
            description: `At most ${bodyLimitBytes} bytes.`,
            content: { 'application/json': { schema: reference(route.body.name) } },
          },
        }
      : {}),
    responses: responsesOf(route),
  };
}

function parametersOf(method: string, path: string, { query = {} }: Route): object[] {
  const text = { type: 'string' };
  return [
    ...(path.includes('{name}') ? [{ name: 'name', in: 'path', required: true, schema: text }] : []),
    ...Object.entries(query).map(([name, description]) => ({ name, in: 'query', schema: text, description })),
    ...(method === 'DELETE'
      ? [
          {
            name: 'x-confirm',
            in: 'header',
            schema: text,
            description:
              "The environment's name again, where there is no body; it is signed in the body's place.",
          },
        ]
      : []),
  ];
}

const byTheGateway = { 'application/json': { schema: reference('GatewayMessage') } };

function responsesOf({ success, problems }: Route): Record<string, object> {
  const failures = Object.entries({ ...problems, ...commonProblems }).map(([status, description]) => [
    status,
    {
      description,
      ...(status === '429' || status === '503'
        ? { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } }
        : {}),
      content: {
        'application/problem+json': { schema: reference('Problem') },
        ...(gatewayStatuses.includes(status) ? byTheGateway : {}),
      },
    },
  ]);
  return {
    [success.status]: {
      description: success.description,
      ...(success.status === 202 ? { headers: { Location: { $ref: '#/components/headers/Location' } } } : {}),
      content: { 'application/json': { schema: reference(success.name) } },
    },
    ...Object.fromEntries(failures),
    default: {
      description:
        'API Gateway does not take it for a message: a malformed address, headers of more than 10 KB.',
      content: byTheGateway,
    },
  };
}

function schemas(): Record<string, object> {
  const found: Record<string, object> = {};
  for (const { body, success } of Object.values<Route>(routeTable)) {
    if (body) found[body.name] = jsonSchema(body.schema, 'input');
    found[success.name] = jsonSchema(success.schema, 'output');
  }
  const { $schema: _, ...request } = publishedSchema() as { $schema: string };
  const failures = {
    Problem: jsonSchema(problem, 'output'),
    GatewayMessage: jsonSchema(gatewayMessage, 'output'),
  };
  return { ...found, EnvironmentRequest: request, ...failures };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function reference(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}
