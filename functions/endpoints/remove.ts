/**
 * After this step none of the environment's endpoints is left (or none that the named execution made). They are
 * found by ownership tag and deleted in one call, which the rate of that API (0.3 a second) asks for. Where the VPC goes
 * as well, GuardDuty's endpoint in it goes with them: GuardDuty leaves it behind, and it would hold subnets and VPC.
 */
import { EC2Client, type VpcEndpoint } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { deleteEndpoints, phaseOf } from '#lib/network/endpoints.ts';
import { inVpc, listVpcEndpoints, listVpcs } from '#lib/network/observe.ts';
import { scopeFilters } from '#lib/ownership/scope.ts';
import { countedAre } from '#lib/run/counted.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { noneLeft, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

/** Deleting takes one to five minutes (aws-facts 0.6). */
const firstLookSeconds = 75;
const pollSeconds = 20;

export async function remove({ environment }: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const ec2 = client(EC2Client, environment);
  const isThere = (endpoint: VpcEndpoint) => phaseOf(endpoint) !== 'gone';
  const isStanding = (endpoint: VpcEndpoint) => phaseOf(endpoint) !== 'leaving';
  const left = (await listVpcEndpoints(ec2, scopeFilters(environment))).filter(isThere);
  // In the first look, where all goes in one call, and once ours are gone.
  if (left.length === 0 || left.some(isStanding))
    left.push(...(await guardDutys(ec2, environment)).filter(isThere));
  if (left.length === 0) return noneLeft(environment, 'endpoint');
  const standing = left.filter(isStanding);
  await deleteEndpoints(environment, standing);
  return pending(
    `${countedAre(left.length, 'endpoint')} being deleted`,
    standing.length > 0 ? firstLookSeconds : pollSeconds,
  );
}

/** GuardDuty's endpoints in the VPCs that go. */
async function guardDutys(ec2: EC2Client, environment: RemovalTarget): Promise<VpcEndpoint[]> {
  const vpcs = await listVpcs(ec2, scopeFilters(environment));
  if (vpcs.length === 0) return [];
  const managed = { Name: 'tag:GuardDutyManaged', Values: ['true'] };
  return listVpcEndpoints(ec2, [...inVpc(...vpcs.map((vpc) => vpc.VpcId!)), managed]);
}

export const handler = stepHandler<RemovalTarget>('endpoints', 'remove', remove);
