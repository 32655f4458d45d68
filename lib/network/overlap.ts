/** VPCs of others whose blocks overlap one of ours (R4). */
import type { Vpc } from '@aws-sdk/client-ec2';
import { environmentTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import { overlaps } from '#lib/request/address-plan.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export interface Overlap {
  readonly vpc: Vpc;
  /** The block of it that overlaps, which may be one that was added. */
  readonly block: string;
  /** `10.0.0.0/16 of VPC vpc-1 ("lab", account 111122223333)` */
  readonly sentence: string;
}

export function overlapsOf(
  environment: Pick<EnvironmentTarget, 'name'>,
  cidr: string,
  vpcs: readonly Vpc[],
): Overlap[] {
  return vpcs
    .filter((vpc) => !isOwned(vpc.Tags, environment))
    .flatMap((vpc) =>
      blocksOf(vpc)
        .filter((block) => overlaps(block, cidr))
        .map((block) => ({ vpc, block, sentence: `${block} of ${describe(vpc)}` })),
    );
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
