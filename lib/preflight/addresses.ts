/**
 * Is the VPC's block free (R4)? The environment's own VPC may have it. Once it stands, a VPC
 * that somebody put over it later is drift to report.
 */

import { overlapsOf } from '#lib/network/overlap.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { overlaps } from '#lib/request/address-plan.ts';
import { type Context, type Findings, noFindings } from './context.ts';

/** Docker's default bridge on every node: pods could not reach addresses of the VPC that lie here. */
export const dockerBridge = '172.17.0.0/16';

export async function askAddresses({ target, request, account }: Context): Promise<Findings> {
  const findings = noFindings();
  const { vpcCidr } = request;
  for (const { cidr, owner } of request.reservedCidrs) {
    if (overlaps(cidr, vpcCidr))
      findings.problems.push({
        what: `vpcCidr ${vpcCidr} overlaps ${cidr}, reserved for ${owner} (R4)`,
        todo: 'choose another vpcCidr',
      });
    if (overlaps(cidr, request.eks.serviceIpv4Cidr))
      findings.warnings.push(
        `eks.serviceIpv4Cidr ${request.eks.serviceIpv4Cidr} overlaps ${cidr}, reserved for ${owner}: pods cannot reach that block`,
      );
  }
  if (overlaps(vpcCidr, dockerBridge))
    findings.warnings.push(
      `vpcCidr ${vpcCidr} is the block of Docker's bridge on the nodes; AWS advises against it`,
    );
  const vpcs = await account.vpcs();
  const own = vpcs.filter((vpc) => isOwned(vpc.Tags, target));
  for (const { sentence } of overlapsOf(target, vpcCidr, vpcs)) {
    // Made beside an environment that stands: nothing this run could refuse undoes it, and all the rest it can do.
    if (own.length > 0)
      findings.warnings.push(
        `vpcCidr ${vpcCidr} of this environment is overlapped by ${sentence} (R4): the two can never be peered or share a transit gateway`,
      );
    else
      findings.problems.push({
        what: `vpcCidr ${vpcCidr} overlaps ${sentence} (R4)`,
        todo: 'choose another vpcCidr, or remove that VPC',
      });
  }
  return findings;
}
