/** `watch [NAME] --aws`: the console for a deployed stage, on loopback, with the caller's own credentials. */
import { wordsOf } from '#lib/run/failure-words.ts';
import { openService } from '#local/aws-client/service.ts';
import { AwsDesk } from '#local/console/aws-desk.ts';
import { ConsoleServer } from '#local/console/server.ts';
import { openInBrowser, stayed } from '#local/console/watch.ts';
import { type AwsOptions, printerOf } from './options.ts';

export interface WatchOptions extends AwsOptions {
  readonly port: number;
  readonly open: boolean;
}

/** Answers the exit code, once it was told to stop. */
export async function watch(name: string | undefined, options: WatchOptions): Promise<number> {
  if (!options.aws) {
    const what = 'watch looks at a deployed service';
    throw new Error(wordsOf({ what, todo: 'add --aws; the embedded AWS has its console in npm run serve' }));
  }
  const service = await openService(options);
  const where = `stage ${service.stage} in ${service.region}`;
  const desk = new AwsDesk(service);
  const session = () => ({ where, speed: 1, starts: false, controls: false });
  const server = await ConsoleServer.start({ hub: desk.hub, desk, session, port: options.port });
  const url = `${server.url}/${name ? `environment/${encodeURIComponent(name)}` : ''}`;
  printerOf(options)(`Watch ${where} at ${url} (it reads, and changes nothing). Ctrl-C ends it.`);
  if (options.open) openInBrowser(url);
  await stayed(server);
  server.close();
  return 0;
}
