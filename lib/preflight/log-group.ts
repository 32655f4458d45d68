/**
 * Will EKS write its logs into somebody else's log group? It is used as it is: its retention is not ours to change,
 * and what stands in it not ours to delete.
 */
import { findLogGroup } from '#lib/eks/log-group.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askLogGroup({ target }: Context): Promise<Findings> {
  const findings = noFindings();
  const found = await findLogGroup(target);
  if (found && !isOwned(found.tags, target))
    findings.warnings.push(
      `log group ${found.logGroupName} exists already and is not this environment's: EKS writes the control plane logs into it, it keeps ${found.retentionInDays ? `its retention of ${found.retentionInDays} days` : 'everything for ever'}, and no removal deletes it. To have one with 90 days of retention, delete it before the run`,
    );
  return findings;
}
