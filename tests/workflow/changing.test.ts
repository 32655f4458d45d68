/** A living environment and another request: told, done and verified, or refused before anything is touched. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { AwsState } from '#embedded/model.ts';
import type { Accepted } from '#functions/accept.ts';
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
    ['vpcCidr', { vpcCidr: '10.99.0.0/16' }],
    ['vpcCidr', { staging: true }],
    ['tags[CostCenter]', { tags: { team: 'platform', CostCenter: '42' } }],
    ['tags[team]', { tags: {} }],
    ['eks.version', eks({ version: '1.34' })],
    ['eks.serviceIpv4Cidr', eks({ serviceIpv4Cidr: '10.100.0.0/16' })],
    ['eks.nodes.instanceTypes', eks({ nodes: { instanceTypes: ['m5.2xlarge'] } })],
    ['eks.nodes.minSize', eks({ nodes: { minSize: 4 } })],
    ['eks.nodes.maxSize', eks({ nodes: { maxSize: 12 } })],
    ['eks.nodes.diskSizeGiB', eks({ nodes: { diskSizeGiB: 100 } })],
    ['elasticache.authentication', { elasticache: { authentication: 'iam' } }],
    ['elasticache.engineVersion', { elasticache: { engineVersion: '6.2' } }],
  ])('%s, %j', async (field, changes) => {
    const run = await over(changes);
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'PreflightFailedError' });
    expect(run.result.cause).toContain(`\n- ${field}: `);
    expect(run.result.cause).toMatch(/: .* → .*: .+\. What to do: .+\.\nNothing was changed\./);
    expect(run.mutating).toBe(0);
  });
});

describe('done, verified, and nothing left to do', () => {
  it.each<[string, object]>([
    ['eks.publicAccess', eks({ publicAccess: true, publicAccessCidrs: ['8.8.8.0/24'] })],
    ['eks.supportType', eks({ supportType: 'extended' })],
    ['eks.deletionProtection', eks({ deletionProtection: true })],
    ['aurora.instances', { aurora: { instances: 2 } }],
    ['aurora.backupRetentionDays', { aurora: { backupRetentionDays: 14 } }],
    ['aurora.deletionProtection', { aurora: { deletionProtection: true } }],
    ['documentdb.instances', { documentdb: { instances: 2 } }],
    ['documentdb.backupRetentionDays', { documentdb: { backupRetentionDays: 3 } }],
    ['documentdb.deletionProtection', { documentdb: { deletionProtection: true } }],
    ['elasticache.snapshotRetentionDays', { elasticache: { snapshotRetentionDays: 3 } }],
    ['efs.backup', { efs: { backup: false } }],
    ['network.natGateways', { network: { natGateways: 'per-zone' } }],
    ['network.s3GatewayEndpoint', { network: { s3GatewayEndpoint: true } }],
    ['loadBalancer.ingress', { loadBalancer: { ingress: [https, { ...https, fromPort: 80, toPort: 80 }] } }],
    ['loadBalancer.ingress', { loadBalancer: { ingress: [] } }],
  ])('%s, %j', async (field, changes) => {
    const run = await over(changes);
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    const { changes: list } = run.result.output as Accepted;
    expect(list.changes.length).toBeGreaterThan(0);
    for (const change of list.changes) expect(change.field.startsWith(field)).toBe(true);
    expect(run.mutating).toBeGreaterThan(0);
    const again = await over(changes, run.store.snapshot(), 'third');
    expect(again.result.status, again.result.cause).toBe('SUCCEEDED');
    expect((again.result.output as Accepted).changes).toEqual({ changes: [], more: 0 });
    expect(again.mutating).toBe(0);
  });
});
