/** Insights: what EKS has found that speaks against an upgrade. */
import { z } from 'zod';
import { type Operation, read } from '#embedded/model.ts';
import { type Insight, page, requireCluster, resourceNotFound } from './state.ts';

function summary(now: number, { id, name, kubernetesVersion, status, reason }: Insight): object {
  return {
    id,
    name,
    category: 'UPGRADE_READINESS',
    kubernetesVersion,
    lastRefreshTime: new Date(now),
    lastTransitionTime: new Date(now),
    description: `Checks for ${name}.`,
    insightStatus: { status, reason },
  };
}

export const insightOperations: Record<string, Operation> = {
  ListInsights: read(
    {
      clusterName: z.string(),
      filter: z
        .strictObject({
          categories: z.array(z.enum(['UPGRADE_READINESS', 'MISCONFIGURATION'])).optional(),
          kubernetesVersions: z.array(z.string()).optional(),
          statuses: z.array(z.enum(['PASSING', 'WARNING', 'ERROR', 'UNKNOWN'])).optional(),
        })
        .optional(),
      maxResults: z.number().int().optional(),
      nextToken: z.string().optional(),
    },
    (input, call) => {
      const { categories, kubernetesVersions, statuses } = input.filter ?? {};
      const found = (requireCluster(call, input.clusterName).insights ?? []).filter(
        (one) =>
          (categories?.includes('UPGRADE_READINESS') ?? true) &&
          (kubernetesVersions?.includes(one.kubernetesVersion) ?? true) &&
          (statuses?.includes(one.status) ?? true),
      );
      const { items, next } = page(found, input);
      return { insights: items.map((one) => summary(call.now, one)), nextToken: next };
    },
  ),
  DescribeInsight: read({ clusterName: z.string(), id: z.string() }, (input, call) => {
    const found = requireCluster(call, input.clusterName).insights?.find(({ id }) => id === input.id);
    if (!found) throw resourceNotFound(`No insight found for ID: ${input.id}`);
    return { insight: { ...summary(call.now, found), recommendation: found.recommendation } };
  }),
};
