import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { unavoidableSeconds } from '#local/expected.ts';
import { deleteOneEndpoint } from '../support/vandal.ts';
import { countsOf, devRequest, type Run, runMachine } from '../support/workflow.ts';

interface Output {
  readonly verification: { readonly rules: { readonly rule: string; readonly holds: boolean }[] };
}

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

  it('makes each thing once', () => {
    expect(countsOf(first.resources)).toMatchObject({
      'ec2:vpc': 1,
      'ec2:subnet': 16,
      'ec2:internet-gateway': 1,
      'ec2:nat-gateway': 1,
      'ec2:elastic-ip': 1,
      'ec2:route-table': 2,
      'ec2:vpc-endpoint': 12,
      'eks:cluster': 1,
      'eks:nodegroup': 1,
      'rds:db-cluster': 1,
      'docdb:db-cluster': 1,
      'elasticache:replication-group': 1,
      'efs:file-system': 1,
      'efs:mount-target': 3,
    });
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
