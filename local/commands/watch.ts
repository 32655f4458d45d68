/**
 * `watch [NAME]`: the console of the embedded account, or (`--aws`, with the caller's own credentials) of a deployed
 * stage, on loopback. It reads, and changes nothing.
 */
import type { Session } from '#console/api.ts';
import { openFolder } from '#local/account.ts';
import { openService } from '#local/aws-client/service.ts';
import { AwsDesk } from '#local/console/aws-desk.ts';
import type { Desk } from '#local/console/desk.ts';
import { FolderDesk } from '#local/console/folder-desk.ts';
import type { Hub } from '#local/console/hub.ts';
import { ConsoleServer } from '#local/console/server.ts';
import { openInBrowser, stayed } from '#local/console/watch.ts';
import { ownCommand, ownCommandOnAws } from '#local/next-steps.ts';
import { type AwsOptions, type CommonOptions, printerOf } from './options.ts';

export interface WatchOptions extends AwsOptions, CommonOptions {
  readonly port: number;
  readonly open: boolean;
}

/** Answers the exit code, once it was told to stop. */
export async function watch(name: string | undefined, options: WatchOptions): Promise<number> {
  return options.aws ? watchOnAws(name, options) : watchFolder(name, options);
}

async function watchOnAws(name: string | undefined, options: WatchOptions): Promise<number> {
  const service = await openService(options);
  const where = `stage ${service.stage} in ${service.region}`;
  const again = ownCommandOnAws(service.stage)('watch', ...(name ? [name] : []));
  await serve(name, new AwsDesk(service), { where, speed: 1, isRealTime: true, again }, options);
  return 0;
}

async function watchFolder(name: string | undefined, options: WatchOptions): Promise<number> {
  const { state: folder, seed } = options;
  const desk = new FolderDesk(openFolder(folder, seed), folder);
  const where = `the embedded AWS in ${folder}`;
  try {
    const again = ownCommand({ state: folder })('watch', ...(name ? [name] : []));
    await serve(name, desk, { where, speed: null, again }, options);
  } finally {
    desk.close();
  }
  return 0;
}

async function serve(
  name: string | undefined,
  desk: Desk & { readonly hub: Hub },
  shown: Omit<Session, 'starts' | 'controls'>,
  options: WatchOptions,
): Promise<void> {
  const session = () => ({ ...shown, starts: false, controls: false });
  const server = await ConsoleServer.startSomewhere({ hub: desk.hub, desk, session, port: options.port });
  const url = `${server.url}/${name ? `environment/${encodeURIComponent(name)}` : ''}`;
  printerOf(options)(`Watch ${shown.where} at ${url} (it reads, and changes nothing). Ctrl-C ends it.`);
  if (options.open) openInBrowser(url);
  await stayed(server);
  await server.farewell();
  server.close();
}
