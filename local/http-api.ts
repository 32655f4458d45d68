/** HTTP API on a laptop: from node:http to events of payload format 2.0 and back, as API Gateway translates them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** API Gateway's own limit, ahead of the handler's. */
const payloadLimitBytes = 10 * 1024 * 1024;
const textual = /^(application\/(json|javascript|xml|[\w.-]+\+(json|xml))|text\/)/i;

/** The body, or undefined where it is larger than API Gateway takes. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read to its end all the same: a sender whose connection breaks sees no answer.
    if (bytes <= payloadLimitBytes) chunks.push(chunk);
  }
  return bytes <= payloadLimitBytes ? Buffer.concat(chunks) : undefined;
}

/** `routeKeys` such as `GET /environments/{name}`. Undefined where none matches. `receivedAt` is real time. */
export function eventOf(
  request: IncomingMessage,
  body: Buffer,
  routeKeys: readonly string[],
  receivedAt: number,
): APIGatewayProxyEventV2 | undefined {
  const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const route = routeKeys
    .map((routeKey) => ({ routeKey, parameters: match(routeKey, method, pathname) }))
    .find(({ parameters }) => parameters !== undefined);
  if (!route) return undefined;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
  const isBase64Encoded = body.length > 0 && !textual.test(headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    ...(search.length > 1 ? { queryStringParameters: Object.fromEntries(searchParams) } : {}),
    pathParameters: route.parameters,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path: pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'local',
      routeKey: route.routeKey,
      stage: '$default',
      time: new Date(receivedAt).toISOString(),
      timeEpoch: receivedAt,
    },
    ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') } : {}),
    isBase64Encoded,
  };
}

function match(routeKey: string, method: string, pathname: string): Record<string, string> | undefined {
  const [routeMethod, path] = routeKey.split(' ') as [string, string];
  const wanted = path.split('/');
  const given = pathname.split('/');
  if (routeMethod !== method || wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] as string;
    if (/^\{\w+\}$/.test(part) && value !== '') parameters[part.slice(1, -1)] = unescaped(value);
    else if (part !== value) return undefined;
  }
  return parameters;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    // A broken escape stands for itself: it names nothing.
    return part;
  }
}

export function send(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const body = result.body ?? '';
  response.writeHead(result.statusCode ?? 200, {
    ...(result.headers as Record<string, string>),
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
