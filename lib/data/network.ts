/** Where a data service is put: ids that the steps ahead have found. */

import { canonicalCode, isAwsError } from '#lib/aws/errors.ts';
import type { EnvironmentPlan, SubnetGroup } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';

export interface ServiceNetwork {
  readonly vpcId: string;
  readonly securityGroupId: string;
  /** In the letter order of the plan's zones. */
  readonly subnetIds: readonly string[];
}

export function networkOf(context: StepContext<EnvironmentPlan>, group: SubnetGroup): ServiceNetwork {
  const { vpcId, defaultSecurityGroupId, subnetIds } = context.resources;
  const ids = context.environment.subnets
    .filter((subnet) => subnet.group === group)
    .map((subnet) => subnetIds?.[subnet.component]);
  if (!vpcId || !defaultSecurityGroupId || ids.length === 0 || ids.includes(undefined)) {
    throw new Error(`the step "vpc" has not handed over the VPC, its default group and the ${group} subnets`);
  }
  return { vpcId, securityGroupId: defaultSecurityGroupId, subnetIds: ids as string[] };
}

/** Does a subnet group (of RDS or ElastiCache) lie in this VPC and cover its planned subnets? */
export function fitsNetwork(
  group: {
    readonly VpcId?: string | undefined;
    readonly Subnets?: readonly { readonly SubnetIdentifier?: string | undefined }[] | undefined;
  },
  network: ServiceNetwork,
): boolean {
  const present = new Set(group.Subnets?.map((subnet) => subnet.SubnetIdentifier));
  return group.VpcId === network.vpcId && network.subnetIds.every((subnetId) => present.has(subnetId));
}

/** Those somebody added stay. */
export function withSecurityGroup(groups: readonly string[], securityGroupId: string): readonly string[] {
  return groups.includes(securityGroupId) ? groups : [...groups, securityGroupId];
}

const subnetSettlingSeconds = 120;

/**
 * False when the service does not see the subnets yet: those made a moment ago are refused as `InvalidSubnet`
 * for some seconds (aws-facts 6). After two minutes the refusal is meant.
 */
export async function acceptsSubnets(elapsedSeconds: number, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const settling = elapsedSeconds < subnetSettlingSeconds;
    if (isAwsError(error) && canonicalCode(error) === 'InvalidSubnet' && settling) return false;
    throw error;
  }
}
