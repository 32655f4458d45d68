/**
 * `fleet … --aws`: the fleet machine of the deployed service. This machine starts it and watches; how it goes is read from
 * the registry, which each environment writes its steps and its end into.
 */
import type { FleetDocument } from '#console/api-fleets.ts';
import { executionName } from '#local/account.ts';
import { startExecution } from '#local/aws-client/follow.ts';
import { consoleUrl, openService, type Service } from '#local/aws-client/service.ts';
import { AwsDesk } from '#local/console/aws-desk.ts';
import { FleetBoard } from '#local/fleet-board.ts';
import { liveView } from '#local/live-view.ts';
import { clock } from '#local/progress.ts';
import { type RequestDocument, readRequest } from '#local/request-file.ts';
import { listenForStop } from '#local/stopping.ts';
import { printFleet } from './fleet-status.ts';
import { type AwsOptions, printerOf, writeReport } from './options.ts';

/** As often as the desk reads; nothing of a fleet moves faster. */
const secondsBetweenLooks = 5;

/** Answers the exit code. */
export async function fleetOnAws(
  action: 'provision' | 'deprovision',
  file: string,
  options: AwsOptions,
  pause: (seconds: number) => Promise<void> = sleep,
): Promise<number> {
  const document: RequestDocument & { fleet?: unknown } = readRequest(file);
  const fleet = typeof document.fleet === 'string' ? document.fleet : 'unnamed';
  const service = await openService(options);
  const name = executionName(fleet, 'fleet');
  const { executionArn } = await startExecution(service, 'fleet', name, { ...document, action });
  const print = printerOf(options);
  print(`Started ${executionArn}`);
  print(`Its graph: ${consoleUrl(executionArn, service.region)}`);
  const again = `npm start -- fleet status ${name} --aws --stage ${service.stage}`;
  const stopping = listenForStop();
  stopping.wished.then(({ exitCode }) => {
    print(`\nThe fleet goes on in AWS. See it: ${again}`);
    process.exit(exitCode);
  });
  try {
    const end = await watched(service, name, `Fleet ${fleet} in ${service.region}`, options, pause);
    writeReport(end, options);
    printEnd(print, end, again);
    return end.status === 'SUCCEEDED' ? 0 : 1;
  } finally {
    stopping.release();
  }
}

export async function fleetStatusOnAws(name: string, options: AwsOptions): Promise<number> {
  const service = await openService(options);
  return printFleet(new AwsDesk(service), name, options, `stage ${service.stage} in ${service.region}`);
}

/** A fleet that broke off has its end written down by somebody else, a moment later. */
const mostLooksAfterEnd = 6;

/** Until it has ended and its record says so. */
async function watched(
  service: Service,
  name: string,
  headline: string,
  options: AwsOptions,
  pause: (seconds: number) => Promise<void>,
): Promise<FleetDocument> {
  const board = new FleetBoard(headline);
  const view = liveView(options.json);
  let desk = new AwsDesk(service);
  for (let looksAfterEnd = 0; ; ) {
    const found = await desk.fleet(name);
    // A start shows everywhere some time later, and a desk takes who is unknown once for unknown for good.
    if (!found) desk = new AwsDesk(service);
    if (found) for (const line of board.show(found)) view.tell(line);
    view.draw((screen) => board.render(Date.now(), screen));
    const isOver = found && found.status !== 'RUNNING';
    if (isOver && (!found.counts?.unknown || ++looksAfterEnd > mostLooksAfterEnd)) {
      view.end((screen) => board.render(found.endedAt ?? Date.now(), screen));
      return found;
    }
    await pause(secondsBetweenLooks);
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

function printEnd(print: (line: string) => void, end: FleetDocument, again: string): void {
  const { fleet, status, error, cause, startedAt, endedAt = end.at } = end;
  print('');
  if (cause) print(cause);
  print(`Fleet ${fleet ?? ''} ${error ?? status}: ${clock(endedAt - startedAt)}. See it again: ${again}`);
}
