/**
 * Updates of EKS: a cluster, node group or add-on changes over minutes, under an id that alone tells how it ended. The
 * status may still read ACTIVE just after the call ("eventually consistent", API_UpdateClusterVersion), and reads
 * ACTIVE again after an update that failed. A run follows the updates it asked for itself; of others it waits for the end.
 */
import { DescribeUpdateCommand, EKSClient, type Update } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import type { Resources } from '#lib/run/environment.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import type { StepContext } from '#lib/run/step.ts';
import { issuesAdvice, issuesText } from './health.ts';

/** What changes: the cluster itself where neither is named. */
export interface Updated {
  readonly nodegroupName?: string;
  readonly addonName?: string;
}

/**
 * How far the last update is that this run asked for of it. Once it is through, what was read of it before may be older
 * than its end: read it again. Throws ResourceFailedError where it failed.
 */
export async function updateProgress(
  { environment, resources }: StepContext,
  of: Updated,
): Promise<'none' | 'under way' | 'through'> {
  const updateId = resources.updateIds?.[keyOf(of)];
  if (!updateId) return 'none';
  const answer = await tolerating(['gone'], () =>
    client(EKSClient, environment).send(
      new DescribeUpdateCommand({ name: names(environment).cluster, updateId, ...of }),
    ),
  );
  switch (answer?.update?.status) {
    case undefined:
    case 'Successful':
      return 'through';
    case 'InProgress':
      return 'under way';
    default:
      throw failed(answer?.update, of);
  }
}

function failed({ type, status, errors = [] }: Update = {}, of: Updated): ResourceFailedError {
  const issues = errors.map(({ errorCode, errorMessage, resourceIds }) => ({
    code: errorCode,
    message: errorMessage,
    resourceIds,
  }));
  return new ResourceFailedError(
    `${nameOf(of)}: EKS ended its update (${type}) as ${status}: ${issuesText(issues)}`,
    issuesAdvice(
      issues,
      'look at the update in the EKS console (Update history), then run again: it goes on',
    ),
  );
}

/** The ids known so far with that of one more update. */
export function noted(
  { resources }: Pick<StepContext, 'resources'>,
  of: Updated,
  update: Pick<Update, 'id'> | undefined,
): Resources {
  return update?.id ? { updateIds: { ...resources.updateIds, [keyOf(of)]: update.id } } : {};
}

function keyOf({ nodegroupName, addonName }: Updated): string {
  return nodegroupName ?? addonName ?? 'cluster';
}

function nameOf({ nodegroupName, addonName }: Updated): string {
  if (nodegroupName) return `node group ${nodegroupName}`;
  return addonName ? `EKS add-on ${addonName}` : 'EKS cluster';
}
