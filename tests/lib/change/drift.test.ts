import { expect, test } from 'vitest';
import { driftOf } from '#lib/change/drift.ts';
import { lostTags } from '#lib/change/lost-tags.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { componentTag } from '#lib/ownership/tags.ts';
import type { Drift } from '#lib/run/registry.ts';
import { samplePlan } from '../../support/plan.ts';
import { type Healthy, healthy } from '../verify/healthy.ts';

const vpc = (tags: Record<string, string>): Tagged[] => [{ step: 'vpc', id: 'vpc-1', what: 'vpc-1', tags }];

function drifted(
  damage: (seen: Healthy) => void,
  tagged = vpc(samplePlan().tags),
  flaws: readonly string[] = [],
): Drift[] {
  const seen = healthy();
  damage(seen);
  return driftOf(samplePlan(), seen, [...tagged, ...network(seen)], flaws);
}

/** All that EC2 has of it, with the tags it was made with. */
function network(seen: Healthy): Tagged[] {
  const tags = { ...samplePlan().tags, [componentTag]: 'part' };
  return lostTags(samplePlan(), seen, []).map((id) => ({ step: 'vpc', id, what: id, tags }));
}

test('what has lost the tags it is found by is told, and that no run gives them back', () => {
  const seen = healthy();
  const [gateway] = seen.natGateways;
  const tagged = network(seen).filter(({ id }) => id !== gateway!.id);
  expect(driftOf(samplePlan(), seen, tagged, [])).toEqual([
    {
      of: 'tags',
      expected: 'aoscloud:environment and aoscloud:component, by which runs and removals find what is theirs',
      found: `${gateway!.id} without them`,
      repair:
        'no run: give it the tags that its neighbours have if the environment made it, and take it away if not',
    },
  ]);
});

test('what a run left as it should be has not drifted', () => {
  expect(drifted(() => {})).toEqual([]);
});

test('a figure changed by hand is told as the field, and a run brings it back', () => {
  expect(
    drifted((seen) => {
      seen.aurora.backupRetentionDays = 1;
    }),
  ).toEqual([
    {
      of: 'aurora.backupRetentionDays',
      expected: '7',
      found: '1',
      repair: 'provisioning the same request again brings it back',
    },
  ]);
});

test('a tag of the request that somebody changed or took away is drift; a tag of theirs is not', () => {
  expect(drifted(() => {}, vpc({ team: 'other', theirs: 'yes' }))).toEqual([
    {
      of: 'tags[team]',
      expected: 'platform',
      found: expect.stringMatching(/^other on 1 of \d+ \(vpc-1\)$/),
      repair: 'provisioning the same request again brings it back',
    },
  ]);
});

test('a reader under a name of ours is drift beyond the plan only where it carries our tags', () => {
  const added = (seen: Healthy) => {
    const [one] = seen.aurora.instances;
    seen.aurora.instances.push({ ...one!, id: `${seen.aurora.id}-2`, instanceClass: 'db.r6g.large' });
  };
  const ours = (id: string): Tagged => ({
    step: 'aurora',
    id,
    what: `instance ${id}`,
    tags: samplePlan().tags,
  });
  const fields = (tagged: Tagged[]) =>
    drifted(added, [...vpc(samplePlan().tags), ...tagged]).filter(({ of }) => of.startsWith('aurora.'));
  expect(fields([])).toEqual([]);
  expect(fields([ours(`${healthy().aurora.id}-2`)])).toMatchObject([
    { of: 'aurora.instances', expected: '1', found: '2' },
  ]);
});

test('what no run changes back says what to do instead', () => {
  const [version] = drifted((seen) => {
    seen.cluster.version = '1.36';
  });
  expect(version).toMatchObject({
    of: 'eks.version',
    found: '1.36',
    repair: expect.stringMatching(/^no run: /),
  });
});

test('a rule that does not hold any more is told with its evidence', () => {
  const found = drifted((seen) => {
    seen.natGateways = [];
  });
  expect(found).toContainEqual(expect.objectContaining({ of: 'R14', expected: 'the rule holds' }));
});

test("somebody else's VPC over ours is drift, and theirs", () => {
  const found = drifted((seen) => {
    seen.otherVpcs[0]!.cidr = '10.231.0.0/17';
  });
  expect(found).toEqual([
    expect.objectContaining({ of: 'R4', repair: expect.stringContaining('somebody else') }),
  ]);
});

test('a minor version that AWS moved on is no drift', () => {
  expect(
    drifted((seen) => {
      seen.aurora.engineVersion = '16.8';
    }),
  ).toEqual([]);
});

test('what only a step would put right is told with that step, and a run brings it back', () => {
  const repair = 'provisioning the same request again brings it back';
  const expected = 'as the run left it';
  const found = drifted(
    (seen) => {
      seen.cluster.logTypes = seen.cluster.logTypes.filter((type) => type !== 'audit');
    },
    undefined,
    ['role aoscloud-dev-eks-nodes is missing'],
  );
  expect(found).toEqual([
    { of: 'EKS control plane', expected, found: `the audit logs of aoscloud-dev are off`, repair },
    { of: 'EKS control plane', expected, found: 'role aoscloud-dev-eks-nodes is missing', repair },
  ]);
});
