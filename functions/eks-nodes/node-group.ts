/** The managed node group as it is asked for. */
import { CreateNodegroupCommand, EKSClient, type Nodegroup } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import type { LaunchTemplate } from '#lib/eks/launch-template.ts';
import { besideTag } from '#lib/eks/nodegroups.ts';
import { onceVisible } from '#lib/eks/propagation.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { names } from '#lib/ownership/names.ts';
import { clientToken, tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';

export interface Asked {
  readonly nodegroupName: string;
  readonly desiredSize: number;
  /** The name of the one it is to take over from. */
  readonly beside?: string | undefined;
  readonly template: LaunchTemplate;
}

/** The autoscaler's, unless it lies outside the bounds. */
export function desiredSizeOf({ eks }: EnvironmentPlan, { scalingConfig }: Nodegroup): number {
  const { minSize, maxSize } = eks.nodes;
  return Math.min(maxSize, Math.max(minSize, scalingConfig?.desiredSize ?? minSize));
}

/** True once EKS has accepted it. Disk, metadata and tags come from the launch template. */
export async function createNodegroup(
  context: StepContext,
  { nodegroupName, desiredSize, beside, template }: Asked,
): Promise<boolean> {
  const { environment, resources } = context;
  const { nodes } = environment.eks;
  const accepted = await onceVisible(() =>
    tolerating(['exists'], () =>
      client(EKSClient, environment).send(
        new CreateNodegroupCommand({
          clusterName: names(environment).cluster,
          nodegroupName,
          version: environment.eks.version,
          subnets: subnetIdsOf(environment.subnets, resources, ({ group }) => group === 'eks-private'),
          nodeRole: roleArn(environment, 'nodes'),
          amiType: 'BOTTLEROCKET_x86_64',
          capacityType: 'ON_DEMAND',
          instanceTypes: [...nodes.instanceTypes],
          scalingConfig: { minSize: nodes.minSize, maxSize: nodes.maxSize, desiredSize },
          updateConfig: { maxUnavailable: 1 },
          launchTemplate: { id: template.id, version: template.version },
          clientRequestToken: clientToken(known(resources, 'vpcId'), nodegroupName, environment.execution),
          tags: tagRecord(environment, 'eks/nodes', beside ? { [besideTag]: beside } : {}),
        }),
      ),
    ),
  );
  return accepted !== undefined;
}
