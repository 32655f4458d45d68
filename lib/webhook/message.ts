/** From an event of API Gateway (HTTP API, payload 2.0) to a message whose sender is known. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ProblemError } from './problem.ts';
import { webhookSecrets } from './secrets.ts';
import { isAuthentic } from './signature.ts';

export interface Message {
  /** `POST /environments` */
  readonly routeKey: string;
  /** `webhook-id`: the same at every delivery of one message. */
  readonly id: string;
  readonly body: string;
  /** `{name}` of the path. */
  readonly name: string;
  readonly confirm: string | undefined;
  readonly contentType: string;
  readonly query: Readonly<Record<string, string | undefined>>;
}

export const bodyLimitBytes = 64 * 1024;

/** Throws a 413 before anything is computed over the body, and the same 401 whatever is wrong with the signature. */
export async function authenticMessage(event: APIGatewayProxyEventV2): Promise<Message> {
  const { headers, body = '', isBase64Encoded, requestContext } = event;
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > bodyLimitBytes)
    throw new ProblemError(413, `A body may have at most ${bodyLimitBytes} bytes.`);
  const text = Buffer.from(body, encoding).toString('utf8');
  const signed = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
    payload: signedPayload(event, text),
    receivedAt: requestContext.timeEpoch,
  };
  const authentic =
    isAuthentic(signed, await webhookSecrets()) || isAuthentic(signed, await webhookSecrets({ newer: true }));
  if (!authentic) {
    throw new ProblemError(
      401,
      'Sign the message as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature), with a valid secret, within five minutes.',
    );
  }
  return {
    routeKey: event.routeKey,
    id: signed.id as string,
    body: text,
    name: event.pathParameters?.name ?? '',
    confirm: headers['x-confirm'],
    contentType: headers['content-type'] ?? '',
    query: event.queryStringParameters ?? {},
  };
}

/**
 * The body. Neither method, path nor other headers are part of a Standard Webhooks signature, so a removal without
 * a body signs its `x-confirm`: else whoever saw a signed GET could turn it into the removal of any environment.
 */
function signedPayload({ headers, requestContext }: APIGatewayProxyEventV2, text: string): string {
  return requestContext.http.method === 'DELETE' && text === '' ? (headers['x-confirm'] ?? '') : text;
}

/** The JSON in the body. Throws 415 for another media type, 400 for what is not JSON. */
export function jsonOf({ body, contentType }: Message): unknown {
  if (!/^application\/json\s*(;|$)/i.test(contentType))
    throw new ProblemError(415, 'Send the body with content-type: application/json.');
  try {
    return JSON.parse(body);
  } catch (error) {
    const problem = `request: is not JSON: ${(error as Error).message}`;
    throw new ProblemError(400, 'The body is not JSON.', { problems: [problem] });
  }
}
