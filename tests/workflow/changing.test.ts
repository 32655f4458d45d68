/** A living environment and another request, beside what `each-change.test.ts` takes row by row. */
import { beforeAll, describe, expect, it } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import { AwsFault, type AwsState } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { elasticacheState, type ReplicationGroup } from '#embedded/services/elasticache/state.ts';
import { placeLoadBalancer } from '#embedded/services/elb.ts';
import { type RdsState, rdsFault } from '#embedded/services/rds/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import type { Accepted } from '#functions/accept.ts';
import { progressOf } from '#lib/run/progress.ts';
import { type RegistryItem, readEnvironment } from '#lib/run/registry.ts';
import { stepNames } from '#lib/run/steps.ts';
import { openAccount } from '#local/account.ts';
import { devRequest, type Run, runMachine } from '../support/workflow.ts';

const administrator = 'arn:aws:iam::111122223333:role/platform-admin';
const https = { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' };
const living = {
  ...devRequest,
  tags: { team: 'platform' },
  eks: { administrators: [administrator] },
  loadBalancer: { ingress: [https] },
};

let alive: AwsState;
beforeAll(async () => {
  const made = await runMachine('provision', living, { name: 'first' });
  expect(made.result.status, made.result.cause).toBe('SUCCEEDED');
  alive = made.store.snapshot();
});

function over(changes: object, from = alive, name = 'second'): Promise<Run> {
  return runMachine('provision', { ...living, ...changes }, { from, name });
}

const eks = (changes: object) => ({ eks: { ...living.eks, ...changes } });

describe('refused before any changing call', () => {
  it.each<[string, object]>([
    ['vpcCidr', { staging: true }],
    ['eks.version', eks({ version: '1.37' })],
  ])('%s, %j', async (field, changes) => {
    const run = await over(changes);
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'PreflightFailedError' });
    expect(run.result.cause).toContain(`\n- ${field}: `);
    expect(run.result.cause).toMatch(/: .* → .*: .+\. What to do: .+\.\nNothing was changed\./);
    expect(run.mutating).toBe(0);
  });
});

it('another region is another environment: refused with how people move there', async () => {
  const run = await over({ region: 'us-west-2' });
  expect(run.result.cause).toMatch(
    /region "us-west-2": environment "dev" is in eu-central-1 already \(W5\): nothing AWS has moves to another region; .*What to do: ask for it under another name, then make a second environment/,
  );
  expect(run.mutating).toBe(0);
});

it('a cache that became Valkey goes onward, and never back', async () => {
  const valkey = await over({ elasticache: { engine: 'valkey', engineVersion: '7.2' } });
  expect(valkey.result.status, valkey.result.cause).toBe('SUCCEEDED');
  const from = valkey.store.snapshot();
  const back = await over({}, from, 'third');
  expect(back.result.cause).toMatch(
    /\n- elasticache\.engine: valkey → redis: AWS makes no Valkey cache one of Redis OSS again\. What to do: name the engine that runs/,
  );
  expect(back.mutating).toBe(0);
  const onward = await over({ elasticache: { engine: 'valkey', engineVersion: '8.1' } }, from, 'fourth');
  expect(onward.result.status, onward.result.cause).toBe('SUCCEEDED');
  const older = await over(
    { elasticache: { engine: 'valkey', engineVersion: '7.2' } },
    onward.store.snapshot(),
    'fifth',
  );
  expect(older.result.cause).toMatch(
    /elasticache\.engineVersion: 8\.1\.0 → 7\.2: ElastiCache takes no engine back/,
  );
  expect(older.mutating).toBe(0);
});

it.each<[string, (group: ReplicationGroup) => void, RegExp]>([
  [
    "somebody's parameter group",
    (group) => {
      group.parameterGroup = 'theirs';
    },
    /elasticache\.engineVersion: aoscloud-dev-redis has the cache parameter group theirs, made by somebody else/,
  ],
  [
    'a global datastore',
    (group) => {
      group.globalDatastore = 'world';
    },
    /elasticache\.engineVersion: aoscloud-dev-redis is a member of the global datastore world/,
  ],
])('another engine of a cache with %s is refused', async (_what, arrange, cause) => {
  const store = new MemoryStore(structuredClone(alive));
  openAccount({ store }).aws.inspect(devRequest.region, (call) =>
    Object.values(elasticacheState(call).replicationGroups).forEach(arrange),
  );
  const run = await over({ elasticache: { engine: 'valkey' } }, store.snapshot());
  expect(run.result.cause).toMatch(cause);
  expect(run.mutating).toBe(0);
});

it('a second change of throughput within a day, with the time from when on it is possible', async () => {
  const first = await over({ efs: { throughputMode: 'bursting' } });
  expect(first.result.status, first.result.cause).toBe('SUCCEEDED');
  const back = await over({}, first.store.snapshot(), 'third');
  expect(back.result.cause).toMatch(
    /efs\.throughputMode: bursting → elastic: AWS allows it 24 hours after the last change of throughput, from 2026-11-\S+Z on\. What to do: run again then/,
  );
  expect(back.mutating).toBe(0);
  const more = { efs: { throughputMode: 'provisioned', provisionedThroughput: 64 } };
  const from = first.store.snapshot();
  from.now += 25 * 3_600_000;
  const later = await over(more, from, 'fourth');
  expect(later.result.status, later.result.cause).toBe('SUCCEEDED');
  const raised = { efs: { throughputMode: 'provisioned', provisionedThroughput: 128 } };
  const again = await over(raised, later.store.snapshot(), 'fifth');
  expect(again.result.status, again.result.cause).toBe('SUCCEEDED');
});

it('the last rule, while a load balancer has the group: refused, naming who has it', async () => {
  const store = new MemoryStore(structuredClone(alive));
  openAccount({ store }).aws.inspect(devRequest.region, (call) => {
    const { vpcs, subnets, securityGroups, networkInterfaces } = ec2State(call);
    const group = Object.values(securityGroups).find(
      ({ name }) => name === 'aoscloud-dev-public-load-balancer',
    )!;
    const isOurs = ({ tags }: { tags: Record<string, string> }) => tags['aoscloud:environment'] === 'dev';
    const placed = placeLoadBalancer(call, {
      type: 'application',
      name: 'web',
      clusterName: 'aoscloud-dev',
      vpcId: Object.values(vpcs).find(isOurs)!.id,
      subnetIds: Object.values(subnets)
        .filter(({ tags }) => tags['aoscloud:component']?.startsWith('subnet/eks-public/'))
        .map(({ id }) => id),
    });
    for (const id of placed.networkInterfaceIds) networkInterfaces[id]!.groupIds = [group.id];
  });
  const run = await over({ loadBalancer: { ingress: [] } }, store.snapshot());
  expect(run.result.cause).toMatch(
    /loadBalancer\.ingress\[.*\]: .* → none: sg-\w+ goes with its last rule, and is in use by eni-\w+ \(ELB app\/web/,
  );
  expect(run.mutating).toBe(0);
});

/** Every set of tags in the account that says it is this environment's; nodes and add-ons' associations follow theirs. */
function tagsIn(state: AwsState, path = ''): [path: string, tags: Record<string, string>][] {
  return Object.entries(state as unknown as Record<string, unknown>).flatMap(([name, value]) => {
    const here = `${path}/${name}`;
    if (typeof value !== 'object' || value === null || /instances\/i-|podIdentity|\/tokens\//.test(here))
      return [];
    if (name === 'tags') {
      const tags = Array.isArray(value)
        ? Object.fromEntries(value.map(({ Key, Value }) => [Key, Value]))
        : (value as Record<string, string>);
      return tags['aoscloud:environment'] === 'dev' ? [[path, tags]] : [];
    }
    return tagsIn(value as AwsState, here);
  });
}

describe('tags', () => {
  const by = (state: AwsState, tag: (tags: Record<string, string>) => boolean) =>
    tagsIn(state)
      .filter(([, tags]) => tag(tags))
      .map(([path]) => path);

  it('are on everything that carries ours, and those of others stay', async () => {
    const store = new MemoryStore(structuredClone(alive));
    openAccount({ store }).aws.inspect(devRequest.region, (call) => {
      Object.values(ec2State(call).vpcs)[0]!.tags.theirs = 'yes';
    });
    const from = store.snapshot();
    const paths = tagsIn(from).map(([path]) => path);
    expect(paths.length).toBeGreaterThan(60);
    const run = await over({ tags: { CostCenter: '42' } }, from);
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    const state = run.store.snapshot();
    expect(by(state, ({ CostCenter }) => CostCenter !== '42')).toEqual([]);
    expect(by(state, ({ team }) => team !== undefined)).toEqual([]);
    expect(tagsIn(state).map(([path]) => path)).toEqual(paths);
    expect(by(state, ({ theirs }) => theirs === 'yes')).toHaveLength(1);
  });

  it('of a run that failed half-way go with the request after it, though no run made them true', async () => {
    const failed = await runMachine(
      'provision',
      { ...living, tags: { team: 'platform', wrong: 'yes' } },
      {
        from: alive,
        name: 'second',
        inject: ({ operation }) =>
          operation === 'elasticache:AddTagsToResource'
            ? { kind: 'refuse', fault: new AwsFault('AccessDenied', 'not now', { status: 403 }) }
            : undefined,
      },
    );
    expect(failed.result.cause).toContain('Changed in place, and left so: tags[wrong]: none → yes');
    const half = failed.store.snapshot();
    const wrong = by(half, (tags) => tags.wrong === 'yes').length;
    expect(wrong).toBeGreaterThan(0);
    expect(wrong).toBeLessThan(tagsIn(half).length);
    // A second failure, with a request that knows nothing of it: the registry still does.
    const other = await runMachine(
      'provision',
      { ...living, tags: { team: 'data' } },
      { from: half, name: 'third', inject: ({ operation }) => denied(operation === 'ec2:DeleteTags') },
    );
    expect(other.result.status).toBe('FAILED');
    const back = await over({}, other.store.snapshot(), 'fourth');
    expect(back.result.status, back.result.cause).toBe('SUCCEEDED');
    expect(
      by(back.store.snapshot(), ({ wrong, team }) => wrong !== undefined || team !== 'platform'),
    ).toEqual([]);
  });

  it('wait for a cache that is busy, whose tags AWS tells and sets only when it is available', async () => {
    const store = new MemoryStore(structuredClone(alive));
    openAccount({ store }).aws.inspect(devRequest.region, (call) => {
      const [group] = Object.values(elasticacheState(call).replicationGroups);
      group!.status = 'modifying';
      call.schedule('elasticache:groupModified', group!.id, 600);
    });
    const run = await over({ tags: { team: 'data' } }, store.snapshot());
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    expect(by(run.store.snapshot(), ({ team }) => team !== 'data')).toEqual([]);
  });

  it('of others that leave no room are refused before anything is touched', async () => {
    const store = new MemoryStore(structuredClone(alive));
    openAccount({ store }).aws.inspect(devRequest.region, (call) => {
      const { tags } = Object.values(ec2State(call).vpcs)[0]!;
      for (let index = 0; index < 45; index++) tags[`theirs-${index}`] = '';
    });
    const run = await over({ tags: { team: 'platform', more: 'yes' } }, store.snapshot());
    expect(run.result.cause).toMatch(/tags: vpc-\w+ would have more than the fifty that AWS allows/);
    expect(run.mutating).toBe(0);
  });
});

function denied(is: boolean) {
  return is
    ? ({
        kind: 'refuse',
        fault: new AwsFault('UnauthorizedOperation', 'explicit deny', { status: 403 }),
      } as const)
    : undefined;
}

it('sizes, up and down again: no database is ever without a writer that works', async () => {
  const nodes = { instanceTypes: ['t3a.2xlarge'] };
  let from = alive;
  const outages: string[] = [];
  for (const [index, size] of ['medium', 'large', 'medium'].entries()) {
    const changes = { ...living, size, eks: { ...living.eks, nodes } };
    const run = await runMachine('provision', changes, {
      from,
      name: `size-${index}`,
      observe: (store, { operation }) => {
        if (!/^(rds|docdb):/.test(operation)) return;
        const state = store.snapshot().accounts[homeAccount]?.[devRequest.region]?.rds as RdsState;
        for (const { id, status, writer } of Object.values(state.clusters))
          if (status !== 'failing-over' && state.instances[writer ?? '']?.status !== 'available')
            outages.push(`${size}: ${id} without ${writer} at ${operation}`);
      },
    });
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    const again = await runMachine('provision', changes, {
      from: run.store.snapshot(),
      name: `again-${index}`,
    });
    expect(again.mutating).toBe(0);
    from = run.store.snapshot();
    expect(run.resources['rds:db-instance']).toHaveLength(size === 'large' ? 3 : 2);
  }
  expect(outages).toEqual([]);
}, 120_000);

it('a size that fails half-way leaves every database working, and the next run goes on', async () => {
  const medium = {
    ...living,
    size: 'medium',
    eks: { ...living.eks, nodes: { instanceTypes: ['t3a.2xlarge'] } },
  };
  const failed = await runMachine('provision', medium, {
    from: alive,
    name: 'half',
    inject: ({ operation, input }) =>
      operation === 'rds:ModifyDBInstance' && String(input.DBInstanceIdentifier).endsWith('-1')
        ? { kind: 'refuse', fault: rdsFault('InsufficientDBInstanceCapacityFault', 'none left') }
        : undefined,
  });
  expect(failed.result.cause).toMatch(
    /aurora: rds:ModifyDBInstance was refused with InsufficientDBInstanceCapacity/,
  );
  const from = failed.store.snapshot();
  const { clusters, instances } = from.accounts[homeAccount]![devRequest.region]!.rds as RdsState;
  for (const { writer } of Object.values(clusters))
    expect(instances[writer ?? '']).toMatchObject({ status: 'available' });
  expect(failed.result.cause).toMatch(
    /What this run made was taken back, but for this: .*instance aoscloud-dev-aurora-2 stays although this run made it: it is the writer of cluster aoscloud-dev-aurora/,
  );
  // The run made it, and it had become the writer.
  expect(clusters['aoscloud-dev-aurora']?.writer).toBe('aoscloud-dev-aurora-2');
  const next = await runMachine('provision', medium, { from, name: 'next' });
  expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
});

describe('a change that fails on its way', () => {
  const changes = { aurora: { backupRetentionDays: 3, instances: 2 }, efs: { backup: false } };
  let failed: Run;
  let item: RegistryItem;
  beforeAll(async () => {
    failed = await runMachine(
      'provision',
      { ...living, ...changes },
      {
        from: alive,
        name: 'second',
        inject: ({ operation }) =>
          operation === 'ec2:DescribeNetworkAcls' && Date.now() > alive.now + 60_000
            ? { kind: 'refuse', fault: new AwsFault('UnauthorizedOperation', 'not now', { status: 403 }) }
            : undefined,
      },
    );
    item = (await readEnvironment('dev')) as RegistryItem;
  });

  it('names what it changed in place, from which value, and how it comes back', () => {
    expect(failed.result.status).toBe('FAILED');
    expect(failed.result.cause).toContain('Everything this run made was taken back.');
    expect(failed.result.cause).toContain(
      'Changed in place, and left so: aurora.backupRetentionDays: 7 → 3; efs.backup: true → false. What to do: provision the former request',
    );
  });

  it('is not told as an environment that is gone', async () => {
    expect(progressOf(item).map(({ status }) => status)).toEqual(stepNames.map(() => 'taken-back'));
    expect(failed.resources['rds:db-instance']).toHaveLength(1);
    expect(failed.resources['eks:cluster']).toHaveLength(1);
  });

  it('the former request brings it back', async () => {
    const back = await over({}, failed.store.snapshot(), 'third');
    expect(back.result.status, back.result.cause).toBe('SUCCEEDED');
    expect((back.result.output as Accepted).changes.changes.map(({ field }) => field)).toEqual([
      'aurora.backupRetentionDays',
      'efs.backup',
    ]);
  });
});
