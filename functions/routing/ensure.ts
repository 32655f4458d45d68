/**
 * After this step the VPC has one attached Internet Gateway (R13), one NAT gateway with an address in the first
 * public subnet (R14), the two EKS route tables with their subnets and default routes (R15, R16), and a main
 * route table with the local route only (R17). A second run recognises each by its ownership tag. The private
 * default route waits for the NAT gateway; everything else is made at the first look. `remove` takes it back.
 */
import { ensureAddress } from '#lib/network/address.ts';
import { ensureInternetGateway } from '#lib/network/internet-gateway.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { ensureNatGateway } from '#lib/network/nat-gateway.ts';
import { defined, type Progress, soonest } from '#lib/network/progress.ts';
import { ensureRouteTables } from '#lib/network/route-tables.ts';
import { noteMade } from '#lib/network/visibility.ts';
import { ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const vpcId = known(resources, 'vpcId');
  const [publicSubnetId] = subnetIdsOf(
    environment.subnets,
    resources,
    (subnet) => subnet.group === 'eks-public',
  );

  const gateway = await ensureInternetGateway(context, vpcId);
  const address = await ensureAddress(context);
  // A NAT gateway made before the Internet Gateway is attached fails minutes later (aws-facts 2).
  const before = gateway.wait ?? address.wait;
  const nat: Progress = before
    ? { wait: before }
    : await ensureNatGateway(context, {
        vpcId,
        subnetId: publicSubnetId!,
        allocationId: address.id!,
        holder: address.holder,
      });
  const { publicTable, privateTable } = await ensureRouteTables(context, vpcId, {
    toInternet: gateway.wait ? undefined : { GatewayId: gateway.id! },
    toNat: nat.wait ? undefined : { NatGatewayId: nat.id! },
  });

  const made = [gateway, address, nat].filter((one) => one.made).map((one) => one.id);
  const found = defined({
    ...noteMade(resources, made),
    internetGatewayId: gateway.id,
    allocationId: address.id,
    natGatewayId: nat.id,
    publicRouteTableId: publicTable.id,
    privateRouteTableId: privateTable.id,
  });
  const wait = soonest([gateway.wait, address.wait, nat.wait, publicTable.wait, privateTable.wait]);
  if (!wait)
    return ready(`Internet Gateway ${gateway.id}, NAT gateway ${nat.id} and routes are there`, found);
  return {
    status: 'pending',
    detail: wait.detail,
    retryAfterSeconds: wait.seconds,
    resources: found,
    requested: nat.id !== undefined,
  };
}

// Ten minutes for a NAT gateway (aws-facts 0.6), and as much again for replacing one that failed.
export const handler = stepHandler('routing', 'ensure', ensure);
