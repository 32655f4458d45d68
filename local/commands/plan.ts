/**
 * `plan FILE`: what a run of this request would make, or change of what exists; where, how long it takes and what it
 * costs idle. Changes nothing.
 */
import type { Change } from '#lib/change/change.ts';
import { type Changes, changesOf, nothingStands } from '#lib/change/changes.ts';
import { secondsByStep } from '#lib/change/duration.ts';
import { refuseElsewhere } from '#lib/change/elsewhere.ts';
import { blockOf } from '#lib/preflight/block.ts';
import { preflight } from '#lib/preflight/preflight.ts';
import { callerIn } from '#lib/preflight/region.ts';
import { planEnvironment } from '#lib/request/plan.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { runSeconds } from '#lib/run/estimate.ts';
import { PreflightFailedError } from '#lib/run/failures.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { judge } from '#lib/verify/rules/index.ts';
import { openFolder } from '#local/account.ts';
import { idlePrices } from '#local/costs.ts';
import { idleOf, machinesCostOf, type Planned, plannedCounts, printPlanned } from '#local/planned.ts';
import { readRequest } from '#local/request-file.ts';
import type { CommonOptions } from './options.ts';

/** As others of this field have it (`terraform plan -detailed-exitcode`). */
const exitCodes = { nothing: 0, refused: 1, changes: 2 } as const;

/** Answers the exit code. Asks what accept would ask: the same schema, the same comparison, the same preflight. */
export async function plan(file: string, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    const planned = await plannedOf(readRequest(file));
    if (options.json) process.stdout.write(`${JSON.stringify(documentOf(planned), null, 2)}\n`);
    else printPlanned(planned, exitCodeOf(planned) === exitCodes.nothing);
    return exitCodeOf(planned);
  } finally {
    account.close();
  }
}

/** What `--json` prints. */
export async function planDocument(input: unknown): Promise<object> {
  return documentOf(await plannedOf(input));
}

async function plannedOf(input: unknown): Promise<Planned> {
  const asked = parseRequest(input);
  const { environment: name, region, roleArn } = asked;
  const item = await readEnvironment(name);
  refuseElsewhere(item, name, 'region', region);
  const where = { region, ...(roleArn ? { roleArn } : {}), execution: 'plan' };
  const caller = await callerIn(where);
  refuseElsewhere(item, name, 'account', caller.account);
  const target = { ...where, name, ...caller };
  let standing: Changes = nothingStands;
  try {
    const request = sized(asked, await blockOf(target, asked, item, { reserve: false }));
    standing = await changesOf(target, request, item);
    const { choices, warnings } = await preflight(target, request, standing);
    const environment = planEnvironment(target, request, choices);
    const { seen, changes } = standing;
    const broken = seen && changes.length === 0 ? judge(environment, seen).filter(({ holds }) => !holds) : [];
    const stepSeconds = secondsByStep(standing, item?.steps);
    return { standing, environment, warnings: [...standing.warnings, ...warnings], broken, stepSeconds };
  } catch (error) {
    if (!(error instanceof PreflightFailedError)) throw error;
    const nothing = { broken: [], stepSeconds: secondsByStep(standing) };
    return { standing, warnings: standing.warnings, refusal: error.message, ...nothing };
  }
}

function exitCodeOf({ standing, refusal, broken }: Planned): number {
  if (refusal !== undefined) return exitCodes.refused;
  const isSettled = standing.exists && standing.changes.length === 0 && broken.length === 0;
  return isSettled ? exitCodes.nothing : exitCodes.changes;
}

function documentOf({ standing, environment, warnings, refusal, broken, stepSeconds }: Planned): object {
  const { exists, changes } = standing;
  const { execution: _, rollbackName: __, ...rest } = environment ?? {};
  return {
    exists,
    changes: changes as readonly Change[],
    broken,
    ...(refusal === undefined ? {} : { refusal }),
    warnings,
    ...(environment
      ? {
          plan: rest,
          resources: plannedCounts(environment),
          expectedSeconds: runSeconds('ensure', stepSeconds),
          idlePrices,
          idle: idleOf(standing, environment),
          machines: machinesCostOf(standing, environment),
        }
      : {}),
  };
}
