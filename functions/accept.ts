/**
 * The first Task of the provision machine: reads the request, asks AWS whether it can succeed, takes the
 * environment's lock, and answers the accepted plan. A request that is refused here has made nothing.
 */

import { remembering } from '#lib/aws/memory.ts';
import { bounded, type ChangeList, inPlace } from '#lib/change/change.ts';
import { type Changes, changesOf } from '#lib/change/changes.ts';
import { secondsByStep } from '#lib/change/duration.ts';
import { refuseElsewhere } from '#lib/change/elsewhere.ts';
import { blockOf } from '#lib/preflight/block.ts';
import { preflight } from '#lib/preflight/preflight.ts';
import { callerIn } from '#lib/preflight/region.ts';
import { asItStands } from '#lib/preflight/standing.ts';
import { planEnvironment } from '#lib/request/plan.ts';
import { type EnvironmentRequest, parseRequest } from '#lib/request/request.ts';
import { type SizedRequest, sized } from '#lib/request/sized.ts';
import { reserveBlock } from '#lib/run/block-reservation.ts';
import { bounds, firstLines } from '#lib/run/bounds.ts';
import type { EnvironmentPlan, EnvironmentTarget, StepAnswer } from '#lib/run/environment.ts';
import type { StepSeconds } from '#lib/run/estimate.ts';
import { asMachineError, InvalidRequestError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import {
  assertFree,
  type Execution,
  lockEnvironment,
  type RegistryItem,
  readEnvironment,
} from '#lib/run/registry.ts';
import { earlierRunOf, withRun } from '#lib/run/runs.ts';
import { type Attestation, boundedAttestation } from '#lib/verify/attestation.ts';

/** An item of the registry holds 400 KB, and a state 256: of runs that failed with ever other tags, the last ones. */
const mostTagKeys = 200;

export interface AcceptEvent {
  readonly request: unknown;
  readonly execution: Execution;
}

export interface Accepted {
  readonly environment: EnvironmentPlan;
  readonly step: StepAnswer;
  readonly warnings: readonly string[];
  /** What this run does to an environment that exists. */
  readonly changes: ChangeList;
  /** What each step of it is expected to take. */
  readonly stepSeconds: StepSeconds;
  /** Everything stands as this request had it made: the run has nothing to do, and this is its attestation. */
  readonly isAttested: boolean;
  readonly verification?: Attestation;
}

export async function accept({ request: input, execution }: AcceptEvent): Promise<Accepted> {
  const asked = parseRequest(input);
  try {
    return await remembering(() => acceptSound(input, asked, execution));
  } catch (error) {
    throw asMachineError('accept', error);
  }
}

async function acceptSound(
  input: unknown,
  asked: EnvironmentRequest,
  execution: Execution,
): Promise<Accepted> {
  refuseUntaggableName(execution);
  // A second run is refused at once (W6): before preflight, which would judge a half-made environment.
  const { environment: name, region, roleArn } = asked;
  const item = await readEnvironment(name);
  await assertFree(item, execution);
  refuseElsewhere(item, name, 'region', region);
  refuseUsedName(item, execution);
  const where = { region, ...(roleArn ? { roleArn } : {}), execution: execution.name };
  const { account, partition } = await callerIn(where);
  refuseElsewhere(item, name, 'account', account);
  const target: EnvironmentTarget = { ...where, name, account, partition };
  const request = sized(asked, await blockOf(target, asked, item, { reserve: true }));
  const standing = await changesOf(target, request, item);
  const whole = await asItStands(target, input, request, item, standing);
  const { environment, warnings: found } = whole ?? (await planned(target, request, standing));
  const warnings = firstLines([...standing.warnings, ...found], bounds.warnings, 'more warnings');
  refuseLargePlan(environment);
  const stepSeconds = secondsByStep(standing, item?.steps);
  await reserveBlock(target, environment.vpcCidr);
  const taken: Parameters<typeof lockEnvironment>[2] = {
    region: target.region,
    account: target.account,
    roleArn: target.roleArn,
    status: 'PROVISIONING',
    onFailure: environment.onFailure,
    vpcCidr: environment.vpcCidr,
    empty: undefined,
    request: input,
    changing: inPlace(bounded(standing.changes).changes),
    stepSeconds,
    tagKeys: [...new Set([...Object.keys(request.tags), ...standing.formerTags])].slice(0, mostTagKeys),
    ...withRun(item, execution),
    // What the steps said last is true still.
    ...(whole && item ? { steps: item.steps } : {}),
  };
  await lockEnvironment(target.name, execution, taken, { item });

  for (const warning of warnings) log.warn('preflight warning', { environment: target.name, warning });
  log.info('request accepted', {
    environment: target.name,
    region: target.region,
    vpcCidr: environment.vpcCidr,
  });
  return {
    environment,
    step: accepted(environment),
    warnings,
    changes: bounded(standing.changes),
    stepSeconds,
    isAttested: whole !== undefined,
    ...(whole ? { verification: boundedAttestation(environment, whole.attestation) } : {}),
  };
}

async function planned(
  target: EnvironmentTarget,
  request: SizedRequest,
  standing: Changes,
): Promise<Pick<Accepted, 'environment' | 'warnings'>> {
  const { choices, warnings } = await preflight(target, request, standing);
  return { environment: { ...planEnvironment(target, request, choices), ...standing.retag }, warnings };
}

/** The name becomes a tag of everything the run makes; IAM and RDS would refuse it with the network made already. */
function refuseUntaggableName({ name }: Execution): void {
  if (/^[\p{L}\p{N}_.=+\-@]+$/u.test(name)) return;
  throw new InvalidRequestError(
    `execution name ${JSON.stringify(name)}: tags may hold letters, digits and _ . = + - @ only (W4). Nothing was made`,
    'start this one under another name',
  );
}

/**
 * Step Functions gives a name out again after 90 days. It is the tag on what the earlier run made: a rollback of
 * this run would take all of that back.
 */
function refuseUsedName(item: RegistryItem | undefined, execution: Execution): void {
  const earlier = earlierRunOf(item, execution);
  if (earlier === undefined) return;
  throw new InvalidRequestError(
    `execution name ${JSON.stringify(execution.name)}: ${earlier} had it, and it stands on what that run made (W4). Nothing was made`,
    'start this one under another name',
  );
}

/** Step Functions would end the run on the way, beyond the reach of any Catch. */
function refuseLargePlan(plan: EnvironmentPlan): void {
  const bytes = Buffer.byteLength(JSON.stringify(plan));
  if (bytes <= bounds.planBytes) return;
  throw new InvalidRequestError(
    `request: its plan has ${bytes} bytes, and a run carries ${bounds.planBytes} at most. Nothing was made`,
    'list fewer tags, administrators or rules, or shorter ones',
  );
}

function accepted({ name, region, vpcCidr, subnets, zones }: EnvironmentPlan): StepAnswer {
  return {
    step: 'accept',
    status: 'ready',
    requested: true,
    retryAfterSeconds: 0,
    since: new Date().toISOString(),
    detail: `${name} in ${region}: ${subnets.length} subnets of ${vpcCidr} in ${zones.map((zone) => zone.name).join(', ')}`,
    resources: {},
  };
}

export const handler = lambdaHandler('accept', accept);
