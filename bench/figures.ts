/**
 * The figures the README quotes, counted, never timed: simulated time beside the chain nobody can avoid, AWS calls,
 * state transitions, for a first and a second run over some seeds. `npm run bench`.
 */
import { readFileSync } from 'node:fs';
import { emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { unavoidableSeconds } from '#local/expected.ts';
import { clock } from '#local/progress.ts';
import { isMutating } from '#local/report.ts';
import { simulate } from '#local/simulate.ts';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

export async function printFigures(): Promise<void> {
  console.log('request  seed  run     simulated  unavoidable  ratio  calls  mutating  transitions');
  for (const name of ['dev', 'prod']) {
    const input = JSON.parse(readFileSync(new URL(`../examples/${name}.json`, import.meta.url), 'utf8'));
    for (const seed of seeds) {
      const store = new MemoryStore(emptyState(seed, Date.now()));
      for (const run of ['first', 'second']) {
        const account = openAccount({ store, latencySeconds: 0.2 });
        const { result, seconds, transitions } = await simulate(account, {
          machine: 'provision',
          input,
          seed,
        });
        if (result.status !== 'SUCCEEDED') throw new Error(`${name}, seed ${seed}: ${result.cause}`);
        const requests = Object.entries(account.requests());
        const sum = (some: typeof requests) => some.reduce((total, [, count]) => total + count, 0);
        const chain = unavoidableSeconds(account)?.seconds;
        console.log(
          [
            name.padEnd(8),
            String(seed).padStart(4),
            run.padEnd(7),
            clock(seconds * 1000).padStart(9),
            (chain ? clock(chain * 1000) : '').padStart(12),
            (chain ? (seconds / chain).toFixed(3) : '').padStart(6),
            String(sum(requests)).padStart(6),
            String(sum(requests.filter(([operation]) => isMutating(operation)))).padStart(9),
            String(transitions).padStart(12),
          ].join(' '),
        );
      }
    }
  }
}
