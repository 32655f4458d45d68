/** The fields at the top of a request: where the environment is, what it is called, and its network's addresses. */
import { inWords } from '#lib/change/change.ts';
import { type FieldDifference, oneValue, type Row, type Situation } from '#lib/change/row.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';

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
        of: 'added, or another value',
        fits: (_from, to) => to !== undefined,
        kind: 'change',
        interrupts: 'nothing; policies and bills that go by the tag',
        aboutSeconds: 10,
      },
      {
        of: 'taken out: a key that a request had before, whoever set its value last; every other tag stays',
        kind: 'change',
        interrupts: 'nothing; policies and bills that go by the tag',
        aboutSeconds: 10,
      },
    ],
  },
} satisfies Record<string, Row>;

/** One difference a key, of all that carries our tags: where only some differ, they are counted and one is named. */
function tagDifferences({ request, tagged, formerTags }: Situation): FieldDifference[] {
  const known = tagged.filter(({ tags }) => tags !== undefined);
  const keys = new Set([...Object.keys(request.tags), ...formerTags]);
  return [...keys].flatMap((member) => {
    const to = request.tags[member];
    const others = known.filter(({ tags }) => tags?.[member] !== to);
    return others.length > 0 ? [{ member, from: valuesOf(member, others, known.length), to }] : [];
  });
}

function valuesOf(key: string, others: readonly Tagged[], count: number): string | undefined {
  const values = [...new Set(others.map(({ tags }) => tags?.[key]))];
  if (others.length === count && values.length === 1) return values[0];
  const [first] = others;
  return `${values.map(inWords).join(' or ')} on ${others.length} of ${count} (${first?.what})`;
}
