/** The ways in as the template has them: rules of EventBridge, and routes of the HTTP API. */
import { isDeepStrictEqual } from 'node:util';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Stack } from './stack.ts';

export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
  readonly id?: string;
  readonly time?: string;
}

export interface Delivery {
  /** Of a state machine or a function. */
  readonly arn: string;
  readonly input: unknown;
}

/** What the rules of the bus `default` make of an event: each target with its input. */
export function deliveriesOf(stack: Stack, event: BusEvent): Delivery[] {
  return (
    stack
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => (properties.EventBusName ?? 'default') === 'default')
      // A rule without a pattern is a schedule.
      .filter(({ properties }) => properties.EventPattern && matches(properties.EventPattern, event))
      .flatMap(({ properties }) => properties.Targets as Record<string, unknown>[])
      .map((target) => ({ arn: target.Arn as string, input: inputOf(target, event) }))
  );
}

/** EventBridge's patterns, as far as this template uses them: values, `exists`, and patterns within. */
function matches(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((one) => matchesOne(one, value));
  return Object.entries(pattern as object).every(([name, inner]) =>
    matches(inner, (value as Record<string, unknown> | undefined)?.[name]),
  );
}

function matchesOne(wanted: unknown, value: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return isDeepStrictEqual(wanted, value);
  if (isDeepStrictEqual(Object.keys(wanted), ['exists']))
    return (wanted as { exists: boolean }).exists === (value !== undefined);
  throw new Error(`a pattern with ${JSON.stringify(wanted)} is not known here`);
}

function inputOf(target: Record<string, unknown>, event: BusEvent): unknown {
  const { InputPath, Input, InputTransformer } = target;
  if (Input !== undefined || InputTransformer !== undefined)
    throw new Error('a target with Input or InputTransformer is not known here');
  if (InputPath === undefined) return event;
  const parts = /^\$((?:\.\w+)*)$/
    .exec(InputPath as string)?.[1]
    ?.split('.')
    .slice(1);
  if (!parts) throw new Error(`the InputPath ${InputPath} is not known here`);
  return parts.reduce((value: unknown, part) => (value as Record<string, unknown>)[part], event);
}

/** The name of the function behind a route such as `POST /environments`. */
export function functionBehind(stack: Stack, routeKey: string): string {
  const route = stack
    .ofType('AWS::ApiGatewayV2::Route')
    .find(({ properties }) => properties.RouteKey === routeKey);
  const integrationId = (route?.properties.Target as string | undefined)?.replace('integrations/', '');
  const integration = stack
    .ofType('AWS::ApiGatewayV2::Integration')
    .find(({ id }) => stack.resolve({ Ref: id }) === integrationId);
  if (!integration) throw new Error(`the API has no route ${routeKey} with an integration`);
  const { IntegrationUri, IntegrationType, PayloadFormatVersion } = integration.properties;
  if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0')
    throw new Error(`the integration is ${IntegrationType} with payload format ${PayloadFormatVersion}`);
  return (IntegrationUri as string).split(':').at(-1) as string;
}

/** A request as an HTTP API hands it on. */
export function apiEvent(
  routeKey: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  pathParameters: Readonly<Record<string, string>> = {},
): APIGatewayProxyEventV2 {
  const [method, path] = routeKey.split(' ') as [string, string];
  const rawPath = path.replace(/\{(\w+)\}/g, (_whole, name: string) => pathParameters[name] ?? '');
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...headers },
    pathParameters,
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey,
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    ...(body === '' ? {} : { body }),
    isBase64Encoded: false,
  };
}
