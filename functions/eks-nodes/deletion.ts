/** Asking EKS to delete a node group, and what became of one that it could not delete. */
import { DeleteNodegroupCommand, EKSClient, type Nodegroup } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { issuesAdvice, issuesText } from '#lib/eks/health.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';

/** While it is being created or updated EKS refuses: then it is tried at the next look. */
export async function requestDeletion(
  target: EnvironmentTarget,
  { clusterName, nodegroupName, status }: Nodegroup,
): Promise<void> {
  await tolerating(['gone', 'pending'], () =>
    client(EKSClient, target).send(new DeleteNodegroupCommand({ clusterName, nodegroupName })),
  );
  log.info('node group deletion requested', { nodegroup: nodegroupName, status });
}

/** After the second try: what keeps it from going is a person's to settle. */
export function notDeleted({ nodegroupName, health }: Nodegroup): ResourceFailedError {
  const otherwise = 'settle what keeps it in the EKS console, or delete it there, then run again';
  return new ResourceFailedError(
    `EKS could not delete the node group ${nodegroupName}: ${issuesText(health?.issues)}`,
    issuesAdvice(health?.issues, otherwise),
  );
}
