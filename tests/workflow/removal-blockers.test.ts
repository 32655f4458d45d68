/** A removal asks before it deletes: what is in its way is named, all at once, and nothing was changed. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { EngineOptions } from '#embedded/engine.ts';
import { EmbeddedAws } from '#embedded/engine.ts';
import { AwsFault, type AwsState, type Call } from '#embedded/model.ts';
import { placeDependent } from '#embedded/services/ec2/dependents.ts';
import { addInstance } from '#embedded/services/ec2/instances.ts';
import { addRule, addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { type DependentKind, ec2State } from '#embedded/services/ec2/state.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { placeLoadBalancer } from '#embedded/services/elb.ts';
import { services } from '#embedded/services/index.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import { operationName } from '#lib/aws/clients.ts';
import { failAt } from '#local/fail-at.ts';
import { countsOf, devRemoval, devRequest, type Run, runMachine } from '../support/workflow.ts';

let healthy: AwsState;

beforeAll(async () => {
  healthy = (await runMachine('provision', devRequest, { name: 'run' })).store.snapshot();
});

/** The healthy environment after somebody else was at it. */
function after(...arrangements: readonly ((call: Call) => void)[]): AwsState {
  return arranged(healthy, ...arrangements);
}

function arranged(from: AwsState, ...arrangements: readonly ((call: Call) => void)[]): AwsState {
  const store = new MemoryStore(structuredClone(from));
  const aws = new EmbeddedAws({ store, services, operationName });
  for (const arrange of arrangements) aws.inspect('eu-central-1', arrange);
  return store.snapshot();
}

async function removal(from: AwsState, input: object = {}, inject?: EngineOptions['inject']): Promise<Run> {
  return runMachine('deprovision', { ...devRemoval, ...input }, { from, inject, name: 'removal' });
}

function expectRefused(run: Run, ...words: readonly (string | RegExp)[]): void {
  expect(run.result).toMatchObject({ status: 'FAILED', error: 'RemovalBlockedError' });
  expect(run.mutating, 'changing calls').toBe(0);
  for (const word of words) expect(run.result.cause).toMatch(word);
  expect(run.result.cause).toContain('What to do: ');
  expect(run.result.cause).toMatch(
    /\nNothing was deleted\. What to do: do what each line says, then run again\.$/,
  );
}

const cluster = (call: Call, service: 'aurora' | 'documentdb') =>
  rdsState(call).clusters[`aoscloud-dev-${service}`]!;

/** A reader that nobody here made. */
function addReader(call: Call, service: 'aurora' | 'documentdb', id: string): void {
  const { instances } = rdsState(call);
  const { members } = cluster(call, service);
  instances[id] = { ...structuredClone(instances[members[0]!]!), id, arn: `arn:reader:${id}`, tags: {} };
  members.push(id);
}

const vpcOf = (call: Call) =>
  Object.values(ec2State(call).vpcs).find(({ tags }) => tags['aoscloud:environment'])!.id;
const subnetsOf = (call: Call, group: string) =>
  Object.values(ec2State(call).subnets)
    .filter(({ tags }) => tags['aoscloud:component']?.startsWith(`subnet/${group}/`))
    .map(({ id }) => id);
const fileSystem = (call: Call) => Object.values(efsState(call).fileSystems)[0]!;
const cache = (call: Call) => elasticacheState(call).replicationGroups['aoscloud-dev-redis']!;
const kubernetes = (call: Call) => eksState(call).clusters['aoscloud-dev']!;
const placeBalancer = (call: Call) =>
  placeLoadBalancer(call, {
    type: 'application',
    name: 'web',
    vpcId: vpcOf(call),
    subnetIds: subnetsOf(call, 'eks-public'),
    clusterName: 'aoscloud-dev',
  });

const dependentKinds: readonly (readonly [DependentKind, RegExp])[] = [
  ['peering', /pcx-\w+: /],
  ['vpn-gateway', /vgw-\w+: /],
  ['egress-only-gateway', /eigw-\w+: /],
  ['carrier-gateway', /cagw-\w+: /],
  ['transit-gateway-attachment', /tgw-attach-\w+: /],
  ['instance-connect-endpoint', /eice-\w+: /],
  ['client-vpn-endpoint', /cvpn-endpoint-\w+: /],
  ['network-acl', /acl-\w+: /],
];

interface Case {
  readonly title: string;
  readonly arrange: (call: Call) => void;
  readonly words: readonly (string | RegExp)[];
}

const databaseCases = (['aurora', 'documentdb'] as const).flatMap((service): Case[] => [
  {
    title: `${service}: deletion protection`,
    arrange: (call) => {
      cluster(call, service).deletionProtection = true;
    },
    words: [`cluster aoscloud-dev-${service} is protected from deletion`, 'deletionProtection false'],
  },
  {
    title: `${service}: a reader added by hand`,
    arrange: (call) => addReader(call, service, `reporting-${service}`),
    words: [
      `aoscloud-dev-${service} has instance reporting-${service}, not made by AosCloud. What to do: delete it`,
    ],
  },
  {
    title: `${service}: a global cluster`,
    arrange: (call) => {
      cluster(call, service).globalCluster = 'worldwide';
    },
    words: [`aoscloud-dev-${service} is a member of global cluster worldwide`, 'remove-from-global-cluster'],
  },
  {
    title: `${service}: a replica in another region`,
    arrange: (call) => {
      cluster(call, service).readReplicas = ['arn:aws:rds:us-east-1:111122223333:cluster:copy'];
    },
    words: ['has the read replica arn:aws:rds:us-east-1:111122223333:cluster:copy', 'promote or delete'],
  },
  {
    title: `${service}: a failed cluster, of which no final snapshot can be taken`,
    arrange: (call) => {
      cluster(call, service).status = 'failed';
    },
    words: [`aoscloud-dev-${service} is failed and cannot leave a final snapshot`, 'finalSnapshots false'],
  },
  {
    title: `${service}: a key that AWS cannot use`,
    arrange: (call) => {
      cluster(call, service).status = 'inaccessible-encryption-credentials-recoverable';
    },
    words: ['inaccessible-encryption-credentials', 'give AWS access to the key arn:aws:kms:'],
  },
  {
    title: `${service}: a cluster of somebody else in our subnet group`,
    arrange: (call) => {
      const { clusters } = rdsState(call);
      clusters.theirs = {
        ...structuredClone(cluster(call, service)),
        id: 'theirs',
        arn: 'arn:theirs',
        tags: {},
        members: [],
      };
    },
    words: ['database cluster theirs', `DB subnet group aoscloud-dev-${service}`],
  },
]);

const cases: readonly Case[] = [
  ...databaseCases,
  ...dependentKinds.map(([kind, words]) => ({
    title: `the network: ${kind} of somebody else`,
    arrange: (call: Call) => void placeDependent(call, kind, { vpcId: vpcOf(call), otherId: 'vpc-other' }),
    words: [words],
  })),
  {
    title: 'Aurora: a reader made by Aurora Auto Scaling',
    arrange: (call) => addReader(call, 'aurora', 'application-autoscaling-0f1e'),
    words: [
      'application-autoscaling-0f1e, made by Aurora Auto Scaling',
      /deregister-scalable-target .* --resource-id cluster:aoscloud-dev-aurora/,
    ],
  },
  {
    title: 'the quota of manual cluster snapshots',
    arrange: (call) => {
      const { snapshots } = rdsState(call);
      for (let count = 0; count < 99; count += 1)
        snapshots[`old-${count}`] = { id: `old-${count}` } as (typeof snapshots)[string];
    },
    words: [
      'quota ManualClusterSnapshots: 99 of 100 are used',
      /aoscloud-dev-aurora and .*aoscloud-dev-documentdb/,
    ],
  },
  {
    title: 'ElastiCache: a global datastore',
    arrange: (call) => {
      cache(call).globalDatastore = 'ldgnf-worldwide';
    },
    words: [
      'replication group aoscloud-dev-redis is a member of global datastore ldgnf-worldwide',
      'disassociate',
    ],
  },
  {
    title: 'ElastiCache: a node type of which AWS takes no snapshot',
    arrange: (call) => {
      Object.assign(cache(call), { nodeType: 'cache.t1.micro' });
    },
    words: ['cache.t1.micro, of which AWS takes no snapshot', 'finalSnapshots false'],
  },
  {
    title: 'ElastiCache: a group of somebody else in our subnet group',
    arrange: (call) => {
      const other = structuredClone(cache(call));
      elasticacheState(call).replicationGroups.theirs = {
        ...other,
        id: 'theirs',
        members: other.members.map((member) => ({ ...member, id: 'theirs-001' })),
        tags: {},
      };
    },
    words: ['ElastiCache theirs is not part of this removal', 'subnet group aoscloud-dev-redis'],
  },
  {
    title: 'EFS: a replication of it',
    arrange: (call) => {
      fileSystem(call).replication = { role: 'source', id: 'fs-copy', region: 'us-east-1' };
    },
    words: [
      /EFS file system fs-\w+ is replicated to fs-copy in us-east-1/,
      'delete-replication-configuration',
    ],
  },
  {
    title: 'EFS: being a replica',
    arrange: (call) => {
      fileSystem(call).replication = { role: 'destination', id: 'fs-origin', region: 'us-east-1' };
    },
    words: ['is the replica of fs-origin in us-east-1', '--source-file-system-id fs-origin'],
  },
  {
    title: 'EFS: a mount target in another VPC',
    arrange: (call) => {
      const [target] = Object.values(efsState(call).mountTargets);
      Object.assign(target!, { vpcId: 'vpc-theirs' });
    },
    words: [/has mount target fsmt-\w+ in vpc-theirs, which is not of this environment/],
  },
  {
    title: 'EKS: deletion protection',
    arrange: (call) => {
      kubernetes(call).deletionProtection = true;
    },
    words: ['EKS cluster aoscloud-dev is protected from deletion'],
  },
  {
    title: 'EKS: a Fargate profile',
    arrange: (call) => {
      kubernetes(call).fargateProfiles = ['batch'];
    },
    words: ['EKS cluster aoscloud-dev has Fargate profile batch, made by somebody else'],
  },
  {
    title: 'EKS: a node group of somebody else',
    arrange: (call) => {
      const { nodegroups } = kubernetes(call);
      const [ours] = Object.values(nodegroups);
      nodegroups.gpu = { ...structuredClone(ours!), name: 'gpu', tags: {}, nodes: [] };
    },
    words: ['has node group gpu, made by somebody else', 'move its work and delete it'],
  },
  {
    title: 'the network: a load balancer that Kubernetes made',
    arrange: placeBalancer,
    words: ['load balancer web, made by Kubernetes for default/web', 'Service or Ingress first'],
  },
  {
    title: 'the network: an instance that is no node of ours',
    arrange: (call) => {
      addInstance(call, {
        subnetId: subnetsOf(call, 'eks-private')[0]!,
        groupIds: [],
        instanceType: 't3a.large',
        tags: { 'karpenter.sh/nodepool': 'spare' },
      });
    },
    words: [/an interface of EC2 instance i-\w+/, 'terminate that instance'],
  },
  {
    title: "the network: a group of somebody else's with a rule that names the EKS group",
    arrange: (call) => {
      const groupId = addSecurityGroup(call, { vpcId: vpcOf(call), name: 'theirs', description: 'theirs' });
      const referencedGroupId = kubernetes(call).clusterSecurityGroupId!;
      const all = { protocol: '-1', fromPort: -1, toPort: -1, innate: false };
      addRule(call, { ...all, groupId, referencedGroupId, isEgress: true });
    },
    words: [
      /sg-\w+: security group theirs somebody else made/,
      /outbound rule sgr-\w+ of security group sg-\w+ \(theirs\), made by somebody else, names the EKS group sg-\w+/,
      'What to do: revoke that rule',
    ],
  },
];

describe('a removal is refused before its first change by', () => {
  it.each(cases)('$title', async ({ arrange, words }) => {
    const from = after(arrange);
    expectRefused(await removal(from), ...words);
  });

  it('all of them at once', async () => {
    const together = cases.filter(({ title }) =>
      /by hand|global|replica in|Fargate|load balancer|replication of it|node group/.test(title),
    );
    const run = await removal(after(...together.map(({ arrange }) => arrange)));
    expectRefused(run, ...together.flatMap(({ words }) => words));
  });

  it('a read that is denied: who cannot look cannot say that nothing is in the way', async () => {
    const fault = new AwsFault('AccessDeniedException', 'not allowed', { status: 403 });
    const run = await removal(after(), {}, ({ operation }) =>
      operation === 'efs:DescribeReplicationConfigurations' ? { kind: 'refuse', fault } : undefined,
    );
    expectRefused(run, 'efs:DescribeReplicationConfigurations was refused with AccessDenied');
  });
});

describe('a stopped database', () => {
  it.each(['aurora', 'documentdb'] as const)(
    '%s is started, snapshotted and deleted (B7)',
    async (service) => {
      const run = await removal(
        after((call) => {
          const stopped = cluster(call, service);
          stopped.status = 'stopped';
          for (const id of stopped.members) rdsState(call).instances[id]!.status = 'stopped';
        }),
      );
      expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
      expect(countsOf(run.resources)).toEqual({
        'docdb:db-cluster-snapshot': 1,
        'elasticache:snapshot': 1,
        'rds:db-cluster-snapshot': 1,
        'logs:log-group': 3,
      });
    },
  );
});

describe('a rollback with something in its way', () => {
  /** A run that failed at its nodes and kept what it made, which somebody then was at. */
  async function failedRun(arrange: (call: Call) => void): Promise<AwsState> {
    const request = { ...devRequest, onFailure: 'keep' };
    const run = await runMachine('provision', request, { inject: failAt('eks-nodes'), name: 'run' });
    return arranged(run.store.snapshot(), arrange);
  }

  it.each([
    ['a reader in Aurora', (call: Call) => addReader(call, 'aurora', 'reporting'), 'instance reporting'],
    [
      'a replication of EFS',
      (call: Call) => {
        fileSystem(call).replication = { role: 'source', id: 'fs-copy', region: 'us-east-1' };
      },
      'is replicated to fs-copy',
    ],
    [
      'a Fargate profile',
      (call: Call) => {
        kubernetes(call).fargateProfiles = ['batch'];
      },
      'has Fargate profile batch',
    ],
  ])('%s takes back all the rest and ends by naming it', async (_title, arrange, words) => {
    const from = await failedRun(arrange);
    const run = await removal(from, { createdBy: 'run', finalSnapshots: false });
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'RemovalBlockedError' });
    expect(run.result.cause).toContain('Not taken back:\n- ');
    expect(run.result.cause).toContain(words);
    const left = Object.keys(run.resources);
    const kept = { Aurora: /^rds:/, EFS: /^efs:/, Fargate: /^eks:/ };
    for (const [service, types] of Object.entries(kept))
      expect(
        left.some((type) => types.test(type)),
        `${service} in ${left}`,
      ).toBe(_title.includes(service));
    expect(left).not.toContain('docdb:db-cluster');
    expect(left).not.toContain('elasticache:replication-group');
    expect(left).not.toContain('ec2:vpc-endpoint');
  });
});
