/** HTTP API on a laptop: from node:http to events of payload format 2.0 and back, as API Gateway translates them. */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
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

/** `routeKeys` such as `GET /environments/{name}`; what none of them takes is for `$default`. `receivedAt` is real time. */
export function eventOf(
  request: IncomingMessage,
  body: Buffer,
  routeKeys: readonly string[],
  receivedAt: number,
): APIGatewayProxyEventV2 {
  const { path, query } = targetOf(request.url ?? '/');
  const method = request.method ?? 'GET';
  const { routeKey, parameters } = routeKeys
    .map((key) => ({ routeKey: key, parameters: match(key, method, path) }))
    .find((route) => route.parameters !== undefined) ?? { routeKey: '$default', parameters: undefined };
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
  const isBase64Encoded = body.length > 0 && !textual.test(headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers,
    ...(query ? { queryStringParameters: Object.fromEntries(new URLSearchParams(query)) } : {}),
    ...(parameters ? { pathParameters: parameters } : {}),
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'local',
      routeKey,
      stage: '$default',
      time: new Date(receivedAt).toISOString(),
      timeEpoch: receivedAt,
    },
    ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') } : {}),
    isBase64Encoded,
  };
}

/**
 * Not by `URL`, which throws at `http://[/` and takes `//host/` for another address. A proxy's form of a request names
 * scheme and host; they are not ours to judge.
 */
export function targetOf(url: string): { path: string; query: string } {
  const target = url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  const at = target.indexOf('?');
  if (at < 0) return { path: target || '/', query: '' };
  return { path: target.slice(0, at) || '/', query: target.slice(at + 1) };
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

/** What comes before the handler, as a problem document too. */
export function problemOf(status: number, detail: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail }),
  };
}

const refusals: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Address and headers have more than 16 KB.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The message did not come to its end.'],
};

/** Of its own Node answers these without a word, or closes the connection. */
export function answerWhatIsNoRequest(server: Server): void {
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const [status, detail] = refusals[error.code ?? ''] ?? [400, `This is not HTTP: ${error.message}.`];
    return sendRaw(socket, problemOf(status, detail));
  });
  server.on('connect', (_request, socket) => sendRaw(socket, problemOf(405, 'This is no proxy.')));
  server.on('checkExpectation', (_request, response) =>
    send(response, problemOf(417, 'Expect may be 100-continue only.')),
  );
}

function sendRaw(
  socket: Duplex,
  { statusCode = 500, headers, body = '' }: APIGatewayProxyStructuredResultV2,
) {
  socket.on('error', () => socket.destroy());
  const lines = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
