import { describe, expect, it, test } from 'vitest';
import { repairsOf } from '#lib/change/repairs.ts';
import { names } from '#lib/ownership/names.ts';
import { tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { samplePlan } from '../../support/plan.ts';
import { all, type Healthy, healthy, loadBalancerGroup } from '../verify/healthy.ts';

function found(damage: (seen: Healthy) => void, plan: EnvironmentPlan = samplePlan()): string[] {
  const seen = healthy(plan);
  damage(seen);
  return repairsOf(plan, seen).map(({ step, what }) => `${step}: ${what}`);
}

const theirs = { team: 'theirs' };

test('what a run left as it should be needs no repair', () => {
  expect(found(() => {})).toEqual([]);
});

test.each<[string, (seen: Healthy) => void, string[]]>([
  [
    'a private subnet that gives public addresses',
    ({ subnets }) => {
      subnets.find(({ id }) => id === 'subnet-aurora-a')!.publicAddresses = true;
    },
    ['vpc: subnet-aurora-a gives public addresses'],
  ],
  [
    'a public subnet that gives none',
    ({ subnets }) => {
      subnets.find(({ id }) => id === 'subnet-eks-public-b')!.publicAddresses = false;
    },
    ['vpc: subnet-eks-public-b gives no public addresses'],
  ],
  [
    'the default group and the main table without our tags',
    ({ securityGroups, routeTables }) => {
      securityGroups[0]!.tags = theirs;
      routeTables[0]!.tags = {};
    },
    [
      'vpc: sg-base does not carry the tags of the environment',
      'vpc: rtb-main does not carry the tags of the environment',
    ],
  ],
  [
    'a flow log of ours that no request asks for',
    ({ flowLogs }) => {
      const flowLog = { destination: 'arn:aws:s3:::logs', roleArn: undefined, trafficType: 'all' };
      flowLogs.push({
        id: 'fl-1',
        ...flowLog,
        deliveryError: undefined,
        tags: tagRecord(samplePlan(), 'flow-log'),
      });
      flowLogs.push({ id: 'fl-2', ...flowLog, deliveryError: undefined, tags: theirs });
    },
    ['vpc: flow log fl-1 is one too many'],
  ],
  [
    'a table of somebody else that serves our subnets',
    ({ routeTables }) => {
      routeTables[1]!.tags = theirs;
    },
    ['routing: the route-table/eks-private of the environment does not serve its subnets'],
  ],
  [
    'a second table of ours, and one of a zone',
    ({ routeTables }) => {
      const spare = { ...routeTables[2]!, subnetIds: [] };
      routeTables.push({ ...spare, id: 'rtb-second' });
      routeTables.push({ ...spare, id: 'rtb-b', tags: tagRecord(samplePlan(), 'route-table/eks-private/b') });
    },
    [
      'routing: rtb-second is a second route-table/eks-public',
      'routing: route table rtb-b is of a zone that has no way out of its own',
    ],
  ],
  [
    'the default group without what AWS gave it',
    ({ securityGroups: [base] }) => {
      base!.ingress = base!.ingress.filter(({ groupIds }) => !groupIds.includes('sg-base'));
      base!.egress = [{ ...all({ cidrs: ['0.0.0.0/0'] }), groupIds: [], protocol: 'tcp' }] as never;
    },
    [
      'security-groups: sg-base does not admit itself',
      'security-groups: sg-base does not let everything out',
    ],
  ],
  [
    'a kind of logs that is off',
    ({ cluster }) => {
      cluster.logTypes = ['api', 'authenticator', 'controllerManager', 'scheduler'];
    },
    ['eks-cluster: the audit logs of aoscloud-dev are off'],
  ],
  [
    'nodes without metadata',
    ({ launchTemplate }) => {
      launchTemplate.httpEndpoint = 'disabled';
    },
    ['eks-nodes: version 1 of lt-1 gives nodes other access to their metadata'],
  ],
  [
    'nodes whose metadata reaches no pod',
    ({ launchTemplate }) => {
      launchTemplate.hopLimit = 1;
    },
    ['eks-nodes: version 1 of lt-1 gives nodes other access to their metadata'],
  ],
  [
    'a volume that outlives its node',
    ({ launchTemplate }) => {
      launchTemplate.volumes[1]!.deletedWithNode = false;
    },
    ['eks-nodes: version 1 of lt-1 gives nodes other volumes'],
  ],
  [
    'a third volume',
    ({ launchTemplate }) => {
      launchTemplate.volumes.push({ ...launchTemplate.volumes[1]!, device: '/dev/xvdc' });
    },
    ['eks-nodes: version 1 of lt-1 gives nodes other volumes'],
  ],
  [
    'a class that waits for the maintenance window, but not of a reader they added',
    ({ aurora, documentdb }) => {
      aurora.instances[0]!.pendingClass = 'db.r6g.large';
      documentdb.instances[0]!.pendingClass = documentdb.instances[0]!.instanceClass;
      documentdb.instances.push({ ...documentdb.instances[0]!, id: 'theirs', pendingClass: 'db.r6g.large' });
    },
    ['aurora: aoscloud-dev-aurora-1 is to become db.r6g.large'],
  ],
])('%s is to be repaired', (_what, damage, expected) => {
  expect(found(damage)).toEqual(expected);
});

describe('the load balancer group', () => {
  const { loadBalancer } = samplePlan({
    loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, cidr: '0.0.0.0/0' }] },
  });
  const plan = samplePlan({ loadBalancer });

  it('as asked needs no repair', () => {
    expect(found(({ securityGroups }) => securityGroups.push(loadBalancerGroup(plan)), plan)).toEqual([]);
  });

  it('with another way out, or without our tags, does', () => {
    const group = loadBalancerGroup(plan);
    group.egress.push({ ...all({ cidrs: ['10.0.0.0/8'] }), groupIds: [] } as never);
    group.egress.push({ protocol: 'tcp', fromPort: 443, toPort: 443, groupIds: [], cidrs: ['0.0.0.0/0'] });
    group.tags = theirs;
    expect(group.name).toBe(names(plan).loadBalancerSecurityGroup);
    expect(found(({ securityGroups }) => securityGroups.push(group), plan)).toEqual([
      'security-groups: sg-lb does not carry the tags of the environment',
      'security-groups: sg-lb has an egress rule to 10.0.0.0/8',
      'security-groups: sg-lb has an egress rule to 0.0.0.0/0',
    ]);
  });
});

test('of the network alone, while there is no cluster and no database, only the network is judged', () => {
  const seen = { ...healthy(), cluster: undefined, launchTemplate: undefined, aurora: undefined };
  expect(repairsOf(samplePlan(), seen)).toEqual([]);
});
