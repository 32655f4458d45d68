import { expect, it } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import { AwsFault } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { ownedResources, reportedResources } from '#local/owned.ts';
import { devRemoval, devRequest, type Run, runMachine } from '../support/workflow.ts';

const dev = {
  name: 'dev',
  region: 'eu-central-1',
  account: homeAccount,
  partition: 'aws',
  execution: 'report',
};

/** As an endpoint shows it, which knows nothing of the run's rates and clock. */
function listed({ store }: Run): Promise<Record<string, string[]>> {
  openAccount({ store: new MemoryStore(store.snapshot()), latencySeconds: 0 });
  return ownedResources(dev);
}

/** What comes with something else, and is not counted by itself. */
const implied = [
  'ec2:network-interface',
  'ec2:security-group-rule',
  'ec2:instance',
  'eks:access-entry',
  'eks:pod-identity-association',
  'iam:service-linked-role',
  'secretsmanager:secret',
];

it('lists on an endpoint what the inventory of the embedded AWS has, cache users, parameter groups and logs among it', async () => {
  const request = {
    ...devRequest,
    elasticache: { authentication: 'iam' },
    aurora: { engineVersion: '16.9' },
  };
  const made = await runMachine('provision', request);
  const { resources } = made;
  expect(made.result.status).toBe('SUCCEEDED');
  const owned = await listed(made);
  const types = Object.keys(resources).filter((type) => !implied.includes(type));
  expect(Object.keys(owned)).toEqual(types);
  for (const type of types) expect(owned[type], type).toEqual(resources[type]);
  expect(owned['elasticache:user']).toHaveLength(2);
  expect(owned['elasticache:user-group']).toEqual(['aoscloud-dev-redis']);
  expect(owned['rds:db-cluster-parameter-group']).toEqual(['aoscloud-dev-aurora']);
  expect(owned['docdb:db-cluster-parameter-group']).toEqual(['aoscloud-dev-documentdb']);
  expect(owned['logs:log-group']).toContain('/aws/rds/cluster/aoscloud-dev-aurora/postgresql');
});

it('lists what was taken and made for another major version of a database', async () => {
  const made = await runMachine('provision', { ...devRequest, aurora: { engineVersion: '15.13' } });
  const aurora = { engineVersion: '16.9', allowMajorUpgrade: true };
  const upgraded = await runMachine(
    'provision',
    { ...devRequest, aurora },
    { from: made.store.snapshot(), name: 'second' },
  );
  expect(upgraded.result.status, upgraded.result.cause).toBe('SUCCEEDED');
  const owned = await listed(upgraded);
  for (const type of ['rds:db-cluster-parameter-group', 'rds:db-cluster-snapshot']) {
    expect(owned[type], type).toHaveLength(1);
    expect(owned[type], type).toEqual(upgraded.resources[type]);
  }
});

it('lists nothing after a removal but the logs and snapshots it leaves', async () => {
  const made = await runMachine('provision', devRequest);
  const gone = await runMachine('deprovision', devRemoval, { from: made.store.snapshot() });
  expect(gone.result.status).toBe('SUCCEEDED');
  const left = await listed(gone);
  expect(Object.keys(left)).toEqual([
    'docdb:db-cluster-snapshot',
    'elasticache:snapshot',
    'logs:log-group',
    'rds:db-cluster-snapshot',
  ]);
  for (const [type, ids] of Object.entries(left)) expect(ids, type).toEqual(gone.resources[type]);
});

it('is no part of what goes on: costs no time, and is neither counted, seen nor refused', async () => {
  const { store, account } = await runMachine('provision', devRequest);
  const seen: string[] = [];
  const { aws } = openAccount({
    store: new MemoryStore(store.snapshot()),
    latencySeconds: 3600,
    observe: ({ operation }) => seen.push(operation),
  });
  aws.inject = () => ({ kind: 'refuse', fault: new AwsFault('AccessDenied', 'no') });
  const resources = await reportedResources({ ...account, aws }, { name: 'dev', region: 'eu-central-1' });
  expect(resources['ec2:subnet']).toHaveLength(16);
  expect(aws.requests).toEqual({});
  expect(seen).toEqual([]);
});
