import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { unavoidableSeconds } from '#local/expected.ts';
import { plannedCounts } from '#local/planned.ts';
import { deleteOneEndpoint } from '../support/vandal.ts';
import { countsOf, devRequest, type Run, runMachine } from '../support/workflow.ts';

interface Output {
  readonly environment: EnvironmentPlan;
  readonly verification: { readonly rules: { readonly rule: string; readonly holds: boolean }[] };
}

/** What comes with what is planned, and plan does not count. */
const beside: readonly string[] = [
  'docdb:db-cluster-parameter-group',
  'docdb:db-subnet-group',
  'ec2:instance',
  'ec2:launch-template',
  'ec2:security-group',
  'ec2:security-group-rule',
  'eks:access-entry',
  'eks:addon',
  'eks:pod-identity-association',
  'elasticache:subnet-group',
  'iam:oidc-provider',
  'iam:role',
  'logs:log-group',
  'rds:db-subnet-group',
  'secretsmanager:secret',
];

let first: Run;
const firstCalls: string[] = [];

beforeAll(async () => {
  first = await runMachine('provision', devRequest, {
    observe: (_store, call) => firstCalls.push(call.operation),
  });
});

describe('a first run', () => {
  it('ends with every rule holding', () => {
    expect(first.result).toMatchObject({ status: 'SUCCEEDED' });
    const { rules } = (first.result.output as Output).verification;
    expect(rules.map(({ rule }) => rule)).toEqual(Array.from({ length: 32 }, (_, index) => `R${index + 1}`));
    expect(rules.filter(({ holds }) => !holds)).toEqual([]);
  });

  it('requests the steps in the order of W1', () => {
    const order = [
      'ec2:CreateVpc',
      'ec2:CreateSubnet',
      'ec2:CreateNatGateway',
      'ec2:CreateVpcEndpoint',
      'eks:CreateCluster',
      'rds:CreateDBCluster',
    ];
    const firsts = order.map((operation) => firstCalls.indexOf(operation));
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    for (const data of [
      'docdb:CreateDBCluster',
      'elasticache:CreateReplicationGroup',
      'efs:CreateFileSystem',
    ]) {
      expect(firstCalls.indexOf(data)).toBeGreaterThan(firstCalls.indexOf('eks:CreateCluster'));
    }
  });

  it('connects EKS before the first node', () => {
    expect(firstCalls.indexOf('eks:CreateNodegroup')).toBeGreaterThan(
      firstCalls.lastIndexOf('ec2:AuthorizeSecurityGroupIngress'),
    );
  });

  it('takes at most 5 % longer than the chain nobody can avoid', () => {
    const { seconds } = unavoidableSeconds(first.account)!;
    expect(first.seconds / seconds).toBeLessThan(1.05);
    expect(first.seconds / seconds).toBeGreaterThan(1);
  });

  it('makes each thing once, as plan says before', () => {
    const made = countsOf(first.resources);
    // Nodes of a cache are the group's own and not listed; of security groups EKS makes one by itself.
    const {
      'elasticache:node': _nodes,
      'ec2:security-group': ownGroups,
      ...planned
    } = plannedCounts((first.result.output as Output).environment);
    expect(made).toMatchObject(planned);
    expect(made['ec2:security-group']).toBe(ownGroups! + 1);
    expect(Object.keys(made).filter((type) => !(type in planned))).toEqual(beside);
  });

  it('keeps every secret out of state, output and registry', () => {
    const kept = JSON.stringify([first.result.output, first.account.aws.mutations.map(({ input }) => input)]);
    expect(kept).not.toMatch(/"(MasterUserPassword|SecretString|AuthToken)"/);
  });
});

describe('a second run', () => {
  it('changes nothing', async () => {
    const second = await runMachine('provision', devRequest, {
      from: first.store.snapshot(),
      name: 'second',
    });
    expect(second.result.status).toBe('SUCCEEDED');
    expect(second.mutating).toBe(0);
    expect(second.resources).toEqual(first.resources);
    expect(second.seconds).toBeLessThan(60);
  });

  it('makes what somebody deleted, and nothing else', async () => {
    const state = first.store.snapshot();
    const gone = await runMachine('provision', devRequest, { from: state, name: 'third' });
    const id = await deleteOneEndpoint(gone.account);
    const repaired = await runMachine('provision', devRequest, {
      from: gone.store.snapshot(),
      name: 'fourth',
    });
    expect(repaired.result.status, repaired.result.cause).toBe('SUCCEEDED');
    expect(repaired.resources['ec2:vpc-endpoint']).not.toContain(id);
    expect(countsOf(repaired.resources)).toEqual(countsOf(first.resources));
  });
});

it.each(['dev', 'staging', 'prod'])('examples/%s.json comes up whole', async (name) => {
  const request = JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'));
  const run = await runMachine('provision', request);
  expect(run.result).toMatchObject({ status: 'SUCCEEDED' });
});

it('refuses a bad request in its first step, with every problem, and makes nothing', async () => {
  const run = await runMachine('provision', {
    ...devRequest,
    vpcCidr: '10.0.0.0/20',
    size: 'huge',
    colour: 'red',
  });
  expect(run.result).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
  for (const words of ['vpcCidr', '/20', 'R2', 'size', 'huge', 'colour'])
    expect(run.result.cause).toContain(words);
  expect(run.resources).toEqual({});
  expect(run.seconds).toBeLessThan(10);
});
