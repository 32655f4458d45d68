/** `fleet provision FILE`, `fleet deprovision FILE`: many environments on the embedded AWS, in waves. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { limitOf, limits, setLimit } from '#embedded/limits.ts';
import { readFleetRecord } from '#lib/fleet/record.ts';
import { parseFleet } from '#lib/fleet/request.ts';
import { type Account, executionName, workInFolder } from '#local/account.ts';
import { ConsoleBeside } from '#local/console/beside.ts';
import { openInBrowser } from '#local/console/watch.ts';
import { FleetBoard } from '#local/fleet-board.ts';
import { liveView } from '#local/live-view.ts';
import { afterFleet, ownCommand, printNextSteps } from '#local/next-steps.ts';
import { clock } from '#local/progress.ts';
import { isMutating } from '#local/report.ts';
import { type RequestDocument, readRequest } from '#local/request-file.ts';
import { type Simulated, simulateFleet } from '#local/simulate.ts';
import { listenForStop } from '#local/stopping.ts';
import { type CommonOptions, consolePort, printer } from './options.ts';

export interface FleetCommandOptions extends CommonOptions {
  readonly speed: number;
  /** The embedded account gets the quotas so many environments need. */
  readonly grantQuotas: boolean;
  /** Opens the console in a browser, and serves it until it is told to stop. */
  readonly open?: boolean;
  /** False: no console. */
  readonly console?: boolean;
}

/** Simulated seconds an embedded call takes: a round trip to a regional API. */
const latencySeconds = 0.2;

/** Answers the exit code. */
export async function fleetCommand(
  action: 'provision' | 'deprovision',
  file: string,
  options: FleetCommandOptions,
): Promise<number> {
  const document: RequestDocument & { action?: unknown; fleet?: unknown; list?: unknown } = readRequest(file);
  const input = { ...document, action };
  const readList = listBeside(file);
  const account = workInFolder(options.state, options.seed, { latencySeconds });
  try {
    if (options.grantQuotas) grant(account, input, readList);
    const fleet = typeof document.fleet === 'string' ? document.fleet : 'unnamed';
    const name = executionName(fleet, 'fleet');
    const headline = `Fleet ${fleet} on the embedded AWS`;
    const beside = await watched(account, name, headline, options);
    try {
      const simulated = await run(account, { name, input, headline, readList, beside }, options);
      const code = await report(account, simulated, options);
      const words = ['fleet', action, file, ...(options.grantQuotas ? ['--grant-quotas'] : [])];
      printNextSteps(printer(options.json), afterFleet(words, code === 0, ownCommand(options)));
      if (options.open && beside.url) {
        printer(options.json)(`The console stays at ${beside.url}. Ctrl-C ends it.`);
        await beside.stay();
      }
      await beside.farewell();
      return code;
    } finally {
      beside.close();
    }
  } finally {
    account.close();
  }
}

/** What lies in the stack's bucket on AWS lies beside the fleet's file here. */
function listBeside(file: string): (key: string) => string | undefined {
  return (key) => {
    try {
      return readFileSync(join(file === '-' ? '.' : dirname(file), key), 'utf8');
    } catch {
      return undefined;
    }
  };
}

/** As AWS would have granted them before: everything times the number of environments. */
function grant(account: Account, input: object, readList: (key: string) => string | undefined): void {
  const { list } = input as { list?: unknown };
  const text = typeof list === 'string' ? readList(list) : undefined;
  const { members } = parseFleet(input, text === undefined ? undefined : JSON.parse(text));
  const regions = new Set(members.map(({ request, removal }) => (request ?? removal)?.region as string));
  for (const region of regions)
    account.aws.inspect(region, (call) => {
      for (const { quotaCode } of limits) {
        const enough = Math.max(limitOf(call, quotaCode), 100) * members.length;
        setLimit(call, quotaCode, Math.min(enough, 100_000));
      }
    });
}

/** What happens is kept; a console shows it, unless nobody is there to look. */
async function watched(
  account: Account,
  name: string,
  headline: string,
  { state: folder, speed, json, open, console }: FleetCommandOptions,
): Promise<ConsoleBeside> {
  const isShown = console !== false && (!json || open);
  const beside = await ConsoleBeside.open(account, {
    folder,
    where: `the embedded AWS in ${folder}`,
    speed,
    again: ownCommand({ state: folder })('watch'),
    page: `fleet/${name}`,
    goesOn: false,
    ...(isShown ? { port: consolePort } : {}),
  });
  if (beside.url) printer(json)(`${headline}: watch it at ${beside.url}`);
  if (beside.url && open) openInBrowser(beside.url);
  return beside;
}

interface FleetRun {
  readonly name: string;
  readonly input: object;
  readonly headline: string;
  readonly readList: (key: string) => string | undefined;
  readonly beside: ConsoleBeside;
}

async function run(
  account: Account,
  { name, input, headline, readList, beside }: FleetRun,
  { speed, seed, json }: FleetCommandOptions,
): Promise<Simulated> {
  const board = new FleetBoard(headline);
  const view = liveView(json);
  const stopping = listenForStop();
  const stopped = stopping.wished.then(({ signal }) => `stopped on this machine (${signal})`);
  try {
    const simulated = await simulateFleet(account, {
      name,
      input,
      speed,
      seed,
      stopped,
      readList,
      onBegin: (handle) => beside.begin(handle),
      onEvent: (event, now) => {
        beside.take(event, now);
        view.tell(board.take(event, now));
      },
      onFleetEvent: (event, now) => view.tell(board.takeFleet(event, now)),
      onTick: (now) => view.draw((screen) => board.render(now, screen)),
    });
    view.end((screen) => board.render(simulated.startedAt + simulated.seconds * 1000, screen));
    return simulated;
  } finally {
    stopping.release();
  }
}

async function report(
  account: Account,
  { execution, result, seconds, transitions }: Simulated,
  { json }: FleetCommandOptions,
): Promise<number> {
  const record = await readFleetRecord(execution);
  const requests = account.requests();
  const calls = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const { status, error, cause } = result;
  const document = {
    fleet: record?.fleet,
    execution,
    status,
    ...(error ? { error: { name: error, cause } } : {}),
    simulatedSeconds: seconds,
    transitions,
    environments: Object.fromEntries(
      (record?.environments ?? []).map((name) => [name, record?.ends[name] ?? null]),
    ),
    requests,
  };
  if (json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  const print = printer(json);
  const mutating = Object.entries(requests).reduce(
    (sum, [name, count]) => sum + (isMutating(name) ? count : 0),
    0,
  );
  print('');
  if (cause) print(cause);
  print(
    `Fleet ${record?.fleet ?? ''} ${status}: ${clock(seconds * 1000)} simulated, ${calls} AWS calls, of which ${mutating} change something, ${transitions} state transitions.`,
  );
  return status === 'SUCCEEDED' ? 0 : 1;
}
