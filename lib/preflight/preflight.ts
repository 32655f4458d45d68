/**
 * Can this request succeed here? Everything is asked before anything is made, and all that stands in the way
 * is reported at once. An environment that exists passes with what it has.
 */

import { together } from '#lib/aws/reads.ts';
import type { Change } from '#lib/change/change.ts';
import { auroraIdentity, documentdbIdentity } from '#lib/data/identities.ts';
import type { Choices } from '#lib/request/plan.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import { tagWarnings } from '#lib/request/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { preflightFailure } from '#lib/run/failures.ts';
import { readAccount } from './account.ts';
import { askAddOns } from './add-ons.ts';
import { askAddresses } from './addresses.ts';
import { askAdministrators } from './administrators.ts';
import { askCache } from './cache.ts';
import { ask, type Context, type Findings, noFindings } from './context.ts';
import { askDatabase, readOffer } from './databases.ts';
import { askFlowLogs } from './flow-logs.ts';
import { askKubernetesVersion } from './kubernetes-version.ts';
import { once } from './lists.ts';
import { askLogGroup } from './log-group.ts';
import { nameQuestions } from './names-taken.ts';
import { askNatAddresses } from './nat-addresses.ts';
import { dataNeeds, kubernetesNeeds, networkNeeds, nodeGroupNeeds } from './needs.ts';
import { askNodeAddresses } from './new-nodes.ts';
import { askNodeTypes } from './node-types.ts';
import { askPublicAccess } from './public-access.ts';
import { askQuotas } from './quotas.ts';
import { askTransitGateway } from './transit-gateway.ts';
import { askZones } from './zones.ts';

/** What only AWS could decide, for {@link import('#lib/request/plan.ts').planEnvironment}. */
export interface Preflight {
  readonly choices: Choices;
  readonly warnings: readonly string[];
}

/** What was found of an environment that exists: the changes a run would refuse are problems like any other. */
interface Standing {
  readonly exists: boolean;
  readonly refusals: readonly Finding[];
  readonly changes: readonly Change[];
}

/** What a run asks although it makes nothing: whatever may be said of an environment as it stands. */
export async function askStanding(context: Context): Promise<Findings> {
  const refusals = noFindings();
  const findings = await together([
    ...standingQuestions.map((question) => ask(refusals, () => question(context))),
  ]);
  return {
    problems: [...refusals.problems, ...findings.flatMap((one) => one?.problems ?? [])],
    warnings: [...new Set(findings.flatMap((one) => one?.warnings ?? []))],
  };
}

const standingQuestions: readonly ((context: Context) => Promise<Findings>)[] = [
  askAddresses,
  askKubernetesVersion,
  async ({ request }) => ({ problems: [], warnings: tagWarnings(request.tags) }),
  askAdministrators,
  askLogGroup,
  askTransitGateway,
  askFlowLogs,
  askPublicAccess,
];

/** Throws PreflightFailedError with every problem. */
export async function preflight(
  target: EnvironmentTarget,
  request: SizedRequest,
  { exists, refusals: refusedChanges, changes }: Standing = { exists: false, refusals: [], changes: [] },
): Promise<Preflight> {
  const context: Context = { target, request, account: readAccount(target, request), changes };
  const refusals = noFindings();
  const put = <T extends Findings>(question: () => Promise<T>) => ask(refusals, question);

  const offers = {
    aurora: once(() => readOffer(auroraIdentity, context)),
    documentdb: once(() => readOffer(documentdbIdentity, context)),
  };
  const zoning = put(() => askZones(context, offers));
  const zones = async () => (await zoning)?.choice?.zones;
  const versioning = put(() => askKubernetesVersion(context));
  const version = async () => {
    const found = await versioning;
    return found && found.problems.length === 0 ? found.version : undefined;
  };
  const [addresses, zoned, versioned, ofAurora, ofDocumentdb, ...others] = await together([
    put(() => askAddresses(context)),
    zoning,
    versioning,
    put(async () => askDatabase(auroraIdentity, context, await offers.aurora(), await zones())),
    put(async () => askDatabase(documentdbIdentity, context, await offers.documentdb(), await zones())),
    put(() => askCache(context)),
    put(async () => ({ problems: [], warnings: tagWarnings(request.tags) })),
    put(async () => askAddOns(context, await version())),
    put(() => askAdministrators(context)),
    put(() => askLogGroup(context)),
    put(async () => askNodeTypes(context, await zones())),
    put(() => askNodeAddresses(context)),
    put(() => askNatAddresses(context)),
    put(() => askTransitGateway(context)),
    put(() => askFlowLogs(context)),
    put(() => askPublicAccess(context)),
    put(async () => askQuotas(context, await networkNeeds(context, await zones()))),
    put(async () => askQuotas(context, await kubernetesNeeds(context))),
    put(async () => askQuotas(context, await nodeGroupNeeds(context))),
    put(async () => askQuotas(context, await dataNeeds(context))),
    ...nameQuestions.map((question) => put(() => question(context))),
  ]);

  const findings = [addresses, zoned, versioned, ofAurora, ofDocumentdb, ...others, refusals];
  const problems = [...refusedChanges, ...findings.flatMap((finding) => finding?.problems ?? [])];
  if (problems.length > 0) throw preflightFailure(target, problems, exists);
  const { choice } = zoned ?? {};
  if (!choice || !versioned || !ofAurora?.choice || !ofDocumentdb?.choice)
    throw new Error('preflight found no problem and made no choice');
  return {
    choices: {
      ...choice,
      kubernetesVersion: versioned.version,
      aurora: ofAurora.choice,
      documentdb: ofDocumentdb.choice,
    },
    warnings: [...new Set(findings.flatMap((finding) => finding?.warnings ?? []))],
  };
}
