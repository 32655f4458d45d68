/**
 * After this step none of the environment's subnets and VPCs is left (or none that the named execution made).
 * They are found by ownership tag, a VPC doubled by a lost answer included. What AWS will not let go of is
 * diagnosed: safe leftovers are deleted, others named.
 */
import { DeleteSubnetCommand, DeleteVpcCommand, EC2Client, type Subnet, type Vpc } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import type { Blocker } from '#lib/network/blocker.ts';
import { clearTheWay, findInterfaceBlockers } from '#lib/network/blockers.ts';
import { listSubnets, listVpcs } from '#lib/network/observe.ts';
import { findVpcBlockers } from '#lib/network/vpc-blockers.ts';
import { deleteAll } from '#lib/network/work.ts';
import { scopeFilters } from '#lib/ownership/scope.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { noneLeft, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { removeFlowLogs } from './flow-logs.ts';

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const { environment } = context;
  const ec2 = client(EC2Client, environment);
  const recording = await removeFlowLogs(ec2, environment, scopeFilters(environment));
  if (recording) return recording;
  const subnets = await listSubnets(ec2, scopeFilters(environment));
  const vpcs = await listVpcs(ec2, scopeFilters(environment));
  if (subnets.length === 0 && vpcs.length === 0) return noneLeft(environment, 'VPC and no subnet');

  await expectCalls('ec2:DeleteSubnet', subnets.length);
  const held = await deleteAll(
    subnets.map(
      ({ SubnetId }) =>
        () =>
          ec2.send(new DeleteSubnetCommand({ SubnetId })),
    ),
  );
  if (held.length === 0)
    held.push(
      ...(await deleteAll(
        vpcs.map(
          ({ VpcId }) =>
            () =>
              ec2.send(new DeleteVpcCommand({ VpcId })),
        ),
      )),
    );
  if (held.length === 0) return pending(`${nameOf(vpcs, subnets)} is deleted`, 2);
  // Interfaces of what was deleted a moment ago leave by themselves: what holds it is asked for when it lasts.
  if (context.elapsedSeconds < lettingGoSeconds)
    return pending(`${nameOf(vpcs, subnets)} is held by what was deleted a moment ago`, lettingGoSeconds);
  const blockers = await blockersOf(environment, vpcs, subnets);
  const grace = environment.heldBack ? heldBackGraceSeconds : undefined;
  return clearTheWay(context, nameOf(vpcs, subnets), blockers, grace);
}

const lettingGoSeconds = 20;
/** A rollback that left a service behind waits in vain for its interfaces. */
const heldBackGraceSeconds = 60;

function nameOf(vpcs: readonly Vpc[], subnets: readonly Subnet[]): string {
  if (vpcs.length > 0) return `VPC ${vpcs.map((vpc) => vpc.VpcId).join(', ')}`;
  return `subnet ${subnets.map((subnet) => subnet.SubnetId).join(', ')}`;
}

/** Where the VPC stays, only what sits in the subnets matters. */
async function blockersOf(
  environment: RemovalTarget,
  vpcs: readonly Vpc[],
  subnets: readonly Subnet[],
): Promise<Blocker[]> {
  if (vpcs.length > 0) {
    const perVpc: Blocker[][] = [];
    for (const vpc of vpcs) perVpc.push(await findVpcBlockers(environment, vpc.VpcId!));
    return perVpc.flat();
  }
  const inSubnets = [{ Name: 'subnet-id', Values: subnets.map((subnet) => subnet.SubnetId!) }];
  return findInterfaceBlockers(environment, subnets[0]!.VpcId!, inSubnets);
}

export const handler = stepHandler<RemovalTarget>('vpc', 'remove', remove);
