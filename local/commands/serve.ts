/** `serve`: the webhook over HTTP on this machine, in front of the embedded AWS. */
import { Progress } from '#local/progress.ts';
import type { RunEvent } from '#local/runner.ts';
import { LocalService } from '#local/serve.ts';
import { listenForStop } from '#local/stopping.ts';
import { type CommonOptions, printer } from './options.ts';

export interface ServeCommandOptions extends CommonOptions {
  readonly port: number;
  readonly speed: number;
}

/** Answers the exit code, once it was told to stop (SIGINT, SIGTERM). */
export async function serve(options: ServeCommandOptions): Promise<number> {
  const print = printer(options.json);
  const { port, state: folder, speed, seed } = options;
  const service = await LocalService.start({
    port,
    folder,
    speed,
    seed,
    onRequest: print,
    onEvent: progressPrinter(print),
    onEnd: (execution, { status, cause }) => print(`${execution}  ${status}${cause ? `: ${cause}` : ''}`),
  });
  print(`Listening on ${service.url}; the embedded account is in ${folder}. Ctrl-C stops.`);
  print(`Console: ${service.url}/`);
  print(`Sign a request: npm run --silent sign -- GET /environments --state ${folder}`);
  const stopping = listenForStop();
  const stopped = stopping.wished.then(async () => {
    for (const name of await service.stop())
      print(`${name}  ABORTED: the next start settles it, as its request says.`);
  });
  await service.ended;
  if (stopping.wish()) await stopped;
  stopping.release();
  return 0;
}

/** One line for every change of a step. */
function progressPrinter(print: (line: string) => void) {
  const boards = new Map<string, Progress>();
  return (event: RunEvent, now: number) => {
    const board = boards.get(event.execution) ?? new Progress(event.execution, event.machine);
    boards.set(event.execution, board);
    const line = board.take(event, now);
    if (line) print(`${event.execution}  ${line}`);
  };
}
