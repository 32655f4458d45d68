/** `npm run bench`: what the README and docs/performance.md quote. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';

process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';

const program = new Command('bench').description('The figures the README and docs/performance.md quote');

program
  .command('runs', { isDefault: true })
  .description('One environment at a time, over some seeds')
  .action(async () => (await import('./figures.ts')).printFigures());

program
  .command('readme')
  .description("README's table, written anew as it is counted")
  .action(async () => {
    const { withFigures } = await import('./figures.ts');
    const file = new URL('../README.md', import.meta.url);
    writeFileSync(file, await withFigures(readFileSync(file, 'utf8')));
  });

program
  .command('calls')
  .description(
    'Where the calls of a first run, a second one and a removal go, and how many looks each step takes',
  )
  .argument('[request]', 'one of examples/', 'dev')
  .option('--seed <seed>', 'another course of things', wholeNumber, 1)
  .option('--timeline', 'when each look was, and what it answered')
  .action(async (request: string, options: { readonly seed: number; readonly timeline?: true }) =>
    (await import('./calls.ts')).printCalls({ ...options, request }),
  );

program
  .command('fleet')
  .description('Many environments at once, on one account and region of the embedded AWS')
  .argument('<environments>', 'how many', wholeNumber)
  .option('--failing <count>', 'so many of them fail late, and roll back', wholeNumber, 0)
  .option('--stranger <share>', 'somebody else uses this share of each of the rates of AWS', share, 0)
  .option('--seed <seed>', 'another course of things', wholeNumber, 1)
  .option('--json', 'figures only')
  .action(async (environments: number, options: FleetOptions) => {
    const { benchFleet, printFleet } = await import('./fleet.ts');
    const figures = await benchFleet({ ...options, environments });
    if (options.json) console.log(JSON.stringify(figures, undefined, 2));
    else printFleet(figures);
  });

interface FleetOptions {
  readonly failing: number;
  readonly stranger: number;
  readonly seed: number;
  readonly json?: true;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value < 1)) throw new InvalidArgumentError('It is a number from 0 to below 1.');
  return value;
}

await program.parseAsync();
