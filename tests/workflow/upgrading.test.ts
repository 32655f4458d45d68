/** Kubernetes and its nodes over the life of an environment: step by step, refused, failed half-way and gone on with. */
import { beforeAll, describe, expect, it } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import type { AwsState } from '#embedded/model.ts';
import type { Cluster, EksState, Insight } from '#embedded/services/eks/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import type { Accepted } from '#functions/accept.ts';
import { openAccount } from '#local/account.ts';
import { devRequest, type Run, runMachine } from '../support/workflow.ts';

const request = (eks: object) => ({ ...devRequest, eks });

let alive: AwsState;
beforeAll(async () => {
  const made = await runMachine('provision', request({ version: '1.34' }), { name: 'first' });
  expect(made.result.status, made.result.cause).toBe('SUCCEEDED');
  alive = made.store.snapshot();
});

function clusterIn(state: AwsState): Cluster {
  const eks = state.accounts[homeAccount]?.[devRequest.region]?.eks as EksState;
  return eks.clusters['aoscloud-dev'] as Cluster;
}

/** The account with something about its cluster arranged. */
function arranged(arrange: (cluster: Cluster) => void, from = alive): AwsState {
  const store = new MemoryStore(structuredClone(from));
  openAccount({ store }).aws.inspect(devRequest.region, (call) =>
    arrange(eksState(call).clusters['aoscloud-dev'] as Cluster),
  );
  return store.snapshot();
}

const run = (eks: object, from: AwsState, name: string, options: object = {}): Promise<Run> =>
  runMachine('provision', request(eks), { from, name, ...options });

/** What a cluster has at a call, as often as it changes: a cluster is never without nodes that work. */
function watch() {
  const seen: string[] = [];
  const observe = (store: MemoryStore) => {
    const { nodegroups } = clusterIn(store.snapshot());
    const working = Object.values(nodegroups).filter(({ status }) => ['ACTIVE', 'UPDATING'].includes(status));
    if (working.length === 0) seen.push('no node group works');
  };
  return { seen, observe };
}

it('1.34 → 1.35 → 1.36, one after the other: planned, done, verified, and nothing left to do', async () => {
  let from = alive;
  for (const [index, version] of ['1.35', '1.36'].entries()) {
    const done = await run({ version }, from, `to-${index}`);
    expect(done.result.status, done.result.cause).toBe('SUCCEEDED');
    expect((done.result.output as Accepted).changes.changes).toMatchObject([
      { field: 'eks.version', to: version, kind: 'change', interrupts: expect.any(String) },
    ]);
    from = done.store.snapshot();
    const cluster = clusterIn(from);
    expect([cluster, ...Object.values(cluster.nodegroups)].map((one) => one.version)).toEqual([
      version,
      version,
    ]);
    expect(cluster.addons['kube-proxy']?.version).toMatch(`v${version}.`);
    const again = await run({ version }, from, `again-${index}`);
    expect(again.mutating).toBe(0);
    const unasked = await run({}, from, `unasked-${index}`);
    expect(unasked.result.status, unasked.result.cause).toBe('SUCCEEDED');
    expect(unasked.mutating).toBe(0);
  }
});

describe('refused before any changing call', () => {
  const blocking: Insight = {
    id: '11111111-2222-3333-4444-555555555555',
    name: 'Deprecated APIs removed in Kubernetes v1.35',
    kubernetesVersion: '1.35',
    status: 'ERROR',
    reason: 'Deprecated API usage detected within last 30 days.',
    recommendation: 'Update manifests and API clients.',
  };

  it.each<[string, object, (cluster: Cluster) => void, RegExp]>([
    [
      'skipping',
      { version: '1.36' },
      () => {},
      /eks\.version: 1\.34 → 1\.36: EKS upgrades one minor version at a time/,
    ],
    [
      'going back',
      { version: '1.33' },
      () => {},
      /eks\.version: 1\.34 → 1\.33: EKS takes the control plane back/,
    ],
    [
      'what EKS Insights blocks',
      { version: '1.35' },
      (cluster) => {
        cluster.insights = [blocking];
      },
      /eks\.version 1\.35: EKS finds what blocks the upgrade, "Deprecated APIs .* What to do: Update manifests/,
    ],
    [
      'nodes that are behind already',
      { version: '1.35' },
      (cluster) => {
        for (const nodegroup of Object.values(cluster.nodegroups)) nodegroup.version = '1.33';
      },
      /node group aoscloud-dev-nodes runs Kubernetes 1\.33, .* What to do: run with eks\.version "1\.34" first/,
    ],
  ])('%s', async (_what, eks, arrange, cause) => {
    const refused = await run(eks, arranged(arrange), 'refused');
    expect(refused.result).toMatchObject({ status: 'FAILED', error: 'PreflightFailedError' });
    expect(refused.result.cause).toMatch(cause);
    expect(refused.result.cause).toContain('Nothing was changed.');
    expect(refused.mutating).toBe(0);
  });
});

describe('an upgrade that fails half-way', () => {
  const held = () =>
    arranged(({ nodegroups }) => {
      nodegroups['aoscloud-dev-nodes']!.keepsPods = true;
    });

  it('says what was changed from which value, deletes no node group, and goes on', async () => {
    const { seen, observe } = watch();
    const failed = await run({ version: '1.35' }, held(), 'half', { observe });
    expect(failed.result.cause).toMatch(/eks-nodes: node group aoscloud-dev-nodes: .*PodEvictionFailure/);
    expect(failed.result.cause).toContain(
      'Changed in place, and left so: eks.version: 1.34 → 1.35. What to do: provision this one again to go on; AWS takes eks.version no way back.',
    );
    expect(seen).toEqual([]);
    const state = failed.store.snapshot();
    expect(clusterIn(state)).toMatchObject({
      version: '1.35',
      nodegroups: { 'aoscloud-dev-nodes': { version: '1.34', status: 'ACTIVE' } },
    });
    const free = arranged(({ nodegroups }) => {
      nodegroups['aoscloud-dev-nodes']!.keepsPods = false;
    }, state);
    const next = await run({ version: '1.35' }, free, 'next');
    expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
    expect((next.result.output as Accepted).changes.changes).toMatchObject([
      { field: 'eks.version[nodes]', from: '1.34', to: '1.35' },
    ]);
  });
});

it('an add-on whose update failed is asked for again by the next run', async () => {
  let failed = false;
  const first = await run({ version: '1.35' }, alive, 'conflict', {
    inject: ({ operation }: { operation: string }) => {
      if (failed || operation !== 'eks:UpdateAddon') return undefined;
      failed = true;
      return { kind: 'outcome-fails' };
    },
  });
  expect(first.result.cause).toMatch(/eks-nodes: EKS add-on [\w-]+: .*ConfigurationConflict/);
  const next = await run({ version: '1.35' }, first.store.snapshot(), 'next');
  expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
});

describe('other nodes', () => {
  const types = { version: '1.34', nodes: { instanceTypes: ['m5.2xlarge'] } };

  it('take over before the former ones go', async () => {
    const { seen, observe } = watch();
    const done = await run(types, alive, 'types', { observe });
    expect(done.result.status, done.result.cause).toBe('SUCCEEDED');
    expect((done.result.output as Accepted).changes.changes).toMatchObject([
      { field: 'eks.nodes.instanceTypes', kind: 'replace' },
    ]);
    expect(seen).toEqual([]);
    expect(done.resources['eks:nodegroup']).toEqual(['aoscloud-dev/aoscloud-dev-nodes-2']);
    const removed = await runMachine(
      'deprovision',
      { environment: 'dev', region: 'eu-central-1', confirm: 'dev' },
      { from: done.store.snapshot(), name: 'gone' },
    );
    expect(removed.result.status, removed.result.cause).toBe('SUCCEEDED');
    expect(removed.resources['eks:cluster']).toBeUndefined();
    expect(removed.resources['ec2:instance']).toBeUndefined();
  });

  it('that fail are taken back, and the former ones stay', async () => {
    const { seen, observe } = watch();
    const failed = await run(types, alive, 'failing', {
      observe,
      inject: ({ operation }: { operation: string }) =>
        operation === 'eks:CreateNodegroup' ? { kind: 'outcome-fails' } : undefined,
    });
    expect(failed.result.cause).toMatch(/node group aoscloud-dev-nodes-2 is CREATE_FAILED/);
    expect(seen).toEqual([]);
    expect(failed.resources['eks:nodegroup']).toEqual(['aoscloud-dev/aoscloud-dev-nodes']);
    const next = await run(types, failed.store.snapshot(), 'next');
    expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
  });
});

describe('a run that dies', () => {
  it.each<[string, object, string]>([
    ['once the upgrade was asked for', { version: '1.35' }, 'eks:UpdateClusterVersion'],
    ['once an add-on was asked for', { version: '1.35' }, 'eks:UpdateAddon'],
    ['once the nodes were asked for', { version: '1.35' }, 'eks:UpdateNodegroupVersion'],
    [
      'once the second node group was asked for',
      { version: '1.34', nodes: { instanceTypes: ['m5.2xlarge'] } },
      'eks:CreateNodegroup',
    ],
    [
      'once the first was to go',
      { version: '1.34', nodes: { instanceTypes: ['m5.2xlarge'] } },
      'eks:DeleteNodegroup',
    ],
  ])('%s is gone on with by the next one', async (_when, eks, operation) => {
    const { seen, observe } = watch();
    let died: AwsState | undefined;
    let asked = false;
    await run(eks, alive, 'dies', {
      observe: (store: MemoryStore, call: { operation: string }) => {
        if (asked && !died) died = store.snapshot();
        asked ||= call.operation === operation;
      },
    });
    const next = await run(eks, died!, 'next', { abandoned: true, observe });
    expect(next.result.status, next.result.cause).toBe('SUCCEEDED');
    expect(seen).toEqual([]);
    expect(next.resources['eks:nodegroup']).toHaveLength(1);
    const again = await run(eks, next.store.snapshot(), 'again');
    expect(again.mutating).toBe(0);
  });
});
