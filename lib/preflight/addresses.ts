/** Is the VPC's block free (R4)? The environment's own VPC may have it, and must have no other. */
import type { Vpc } from '@aws-sdk/client-ec2';
import { overlaps } from '../address-plan.ts';
import { environmentTag, isOwned, tagValue } from '../tags.ts';
import { type Context, type Findings, noFindings } from './context.ts';

/** Docker's default bridge on every node: pods could not reach addresses of the VPC that lie here. */
const dockerBridge = '172.17.0.0/16';

export async function askAddresses({ target, request, account }: Context): Promise<Findings> {
  const findings = noFindings();
  const { vpcCidr } = request;
  for (const { cidr, owner } of request.reservedCidrs) {
    if (overlaps(cidr, vpcCidr))
      findings.problems.push(`vpcCidr ${vpcCidr} overlaps ${cidr}, reserved for ${owner} (R4)`);
    if (overlaps(cidr, request.eks.serviceIpv4Cidr))
      findings.warnings.push(
        `eks.serviceIpv4Cidr ${request.eks.serviceIpv4Cidr} overlaps ${cidr}, reserved for ${owner}: pods cannot reach that block`,
      );
  }
  if (overlaps(vpcCidr, dockerBridge))
    findings.warnings.push(
      `vpcCidr ${vpcCidr} is the block of Docker's bridge on the nodes; AWS advises against it`,
    );
  for (const vpc of await account.vpcs()) {
    if (isOwned(vpc.Tags, target)) {
      if (vpc.CidrBlock !== vpcCidr)
        findings.problems.push(
          `vpcCidr ${vpcCidr}: environment ${target.name} exists already with ${vpc.CidrBlock} (${vpc.VpcId}), and a VPC keeps its block`,
        );
      continue;
    }
    for (const block of blocksOf(vpc)) {
      if (overlaps(block, vpcCidr))
        findings.problems.push(`vpcCidr ${vpcCidr} overlaps ${block} of ${describe(vpc)} (R4)`);
    }
  }
  return findings;
}

/** Every block, the added ones too. */
function blocksOf(vpc: Vpc): string[] {
  const associated = (vpc.CidrBlockAssociationSet ?? [])
    .filter(({ CidrBlockState }) =>
      ['associating', 'associated'].includes(CidrBlockState?.State ?? 'associated'),
    )
    .flatMap(({ CidrBlock }) => CidrBlock ?? []);
  return [...new Set([...(vpc.CidrBlock ? [vpc.CidrBlock] : []), ...associated])];
}

function describe(vpc: Vpc): string {
  const environment = tagValue(vpc.Tags, environmentTag);
  const name = tagValue(vpc.Tags, 'Name');
  const owner = environment
    ? `environment ${environment}`
    : name
      ? `"${name}"`
      : vpc.IsDefault
        ? 'the default VPC'
        : 'no name';
  return `VPC ${vpc.VpcId} (${owner}, account ${vpc.OwnerId})`;
}
