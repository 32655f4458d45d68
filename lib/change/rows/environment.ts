/** The fields at the top of a request: where the environment is, what it is called, and its network's addresses. */
import type { FieldDifference, Row, Situation } from '#lib/change/row.ts';
import { oneValue } from '#lib/change/row.ts';

const moving =
  'make a second environment as you want it, move the data (snapshots, backups), and deprovision this one';

/** Compared with the registry before anything is asked of AWS there: lib/change/elsewhere.ts. */
export const elsewhere = {
  region: {
    why: 'nothing AWS has moves to another region; every resource would be made anew, and the data copied',
    instead: `ask for it under another name, then ${moving}`,
  },
  account: {
    why: 'nothing AWS has moves to another account; every resource would be made anew, and the data shared and copied',
    instead: `ask for it under another name, then ${moving}`,
  },
} as const;

export const zonesStay = {
  why: 'a subnet stays in its zone, and what stands in it would have to be made anew in another one',
  instead: `leave availabilityZones out, or name the zones it has; to leave a zone, ${moving}`,
} as const;

export const environmentRows = {
  environment: {
    aside:
      'The name is how everything is found: a request with another name is about another environment, and this one stays as it is. AWS renames none of what has it in its name.',
  },
  region: { aside: `Refused: ${elsewhere.region.why}. Instead: ${elsewhere.region.instead}.` },
  roleArn: {
    aside: `Another role in the same account: the next run works with it, and nothing changes. A role in another account is refused: ${elsewhere.account.why}. Instead: ${elsewhere.account.instead}.`,
  },
  vpcCidr: {
    step: 'vpc',
    source: 'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html',
    differences: ({ request, seen }) => oneValue(seen.vpcs[0]?.cidr, request.vpcCidr),
    cases: [
      {
        kind: 'refuse',
        why: 'a VPC keeps its block, and its subnets theirs; AWS would have to move every address',
        instead: `ask for the block it has, or ${moving}`,
      },
    ],
  },
  cidrPool: {
    aside: 'Nothing is made of it: where `vpcCidr` "auto" takes a block from, which is then kept.',
  },
  staging: { aside: 'Shifts `vpcCidr`, and is compared with it.' },
  reservedCidrs: { aside: 'Nothing is made of it: preflight compares it with the blocks in use.' },
  availabilityZones: { aside: `Refused: ${zonesStay.why}. Instead: ${zonesStay.instead}.` },
  size: { aside: 'The figures of the fields that are left out: each is compared in its own row.' },
  deletionProtection: {
    aside:
      'What `eks.deletionProtection`, `aurora.deletionProtection` and `documentdb.deletionProtection` are where they are left out.',
  },
  onFailure: { aside: 'Nothing is made of it: what a failed run does.' },
  tags: {
    step: 'vpc',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html',
    differences: tagDifferences,
    cases: [
      {
        kind: 'refuse',
        why: 'everything carries the tags it was made with, and no step sets them later',
        instead:
          'ask for the tags it has, and set others with Tag Editor in the AWS console: they stay as they are set',
      },
    ],
  },
} satisfies Record<string, Row>;

/** Those of the VPC stand for all: it is made first, and everything is made with the same. */
function tagDifferences({ request, seen, formerTags }: Situation): FieldDifference[] {
  const found = seen.vpcs[0]?.tags;
  if (!found) return [];
  const asked = Object.entries(request.tags)
    .filter(([key, value]) => found[key] !== value)
    .map(([key, value]) => ({ member: key, from: found[key], to: value }));
  const gone = formerTags
    .filter((key) => found[key] !== undefined && !(key in request.tags))
    .map((key) => ({ member: key, from: found[key], to: undefined }));
  return [...asked, ...gone];
}
