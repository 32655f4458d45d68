/**
 * The real handlers against moto: real SDK calls, serialized over HTTP, read back with plain SDK calls that know
 * nothing of this project. Needs `moto_server`; without it everything here is skipped.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Layer, startLayer } from './layer/layer.ts';
import { jsonError } from './layer/message.ts';
import { commandLine, type Report } from './support/command-line.ts';
import { type Environment, type Expected, environmentOf } from './support/environment.ts';
import { findMoto, type MotoServer, startMoto } from './support/moto.ts';
import { type PlainClients, plainClients } from './support/plain-clients.ts';
import { idsOf, readBack } from './support/read-back.ts';
import { ruleChecks } from './support/rules.ts';

const region = 'eu-central-1';
const requestFile = 'tests/wire/request.json';
const expected: Expected = {
  name: 'wire',
  region,
  prefix: '10.232',
  auroraInstances: 2,
  cacheNodes: 3,
  ingress: ['tcp 443-443 0.0.0.0/0', 'udp 5000-5010 203.0.113.0/24'],
};
const minute = 60_000;
/** Of the role the request names as administrator: preflight asks whether it exists. */
const anyTrust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'sts:AssumeRole' }],
});

describe.skipIf(!findMoto())('on the wire', { timeout: 5 * minute }, () => {
  let moto: MotoServer;
  let layer: Layer;
  let clients: PlainClients;
  let state: string;
  let untouched: Record<string, string[]>;

  beforeAll(async () => {
    moto = await startMoto();
    layer = await startLayer(moto.url);
    clients = plainClients(layer.url, region);
    state = mkdtempSync(join(tmpdir(), 'aoscloud-wire-'));
    await clients.iam.send(
      new CreateRoleCommand({ RoleName: 'platform-admin', AssumeRolePolicyDocument: anyTrust }),
    );
    untouched = idsOf(await readBack(clients));
  }, minute);

  afterAll(async () => {
    console.log(figures());
    await layer.close();
    moto.stop();
    rmSync(state, { recursive: true });
  });

  const provision = () => commandLine(layer.url, state, 'provision', requestFile);
  const deprovision = () =>
    commandLine(layer.url, state, 'deprovision', 'wire', '--confirm', 'wire', '--delete-logs');

  describe('a run from nothing', () => {
    let report: Report | undefined;
    let environment: Environment;

    beforeAll(async () => {
      report = await provision().report;
      environment = environmentOf(await readBack(clients), expected);
    }, 2 * minute);

    it('succeeds, and attests every rule itself', () => {
      expect(report?.error).toBeUndefined();
      expect(report?.rules.filter(({ holds }) => !holds)).toEqual([]);
    });

    it.each(Object.keys(ruleChecks))('%s holds in what plain SDK calls read back', (rule) => {
      ruleChecks[rule]?.(environment);
    });

    it('reports what it made', () => {
      expect(report?.resources).toMatchObject({
        'ec2:vpc': [environment.vpc.VpcId],
        'ec2:subnet': environment.subnets.map(({ SubnetId }) => SubnetId).toSorted(),
        'eks:cluster': ['aoscloud-wire'],
        'docdb:db-cluster': ['aoscloud-wire-documentdb'],
        'elasticache:replication-group': ['aoscloud-wire-redis'],
      });
    });
  });

  it('a second run changes nothing', async () => {
    const before = idsOf(await readBack(clients));
    const asked = { ...layer.requests };
    const report = await provision().report;
    expect(report?.status).toBe('SUCCEEDED');
    expect(mutationsSince(asked)).toEqual({});
    expect(idsOf(await readBack(clients))).toEqual(before);
  });

  it('a removal leaves final snapshots and nothing else', async () => {
    const report = await deprovision().report;
    expect(report?.error).toBeUndefined();
    expect(Object.keys(report?.resources ?? {}).toSorted()).toEqual([
      'docdb:db-cluster-snapshot',
      'elasticache:snapshot',
      'rds:db-cluster-snapshot',
    ]);
    const seen = await readBack(clients);
    expect(idsOf(seen)).toEqual(untouched);
    expect(seen.databaseSnapshots).toHaveLength(2);
    expect(seen.cacheSnapshots).toHaveLength(1);
  });

  it('runs killed anywhere are continued by the next one, and nothing is made twice', async () => {
    const kills = [
      'ec2:CreateVpc',
      'ec2:CreateNatGateway',
      'ec2:CreateVpcEndpoint',
      'eks:CreateCluster',
      'eks:CreateNodegroup',
    ];
    for (const operation of kills) expect(await killedAt(operation), operation).toBeUndefined();
    const report = await provision().report;
    expect(report?.error).toBeUndefined();
    const environment = environmentOf(await readBack(clients), expected);
    for (const check of Object.values(ruleChecks)) check(environment);
  });

  it('a removal killed halfway is continued by the next one', async () => {
    expect(await killedAt('ec2:DeleteVpcEndpoints', deprovision)).toBeUndefined();
    expect((await deprovision().report)?.error).toBeUndefined();
    expect(idsOf(await readBack(clients))).toEqual(untouched);
  });

  it('a refused run takes back all it made and says why', async () => {
    layer.refuse = (operation) =>
      operation === 'eks:CreateNodegroup'
        ? jsonError(403, 'AccessDeniedException', 'User is not authorized to perform: eks:CreateNodegroup')
        : undefined;
    const report = await provision().report;
    layer.refuse = undefined;
    expect(report?.error).toMatchObject({
      step: 'eks-nodes',
      operation: 'eks:CreateNodegroup',
      code: 'AccessDenied',
    });
    expect(idsOf(await readBack(clients))).toEqual(untouched);
  });

  it('every operation was answered by moto or by the layer', () => {
    expect([...layer.unsupported]).toEqual([]);
  });

  function figures(): string {
    const operations = Object.keys(layer.requests);
    const total = Object.values(layer.requests).reduce((sum, count) => sum + count, 0);
    const repaired = operations.filter((operation) => layer.repaired.has(operation));
    return `Wire: ${total} requests of ${operations.length} operations; ${operations.length - repaired.length} answered by moto alone, ${repaired.length} through the layer.`;
  }

  /** Kills the run when moto has carried out `operation` and its answer is on the way. */
  async function killedAt(operation: string, start = provision): Promise<Report | undefined> {
    const running = start();
    layer.onAnswered = (answered) => {
      if (answered === operation) running.process.kill('SIGKILL');
    };
    const report = await running.report;
    layer.onAnswered = undefined;
    return report;
  }

  function mutationsSince(before: Record<string, number>): Record<string, number> {
    return Object.fromEntries(
      Object.entries(layer.requests).filter(
        ([operation, count]) => !/:(Describe|List|Get)/.test(operation) && count !== (before[operation] ?? 0),
      ),
    );
  }
});
