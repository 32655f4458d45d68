/** The protocols `aws.protocols#awsJson1_0`, `#awsJson1_1` and `#restJson1`: JSON both ways. */
import { JsonShapeDeserializer2, JsonShapeSerializer2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { $SchemaRef, StaticOperationSchema } from '@smithy/types';
import type { AwsFault } from '#embedded/model.ts';
import { readText } from './form.ts';
import type { WireService } from './message.ts';
import { type Protocol, type ReadCall, type WireAnswer, WireError, type WireRequest } from './message.ts';

/** Seconds since the epoch, where a shape says nothing else. */
const timestampFormat = { useTrait: true, default: 7 as const };
const rpcSettings = { timestampFormat, jsonName: false };
const restSettings = { timestampFormat, jsonName: true };
type Settings = typeof rpcSettings;

export const rpcJson: Protocol = {
  read: (service, { method, url, headers, body }) => {
    if (method !== 'POST' || url !== '/')
      throw new WireError(`${service.name} is asked with ${method} ${url}`);
    const [target, action = ''] = String(headers['x-amz-target'] ?? '').split('.');
    if (target !== service.target) throw new WireError(`${service.name} is asked as ${target}`);
    return { action, input: readBody(rpcSettings, service.operation(action)[4], body) };
  },
  answer: (service, action, output, requestId) => ({
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId },
    body: writeBody(rpcSettings, service.operation(action)[5], output),
  }),
  refusal: (service, fault, requestId) => refusal(service, fault, requestId, 'application/x-amz-json-1.0'),
};

export const restJson: Protocol = {
  read: readRest,
  answer: (service, action, output, requestId) => {
    const { http } = traitsOf(service.operation(action));
    return {
      status: http[2],
      headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
      body: writeBody(restSettings, service.operation(action)[5], output),
    };
  },
  refusal: (service, fault, requestId) => refusal(service, fault, requestId, 'application/json'),
};

function traitsOf(operation: StaticOperationSchema): { http: [string, string, number] } {
  return operation[3] as unknown as { http: [string, string, number] };
}

function readBody(settings: Settings, schema: unknown, body: Buffer): Record<string, unknown> {
  const shape = NormalizedSchema.of(schema as $SchemaRef);
  if (shape.isUnitSchema() || body.length === 0) return {};
  const given = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!wireNames(shape).has(name)) throw new WireError(`${name} is no member of ${shape.getName()}`);
  }
  return new JsonShapeDeserializer2(settings).readObject(shape, given as never) as Record<string, unknown>;
}

function wireNames(shape: NormalizedSchema): Set<string> {
  return new Set(
    [...shape.structIterator()].map(([name, member]) => member.getMergedTraits().jsonName ?? name),
  );
}

function writeBody(settings: Settings, schema: unknown, output: object): string {
  const shape = NormalizedSchema.of(schema as $SchemaRef);
  if (shape.isUnitSchema()) return '';
  for (const [name, member] of shape.structIterator()) {
    const { httpHeader, httpPayload, httpResponseCode } = member.getMergedTraits();
    if (name in output && (httpHeader || httpPayload || httpResponseCode))
      throw new WireError(
        `${shape.getName()}.${name} does not travel in the body, and nothing else is written here`,
      );
  }
  const serializer = new JsonShapeSerializer2(settings);
  serializer.write(shape, output);
  return new TextDecoder().decode(serializer.flush() as Uint8Array);
}

/** By method and path, then path, query, headers and body, each where the schema has it. */
function readRest(service: WireService, request: WireRequest): ReadCall {
  const { pathname, searchParams } = new URL(request.url, 'https://host');
  const found = service
    .operations()
    .map((operation) => ({ operation, labels: match(traitsOf(operation).http, request.method, pathname) }))
    .find(({ labels }) => labels !== undefined);
  if (!found) throw new WireError(`${service.name} has nothing at ${request.method} ${pathname}`);
  const { operation, labels = {} } = found;
  const shape = NormalizedSchema.of(operation[4] as $SchemaRef);
  const input = readBody(restSettings, operation[4], request.body);
  const unread = new Set(searchParams.keys());
  for (const [name, member] of shape.isUnitSchema() ? [] : shape.structIterator()) {
    const { httpLabel, httpQuery, httpHeader } = member.getMergedTraits();
    if (httpLabel) input[name] = readText(member, labels[name] ?? '', name);
    if (httpHeader && request.headers[httpHeader.toLowerCase()] !== undefined)
      input[name] = readText(member, String(request.headers[httpHeader.toLowerCase()]), name);
    if (!httpQuery || !searchParams.has(httpQuery)) continue;
    unread.delete(httpQuery);
    const values = searchParams.getAll(httpQuery);
    input[name] = member.isListSchema()
      ? values.map((value) => readText(member.getValueSchema(), value, name))
      : readText(member, values[0] as string, name);
  }
  if (unread.size > 0) throw new WireError(`${[...unread][0]} is no query parameter of ${operation[2]}`);
  return { action: operation[2], input };
}

function match(
  [wanted, path]: [string, string, number],
  method: string,
  pathname: string,
): Record<string, string> | undefined {
  const [parts, given] = [path.split('?')[0]?.split('/') ?? [], pathname.split('/')];
  if (wanted !== method || parts.length !== given.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const value = given[index] as string;
    if (/^\{\w+\}$/.test(part) && value !== '') labels[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return labels;
}

function refusal(service: WireService, fault: AwsFault, requestId: string, contentType: string): WireAnswer {
  const modelled = service.error(fault.name);
  const capital = modelled && wireNames(NormalizedSchema.of(modelled)).has('Message');
  return {
    status: fault.status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId, 'x-amzn-errortype': fault.name },
    body: JSON.stringify({
      ...fault.extra,
      __type: fault.name,
      [capital ? 'Message' : 'message']: fault.message,
    }),
  };
}
