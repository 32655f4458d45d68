/** Every request of a provision run, a second one, a removal and a rollback, as the handlers sent them. */
import { readFileSync } from 'node:fs';
import type { CallRecord, Fault } from '#embedded/engine.ts';
import { emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { simulate } from '#local/simulate.ts';

export interface Recording {
  readonly calls: readonly CallRecord[];
  /** How each run ended, in order. */
  readonly ends: readonly string[];
}

/** The request of `examples/<name>.json`, protection off so that it can be taken down again. */
function example(name: string): { environment: string } {
  const file = new URL(`../../examples/${name}.json`, import.meta.url);
  return { ...JSON.parse(readFileSync(file, 'utf8')), deletionProtection: false };
}

export async function recordRuns(name: string): Promise<Recording> {
  const store = new MemoryStore(emptyState(1, Date.parse('2026-11-01T00:00:00Z')));
  const account = openAccount({ store, latencySeconds: 0.2 });
  const calls: CallRecord[] = [];
  const ends: string[] = [];
  const input = example(name);
  const removal = { environment: input.environment, confirm: input.environment };
  const run = async (machine: 'provision' | 'deprovision', fails?: string) => {
    account.aws.inject = (call): Fault | undefined => {
      calls.push(call);
      return call.operation === fails ? { kind: 'outcome-fails' } : undefined;
    };
    const { result } = await simulate(account, {
      machine,
      input: machine === 'provision' ? input : removal,
    });
    ends.push(`${machine}: ${result.status}`);
  };
  await run('provision');
  await run('provision');
  await run('deprovision');
  await run('provision', 'elasticache:CreateReplicationGroup');
  account.close();
  return { calls, ends };
}
