/** The two worlds: the embedded AWS, and moto as it is, without the layer. */
import { vi } from 'vitest';
import { EmbeddedAws } from '#embedded/engine.ts';
import { emptyState } from '#embedded/model.ts';
import { services } from '#embedded/services/index.ts';
import { MemoryStore } from '#embedded/store.ts';
import { operationName } from '#lib/aws/clients.ts';
import type { AnyClient, World } from './ask.ts';

const region = 'eu-central-1';
const startOfTime = Date.parse('2026-11-01T00:00:00Z');
/** Longer than anything AWS takes to become what it will be. */
const settledSeconds = 3 * 3600;

/** A new account; `Date` is faked until the world is left. */
export function embeddedWorld(): World {
  vi.useFakeTimers({ toFake: ['Date'], now: startOfTime });
  const aws = new EmbeddedAws({
    services,
    operationName,
    store: new MemoryStore(emptyState(1, startOfTime)),
  });
  const clients = kept((Client) => {
    const client = new Client({ region, ...aws.clientConfig, maxAttempts: 1 }) as unknown as Pluggable;
    client.middlewareStack.use(aws.plugin);
    return client;
  });
  return { client: clients, settle: () => vi.setSystemTime(Date.now() + settledSeconds * 1000) };
}

/** One account for all sequences, as a reset takes seconds: their names and tags are their own. */
export function motoWorld(endpoint: string): World {
  vi.useRealTimers();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    client: kept(
      (Client) => new Client({ region, endpoint, credentials, maxAttempts: 1 }) as unknown as Pluggable,
    ),
    settle: () => {},
  };
}

interface Pluggable {
  readonly middlewareStack: { use(plugin: unknown): void };
  send(command: unknown): Promise<object>;
}

function kept(make: (Client: AnyClient) => Pluggable): World['client'] {
  const clients = new Map<AnyClient, Pluggable>();
  return (Client) => {
    const known = clients.get(Client) ?? make(Client);
    clients.set(Client, known);
    return known;
  };
}
