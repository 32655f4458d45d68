/**
 * Where the calls of a run go: which operation, asked by which function, at which place of the sources, how often; and
 * how many looks each step took. `npm run bench -- calls`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { Client } from '@smithy/core/client';
import { emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { currentInvocation } from '#local/lambda.ts';
import { clock } from '#local/progress.ts';
import type { MachineName, RunEvent } from '#local/runner.ts';
import { simulate } from '#local/simulate.ts';

export interface CallsOptions {
  /** An example's name. */
  readonly request: string;
  readonly seed: number;
  /** Also when each look was, and what it answered. */
  readonly timeline?: true;
}

interface Asked {
  readonly functionKey: string;
  readonly operation: string;
  readonly place: string;
}

const runs: readonly (readonly [string, MachineName])[] = [
  ['first run', 'provision'],
  ['second run', 'provision'],
  ['removal', 'deprovision'],
];

export async function printCalls({ request, seed, timeline }: CallsOptions): Promise<void> {
  const places = notePlaces();
  const file = new URL(`../examples/${request}.json`, import.meta.url);
  const input = JSON.parse(readFileSync(file, 'utf8')) as { environment: string; region: string };
  const { environment, region } = input;
  const store = new MemoryStore(emptyState(seed, Date.now()));
  for (const [title, machine] of runs) {
    const account = openAccount({ store, latencySeconds: 0.2 });
    const asked: Asked[] = [];
    // Before the answer: a call that is refused for rate was made, too.
    account.aws.inject = ({ operation }) => {
      const functionKey = currentInvocation()?.functionKey ?? '';
      if (!/^(dynamodb|states|events):/.test(operation))
        asked.push({ operation, functionKey, place: places.getStore() ?? '' });
      return undefined;
    };
    const looks = new Map<string, number>();
    let start = 0;
    const onEvent = (event: RunEvent, now: number) => {
      start ||= now;
      if (event.type !== 'answered') return;
      looks.set(event.functionKey, (looks.get(event.functionKey) ?? 0) + 1);
      if (timeline) console.log(lineOf(event, now - start));
    };
    const { result, transitions, seconds } = await simulate(account, {
      machine,
      input: machine === 'provision' ? input : { environment, region, confirm: environment },
      seed,
      onEvent,
    });
    if (result.status !== 'SUCCEEDED') throw new Error(`${title}: ${result.cause}`);
    console.log(`\n${title}: ${asked.length} calls, ${transitions} transitions, ${clock(seconds * 1000)}`);
    printTable(asked, looks);
  }
}

/** What awaits within the SDK cuts the stack, so the place is taken where a call enters it. */
function notePlaces(): AsyncLocalStorage<string> {
  const places = new AsyncLocalStorage<string>();
  const prototype = Client.prototype as { send: (...args: unknown[]) => unknown };
  const send = prototype.send;
  prototype.send = function (...args) {
    return places.run(placeOf(new Error().stack ?? ''), () => send.apply(this, args));
  };
  Error.stackTraceLimit = 40;
  return places;
}

/** The innermost frame that says what is asked: neither the SDK nor what pages and retries. */
function placeOf(stack: string): string {
  const isOurs = (line: string) =>
    /\/(functions|lib)\//.test(line) && !/\/lib\/(aws|run)\//.test(line) && !line.includes('node_modules');
  const frame = stack.split('\n').find(isOurs) ?? '';
  const [, name = '', file = ''] =
    /at (?:async )?(?:(\S+) \()?.*?\/((?:functions|lib)\/[^:)]+)/.exec(frame) ?? [];
  return `${file} ${name}`.trim();
}

function lineOf(event: RunEvent & { readonly type: 'answered' }, milliseconds: number): string {
  const { status = '', detail = '' } = (event.answer ?? {}) as { status?: string; detail?: string };
  return `  ${clock(milliseconds).padStart(6)}  ${event.state}: ${status} ${detail}`;
}

function printTable(asked: readonly Asked[], looks: ReadonlyMap<string, number>): void {
  const most = <T>(groups: Map<string, T[]>) => [...groups].sort(([, a], [, b]) => b.length - a.length);
  for (const [functionKey, calls] of most(Map.groupBy(asked, (one) => one.functionKey))) {
    console.log(`${String(calls.length).padStart(4)}  ${functionKey}, ${looks.get(functionKey) ?? 0} looks`);
    const rows = Map.groupBy(calls, ({ operation, place }) => `${operation.padEnd(44)} ${place}`);
    for (const [row, same] of most(rows)) console.log(`      ${String(same.length).padStart(4)}  ${row}`);
  }
}
