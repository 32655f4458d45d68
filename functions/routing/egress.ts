/** The ways out through NAT (R14): one for all zones, or one a zone. Everything of them is listed once a look. */
import { type Address, EC2Client, type NatGateway } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { known } from '#lib/network/known-ids.ts';
import { inVpc, listAddresses, listNatGateways } from '#lib/network/observe.ts';
import { type NatPlan, natPlans } from '#lib/network/options.ts';
import type { Progress, Wait } from '#lib/network/progress.ts';
import { ownershipFilters } from '#lib/ownership/tags.ts';
import type { StepContext } from '#lib/run/step.ts';
import { type AddressProgress, ensureAddress, namedAddress } from './address.ts';
import { ensureNatGateway } from './nat-gateway.ts';

/** One way out, as far as it has come. */
export interface WayOut {
  readonly plan: NatPlan;
  readonly address: Progress;
  readonly nat: Progress;
}

export interface Egress {
  readonly ways: readonly WayOut[];
  /** What the environment has, planned or not; gateways only once they were looked at. */
  readonly addresses: readonly Address[];
  readonly gateways: readonly NatGateway[];
}

/** A NAT gateway made before the Internet Gateway is attached fails minutes later (aws-facts 2): it waits for `before`. */
export async function ensureEgress(
  context: StepContext,
  vpcId: string,
  before: Wait | undefined,
): Promise<Egress> {
  const { environment } = context;
  const ec2 = client(EC2Client, environment);
  const addresses = await listAddresses(ec2, ownershipFilters(environment));
  const planned: { plan: NatPlan; address: AddressProgress }[] = [];
  for (const plan of natPlans(environment))
    planned.push({
      plan,
      address: plan.allocationId
        ? await namedAddress(context, plan.allocationId)
        : await ensureAddress(context, plan.address, addresses),
    });

  const isOpen = ({ address }: { address: Progress }) => !before && !address.wait;
  const gateways = planned.some(isOpen)
    ? await listNatGateways(ec2, [...inVpc(vpcId), ...ownershipFilters(environment)])
    : [];
  const ways: WayOut[] = [];
  for (const { plan, address } of planned) {
    const nat = isOpen({ address })
      ? await ensureNatGateway(context, placeOf(context, vpcId, plan, address), gateways)
      : { wait: (before ?? address.wait)! };
    ways.push({ plan, address, nat });
  }
  return { ways, addresses, gateways };
}

function placeOf({ resources }: StepContext, vpcId: string, plan: NatPlan, address: AddressProgress) {
  const subnetId = known(resources, 'subnetIds')[plan.publicSubnet];
  if (!subnetId) throw new Error(`the state machine knows no id of ${plan.publicSubnet}`);
  return {
    component: plan.gateway,
    vpcId,
    subnetId,
    allocationId: address.id!,
    holder: address.holder,
  };
}
