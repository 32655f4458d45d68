/** At the end of a run: how long each step took, what it waited for most, and the chain the run was waiting for. */
import { clock } from './progress.ts';
import { criticalChain, type StepRow } from './step-rows.ts';
import { lines, table } from './table.ts';
import { columnsOf } from './terminal.ts';

/** A step's time, as `--json` has it. */
export interface StepTime {
  readonly step: string;
  readonly machine: string;
  readonly status: string;
  readonly seconds: number;
  /** What it waited for longest, in its own words. */
  readonly waitedFor?: { readonly what: string; readonly seconds: number };
  /** One of those the run was waiting for. */
  readonly critical: boolean;
}

export function stepTimes(rows: readonly StepRow[]): StepTime[] {
  const chain = new Set(criticalChain(rows));
  return rows.flatMap((row) => {
    if (row.since === undefined) return [];
    const [longest] = Object.entries(row.waits).sort(([, one], [, other]) => other - one);
    return [
      {
        step: row.step,
        machine: row.machine,
        status: row.status,
        seconds: Math.round(((row.until ?? row.seenAt ?? row.since) - row.since) / 1000),
        ...(longest ? { waitedFor: { what: longest[0], seconds: Math.round(longest[1] / 1000) } } : {}),
        critical: chain.has(row),
      },
    ];
  });
}

/** Without a line where no step took time: nothing was waited for. */
export function printTimes(print: (line: string) => void, rows: readonly StepRow[]): void {
  const columns = columnsOf(process.stdout);
  const times = stepTimes(rows).filter(({ seconds }) => seconds > 0);
  if (times.length === 0) return;
  const titles = new Map(rows.map((row) => [`${row.machine}/${row.step}`, row.title]));
  const titleOf = ({ machine, step }: StepTime) => titles.get(`${machine}/${step}`) as string;
  const printed = table(['', 'step', 'took', 'waited most for']);
  for (const time of times) {
    const { waitedFor, seconds, critical } = time;
    const wait = waitedFor ? `${waitedFor.what} (${clock(waitedFor.seconds * 1000)})` : '';
    printed.push([critical ? '*' : '', titleOf(time), clock(seconds * 1000), wait]);
  }
  for (const line of lines(printed, Number.POSITIVE_INFINITY).split('\n'))
    print(line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
  const chain = times.filter(({ critical }) => critical);
  print(
    `* what the run waited for: ${chain.map((time) => `${titleOf(time)} ${clock(time.seconds * 1000)}`).join(', ')}`,
  );
}
