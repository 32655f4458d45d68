/**
 * A proxy on loopback between the SDK and moto. It hands requests on one at a time (moto is not thread-safe),
 * counts them, and repairs single operations. Product code never knows of it: it is an endpoint.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { RDSClient } from '@aws-sdk/client-rds';
import {
  ec2Error,
  jsonError,
  queryError,
  type WireAnswer,
  type WireRequest,
  wireRequest,
} from './message.ts';
import type { Moto, Repair } from './repair.ts';
import { ec2Repairs } from './repairs/ec2.ts';
import { efsRepairs } from './repairs/efs.ts';
import { eksAccessRepairs } from './repairs/eks-access.ts';
import { eksAddonRepairs } from './repairs/eks-addons.ts';
import { eksClusterRepairs } from './repairs/eks-clusters.ts';
import { elasticacheRepairs } from './repairs/elasticache.ts';
import { quotaRepairs } from './repairs/quotas.ts';
import { rdsCatalogueRepairs } from './repairs/rds-catalogue.ts';
import { rdsClusterRepairs } from './repairs/rds-clusters.ts';

/** Every repair, each service with state of its own. */
export function allRepairs(): Repair[] {
  const clusters = new Map();
  return [
    ...ec2Repairs(),
    ...eksClusterRepairs(clusters),
    ...eksAddonRepairs(clusters),
    ...eksAccessRepairs(clusters),
    ...rdsCatalogueRepairs(),
    ...rdsClusterRepairs(),
    ...elasticacheRepairs(),
    ...efsRepairs(),
    ...quotaRepairs(),
  ];
}

export interface Layer {
  readonly url: string;
  /** Calls so far by operation. */
  readonly requests: Record<string, number>;
  /** Operations that the layer repairs. */
  readonly repaired: ReadonlySet<string>;
  /** Operations so far for which neither moto nor the layer has an answer. */
  readonly unsupported: Set<string>;
  /** Refuses an operation before moto sees it. */
  refuse: ((operation: string) => WireAnswer | undefined) | undefined;
  /** Told when an operation has been carried out and before its answer leaves. */
  onAnswered: ((operation: string) => void) | undefined;
  close(): Promise<void>;
}

export async function startLayer(motoUrl: string): Promise<Layer> {
  const repairs = new Map(allRepairs().map((repair) => [repair.operation, repair]));
  const requests: Record<string, number> = {};
  const unsupported = new Set<string>();
  let queue: Promise<unknown> = Promise.resolve();

  const answer = async (request: WireRequest): Promise<WireAnswer> => {
    requests[request.operation] = (requests[request.operation] ?? 0) + 1;
    const refused = layer.refuse?.(request.operation);
    if (refused) return refused;
    const moto = behind(motoUrl, request.region);
    const repair = repairs.get(request.operation);
    const answered = repair ? await repair.answer(request, moto) : await moto.forward(request);
    if (!isPage(answered)) return answered;
    unsupported.add(request.operation);
    return notImplemented(request);
  };

  const server = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then((body) => {
      const request = wireRequest(incoming.method ?? 'GET', incoming.url ?? '/', incoming.headers, body);
      const turn = queue.then(() => answer(request));
      queue = turn.catch(() => {});
      turn.then(
        ({ status, headers, body: text }) => {
          layer.onAnswered?.(request.operation);
          outgoing.writeHead(status, headers).end(text);
        },
        (error: Error) => {
          unsupported.add(`${request.operation} (${error.message})`);
          const { status, headers, body: text } = notImplemented(request);
          outgoing.writeHead(status, headers).end(text);
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const layer: Layer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    repaired: new Set(repairs.keys()),
    unsupported,
    refuse: undefined,
    onAnswered: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return layer;
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** moto answers what it does not know with a web page, or with a server error of its own. */
function isPage({ status, headers, body }: WireAnswer): boolean {
  return (
    status >= 404 &&
    (/^text\/html/.test(headers['content-type'] ?? '') || status >= 500) &&
    !/<Code>|"__type"|x-amzn/.test(body)
  );
}

/** An answer the SDK can read and no handler mistakes for a passing fault. */
function notImplemented({ service, operation }: WireRequest): WireAnswer {
  const message = `neither moto nor the layer in front of it answers ${operation}`;
  if (service === 'ec2') return ec2Error('UnsupportedOperation', message);
  if (['rds', 'elasticache', 'iam', 'sts'].includes(service))
    return queryError(400, 'UnsupportedOperation', message);
  return jsonError(400, 'UnsupportedOperation', message);
}

function behind(endpoint: string, region: string): Moto {
  const config = {
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return {
    forward: async ({ method, url, headers, body }) => {
      const { host: _, connection: __, 'content-length': ___, expect: ____, ...rest } = headers;
      const answered = await fetch(`${endpoint}${url}`, {
        method,
        headers: rest as Record<string, string>,
        ...(body === '' ? {} : { body }),
      });
      const kept = [...answered.headers].filter(
        ([name]) => name === 'content-type' || name.startsWith('x-amz'),
      );
      return { status: answered.status, headers: Object.fromEntries(kept), body: await answered.text() };
    },
    ec2: new EC2Client(config),
    rds: new RDSClient(config),
    elasticache: new ElastiCacheClient(config),
  };
}
