/** The managed node group: found, asked for, and all of a cluster listed. */
import {
  CreateNodegroupCommand,
  DescribeNodegroupCommand,
  EKSClient,
  type Nodegroup,
  paginateListNodegroups,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { onceVisible } from '#lib/eks/propagation.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { names } from '#lib/ownership/names.ts';
import { clientToken, tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';
import type { LaunchTemplate } from './launch-template.ts';

export async function findNodegroup(
  target: EnvironmentTarget,
  nodegroupName: string,
): Promise<Nodegroup | undefined> {
  const answer = await tolerating(['gone'], () =>
    client(EKSClient, target).send(
      new DescribeNodegroupCommand({ clusterName: names(target).cluster, nodegroupName }),
    ),
  );
  return answer?.nodegroup;
}

/** Every node group of the cluster, whoever made it. */
export async function allNodegroups(target: EnvironmentTarget): Promise<Nodegroup[]> {
  const paging = { client: client(EKSClient, target) };
  const found = await allPages(
    paginateListNodegroups(paging, { clusterName: names(target).cluster }),
    (page) => page.nodegroups,
  );
  const nodegroups = await forEach(found, 3, (name) => findNodegroup(target, name));
  return nodegroups.filter((nodegroup) => nodegroup !== undefined);
}

/** True once EKS has accepted it. Disk, metadata and tags come from the launch template. */
export async function createNodegroup(context: StepContext, template: LaunchTemplate): Promise<boolean> {
  const { environment, resources } = context;
  const { nodes } = environment.eks;
  const { cluster, nodegroup } = names(environment);
  const accepted = await onceVisible(() =>
    tolerating(['exists'], () =>
      client(EKSClient, environment).send(
        new CreateNodegroupCommand({
          clusterName: cluster,
          nodegroupName: nodegroup,
          subnets: subnetIdsOf(environment.subnets, resources, ({ group }) => group === 'eks-private'),
          nodeRole: roleArn(environment, 'nodes'),
          amiType: 'BOTTLEROCKET_x86_64',
          capacityType: 'ON_DEMAND',
          instanceTypes: [...nodes.instanceTypes],
          scalingConfig: { minSize: nodes.minSize, maxSize: nodes.maxSize, desiredSize: nodes.minSize },
          updateConfig: { maxUnavailable: 1 },
          launchTemplate: { id: template.id, version: template.version },
          clientRequestToken: clientToken(known(resources, 'vpcId'), nodegroup, environment.execution),
          tags: tagRecord(environment, 'eks/nodes'),
        }),
      ),
    ),
  );
  return accepted !== undefined;
}
