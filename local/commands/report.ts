/** `report NAME --html FILE`: the last run of an environment as one file to keep. */
import { writeFileSync } from 'node:fs';
import { wordsOf } from '#lib/run/failure-words.ts';
import { openFolder } from '#local/account.ts';
import { embeddedDesk } from '#local/console/embedded-desk.ts';
import { Records } from '#local/console/records.ts';
import { reportHtml } from '#local/console/report.ts';
import { type CommonOptions, printer } from './options.ts';

export interface ReportOptions extends CommonOptions {
  readonly html: string;
  /** Of which run; the newest that is no rollback where it is left out. */
  readonly run?: string;
}

/** Answers the exit code. */
export async function report(name: string, options: ReportOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    const desk = embeddedDesk(account, new Records(options.state));
    const execution = options.run ?? (await desk.environment(name))?.lastRun?.execution;
    const events = execution === undefined ? [] : await desk.run(execution);
    if (execution === undefined || events.length === 0) {
      const what = `no run of environment "${name}" is kept in ${options.state}`;
      throw new Error(wordsOf({ what, todo: 'run it here, or name the folder with --state' }));
    }
    const html = await reportHtml(execution, events);
    writeFileSync(options.html, html);
    const kilobytes = Math.round(Buffer.byteLength(html) / 1000);
    printer(options.json)(`${options.html}: ${execution}, ${kilobytes} KB. Open it in any browser.`);
    return 0;
  } finally {
    account.close();
  }
}
