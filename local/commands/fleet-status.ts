/** `fleet status NAME`: how a fleet goes, or how it ended, environment by environment. */
import type { FleetDocument, FleetMember } from '#console/api-fleets.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { openFolder } from '#local/account.ts';
import type { Desk } from '#local/console/desk.ts';
import { embeddedDesk } from '#local/console/embedded-desk.ts';
import { Records } from '#local/console/records.ts';
import { lines, table } from '#local/table.ts';
import { type CommonOptions, printer } from './options.ts';

export async function fleetStatus(name: string, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    return await printFleet(embeddedDesk(account, new Records(options.state)), name, options, options.state);
  } finally {
    account.close();
  }
}

/** `name`: of its execution, or the fleet's own, of which the newest execution is meant. Answers the exit code. */
export async function printFleet(
  desk: Pick<Desk, 'fleet' | 'fleets'>,
  name: string,
  { json }: { readonly json: boolean },
  where: string,
): Promise<number> {
  const rows = await desk.fleets();
  const execution = rows.find(({ fleet }) => fleet === name)?.execution ?? name;
  const found = await desk.fleet(execution);
  if (!found) {
    const known = [...new Set(rows.flatMap(({ fleet }) => fleet ?? []))];
    const todo =
      known.length > 0 ? `name one of ${known.join(', ')}` : 'start one: npm start -- fleet provision';
    process.stderr.write(`${wordsOf({ what: `No fleet ${name} is known to ${where}`, todo })}\n`);
    return 1;
  }
  if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else print(found, printer(false));
  return 0;
}

function print(found: FleetDocument, line: (text: string) => void): void {
  const { execution, fleet = '', action, status, startedAt, endedAt, predictedEnd, cause } = found;
  const iso = (at: number) => new Date(at).toISOString();
  const end = endedAt ?? predictedEnd;
  const until = end === undefined ? '' : endedAt ? `, ended ${iso(end)}` : `, predicted to end ${iso(end)}`;
  line(`${fleet || execution}  ${action ?? ''}  ${status}  execution ${execution}`);
  line(`  since ${iso(startedAt)}${until}`);
  if (cause) line(`  ${cause.split('\n')[0]}`);
  const members = table(['environment', 'wave', 'is', 'since', 'what']);
  for (const [wave, of] of found.waves.entries())
    for (const member of of) members.push([member.environment, String(wave + 1), ...doingOf(member)]);
  if (found.waves.length > 0) line(lines(members));
}

function doingOf({ place, since, endedAt, doing, queue, cause = '' }: FleetMember): string[] {
  const at = endedAt ?? since;
  const turn = queue ? `place ${queue.place} at the rate of ${queue.operation}, from ${queue.from} UTC` : '';
  const what = [doing, turn, cause.split('\n')[0]].filter(Boolean).join('; ');
  return [place.replaceAll('-', ' '), at === undefined ? '' : new Date(at).toISOString(), what];
}
