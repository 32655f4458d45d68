/** `npm run sweep`: the fault sweep over all cores. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FaultKind } from '#local/sweep/faults.ts';
import { emptyReport, type Scenario, type SweepReport } from '#local/sweep/report.ts';
import { replay, type SweepOptions } from '#local/sweep/sweep.ts';
import { printer } from './options.ts';

export interface SweepCommandOptions {
  readonly json: boolean;
  readonly seed: number;
  readonly every: number;
  readonly random: number;
  readonly scenarios: readonly Scenario[];
  /** `scenario:index=kind,index=kind` of a failure. */
  readonly replay?: string;
}

/** Answers the exit code: 0 only when nothing is left behind, doubled or stuck, and every failure is explained. */
export async function sweepCommand(options: SweepCommandOptions): Promise<number> {
  const report = options.replay ? await replayed(options.replay, options.seed) : await overAllCores(options);
  const { failures, ...counts } = report;
  if (options.json) process.stdout.write(`${JSON.stringify({ ...counts, failures }, null, 2)}\n`);
  const print = printer(options.json);
  for (const { scenario, why, replay: command } of failures) print(`${scenario}: ${why}\n  ${command}`);
  print(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  return failures.length === 0 ? 0 : 1;
}

function replayed(spec: string, seed: number): Promise<SweepReport> {
  const [scenario, list = ''] = spec.split(':') as [Scenario, string?];
  const injections = list.split(',').map((item) => {
    const [index, kind] = item.split('=') as [string, FaultKind];
    return { index: Number(index), kind };
  });
  return replay(scenario, seed, injections);
}

async function overAllCores(options: SweepCommandOptions): Promise<SweepReport> {
  const of = availableParallelism();
  const done = new Array<number>(of).fill(0);
  const shares = await Promise.all(
    done.map((_, share) =>
      inProcess({ ...options, share, of }, (count) => {
        done[share] = count;
        if (process.stderr.isTTY) process.stderr.write(`\r${done.reduce((sum, one) => sum + one, 0)} runs`);
      }),
    ),
  );
  return shares.reduce(
    (sum, share) => ({
      runs: sum.runs + share.runs,
      faults: sum.faults + share.faults,
      recovered: sum.recovered + share.recovered,
      rolledBack: sum.rolledBack + share.rolledBack,
      orphans: sum.orphans + share.orphans,
      doubles: sum.doubles + share.doubles,
      stuck: sum.stuck + share.stuck,
      failures: [...sum.failures, ...share.failures],
    }),
    emptyReport(),
  );
}

function inProcess(options: SweepOptions, onProgress: (done: number) => void): Promise<SweepReport> {
  const worker = fork(
    fileURLToPath(new URL('../sweep/worker.ts', import.meta.url)),
    [JSON.stringify(options)],
    {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    },
  );
  return new Promise((resolve, reject) => {
    worker.on('message', (message: { done?: number; report?: SweepReport }) => {
      if (message.report) resolve(message.report);
      else onProgress(message.done ?? 0);
    });
    worker.on('exit', (code) =>
      reject(new Error(`a sweep process ended with code ${code} before it reported`)),
    );
  });
}
