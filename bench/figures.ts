/**
 * The figures the README quotes, counted, never timed: simulated time beside the chain nobody can avoid, AWS calls,
 * state transitions, for a first run, a second one and a removal, over some seeds. `npm run bench`.
 */
import { readFileSync } from 'node:fs';
import { emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { unavoidableSeconds } from '#local/expected.ts';
import { clock } from '#local/progress.ts';
import { isMutating } from '#local/report.ts';
import { simulate } from '#local/simulate.ts';

const seeds = Array.from({ length: 16 }, (_, index) => index + 1);
const runs = ['first', 'second', 'removal'] as const;

interface Row {
  readonly request: string;
  readonly seed: number;
  readonly run: (typeof runs)[number];
  readonly seconds: number;
  /** Of a first run. */
  readonly unavoidable: number | undefined;
  readonly calls: number;
  readonly mutating: number;
  readonly transitions: number;
}

export async function printFigures(): Promise<void> {
  console.log('request  seed  run     simulated  unavoidable  ratio  calls  mutating  transitions');
  const rows: Row[] = [];
  for (const request of ['dev', 'prod']) {
    for (const seed of seeds) {
      for (const row of await rowsOf(request, seed)) {
        rows.push(row);
        console.log(lineOf(row));
      }
    }
  }
  printMost(rows);
}

/** README's table: the runs of examples/dev.json, of the first seed. */
async function readmeTable(): Promise<string> {
  const rows = await rowsOf('dev', 1);
  return [
    '| run of `examples/dev.json` (seed 1) | simulated | AWS calls | that change something | state transitions |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ run, seconds, calls, mutating, transitions }) =>
        `| ${run} | ${clock(seconds * 1000)} | ${calls} | ${mutating} | ${transitions} |`,
    ),
  ].join('\n');
}

const table = /^\| run of `examples\/dev\.json`.*\n(?:\|.*\n)+/m;

/** README with the table as it is counted now. */
export async function withFigures(readme: string): Promise<string> {
  const figures = await readmeTable();
  return readme.replace(table, () => `${figures}\n`);
}

export async function rowsOf(request: string, seed: number): Promise<Row[]> {
  const file = new URL(`../examples/${request}.json`, import.meta.url);
  const input = JSON.parse(readFileSync(file, 'utf8')) as { environment: string; region: string };
  const { environment, region } = input;
  const store = new MemoryStore(emptyState(seed, Date.now()));
  const rows: Row[] = [];
  for (const run of runs) {
    const account = openAccount({ store, latencySeconds: 0.2 });
    const { result, seconds, transitions } = await simulate(account, {
      machine: run === 'removal' ? 'deprovision' : 'provision',
      input: run === 'removal' ? { environment, region, confirm: environment } : input,
      seed,
    });
    // What the request protects is not taken down.
    if (run === 'removal' && result.status !== 'SUCCEEDED' && request !== 'dev') break;
    if (result.status !== 'SUCCEEDED') throw new Error(`${request}, seed ${seed}: ${result.cause}`);
    const requests = Object.entries(account.requests());
    const sum = (some: typeof requests) => some.reduce((total, [, count]) => total + count, 0);
    rows.push({
      request,
      seed,
      run,
      seconds,
      unavoidable: run === 'first' ? unavoidableSeconds(account)?.seconds : undefined,
      calls: sum(requests),
      mutating: sum(requests.filter(([operation]) => isMutating(operation))),
      transitions,
    });
  }
  return rows;
}

function lineOf({ request, seed, run, seconds, unavoidable, calls, mutating, transitions }: Row): string {
  return [
    request.padEnd(8),
    String(seed).padStart(4),
    run.padEnd(7),
    clock(seconds * 1000).padStart(9),
    (unavoidable ? clock(unavoidable * 1000) : '').padStart(12),
    (unavoidable ? (seconds / unavoidable).toFixed(3) : '').padStart(6),
    String(calls).padStart(6),
    String(mutating).padStart(9),
    String(transitions).padStart(12),
  ].join(' ');
}

/** The worst of all seeds, and the middle of the ratios. */
function printMost(rows: readonly Row[]): void {
  for (const [kind, same] of Map.groupBy(rows, ({ request, run }) => `${request}, ${run}`)) {
    const most = (pick: (row: Row) => number) => Math.max(...same.map(pick));
    const ratios = same.flatMap(({ seconds, unavoidable }) => (unavoidable ? seconds / unavoidable : []));
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const chain = ratios.length > 0 ? `, ratio ${mean.toFixed(3)} (${Math.max(...ratios).toFixed(3)})` : '';
    console.log(
      `${kind}: at most ${most(({ calls }) => calls)} calls, ${most(({ transitions }) => transitions)} transitions${chain}`,
    );
  }
}
