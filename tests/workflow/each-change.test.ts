/**
 * Each case of each row of the table, taken from a small living environment: planned, done, verified, and a second run
 * with no changing call; or kept, or refused before any changing call. A row without an example here fails.
 */
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { beforeAll, expect, it } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import type { AwsState } from '#embedded/model.ts';
import { placeFlowLogBucket } from '#embedded/services/ec2/flow-logs.ts';
import { placeTransitGateway } from '#embedded/services/ec2/transit-gateways.ts';
import { MemoryStore } from '#embedded/store.ts';
import type { Accepted } from '#functions/accept.ts';
import { client } from '#lib/aws/clients.ts';
import type { ChangeKind } from '#lib/change/change.ts';
import { fields, isCompared, table } from '#lib/change/table.ts';
import { openAccount } from '#local/account.ts';
import { devRequest, freshAccount, type Run, runMachine } from '../support/workflow.ts';

const administrator = `arn:aws:iam::${homeAccount}:role/platform-admin`;
const other = `arn:aws:iam::${homeAccount}:role/flow-logs`;
const bucket = 'arn:aws:s3:::central-flow-logs';
const logGroup = `arn:aws:logs:${devRequest.region}:${homeAccount}:log-group:/central/flow-logs`;
const transitGateways = ['tgw-0123456789abcdef0', 'tgw-0fedcba9876543210'] as const;
const https = { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' };

const living = {
  ...devRequest,
  tags: { team: 'platform' },
  eks: { version: '1.34', administrators: [administrator] },
  aurora: { engineVersion: '16.8' },
  documentdb: { engineVersion: '5.0.0' },
  elasticache: { engineVersion: '7.0' },
  loadBalancer: { ingress: [https] },
};

interface Example {
  /** Of the request, what the environment had before. */
  readonly before?: object;
  readonly after: object;
  /** Fields that cannot change without it. */
  readonly along?: readonly string[];
}

const eks = (changes: object) => ({ eks: { ...living.eks, ...changes } });
const nodes = (changes: object) => eks({ nodes: changes });
const cidrs = (...publicAccessCidrs: string[]) => eks({ publicAccess: true, publicAccessCidrs });
const aurora = (changes: object) => ({ aurora: { ...living.aurora, ...changes } });
const documentdb = (changes: object) => ({ documentdb: { ...living.documentdb, ...changes } });
const elasticache = (changes: object) => ({ elasticache: { ...living.elasticache, ...changes } });
const network = (changes: object) => ({ network: changes });
const flowLogs = (changes: object) => network({ flowLogs: changes });
const gateway = (id: string, ...routes: string[]) => network({ transitGateway: { id, routes } });
const provisioned = (provisionedThroughput: number) => ({
  efs: { throughputMode: 'provisioned', provisionedThroughput },
});

/** The same of both databases. */
function ofDatabase(
  field: 'aurora' | 'documentdb',
  change: (changes: object) => object,
  storageType: string,
): Record<string, Example> {
  return {
    [`${field}.instanceClass: any`]: { after: change({ instanceClass: 'db.r6g.large' }) },
    [`${field}.instances: more`]: { after: change({ instances: 2 }) },
    [`${field}.instances: fewer`]: { before: change({ instances: 3 }), after: change({ instances: 1 }) },
    [`${field}.storageType: any`]: { after: change({ storageType }) },
    [`${field}.backupRetentionDays: more`]: { after: change({ backupRetentionDays: 14 }) },
    [`${field}.backupRetentionDays: fewer`]: { after: change({ backupRetentionDays: 3 }) },
    [`${field}.deletionProtection: any`]: { after: change({ deletionProtection: true }) },
    [`${field}.restoreFrom: over one that lives, and was not made from that snapshot`]: {
      after: change({ restoreFrom: 'of-last-year' }),
    },
  };
}

const examples: Readonly<Record<string, Example>> = {
  'vpcCidr: any': { after: { vpcCidr: '10.99.0.0/16' } },
  'tags: added, or another value': { after: { tags: { team: 'data', CostCenter: '42' } } },
  'tags: taken out: a key that a request had before, whoever set its value last; every other tag stays': {
    after: { tags: {} },
  },
  'eks.version: back': { after: eks({ version: '1.33' }) },
  'eks.version: the next minor version': { after: eks({ version: '1.35' }) },
  'eks.version: further onward': { after: eks({ version: '1.36' }) },
  'eks.supportType: any': { after: eks({ supportType: 'extended' }) },
  'eks.publicAccess: on': { after: cidrs('8.8.8.0/24') },
  'eks.publicAccess: off': { before: cidrs('8.8.8.0/24'), after: {} },
  'eks.publicAccessCidrs: any': { before: cidrs('8.8.8.0/24'), after: cidrs('9.9.9.0/24') },
  'eks.administrators: added': { after: eks({ administrators: [administrator, other] }) },
  'eks.administrators: taken out': { after: eks({ administrators: [] }) },
  'eks.deletionProtection: any': { after: eks({ deletionProtection: true }) },
  'eks.serviceIpv4Cidr: any': { after: eks({ serviceIpv4Cidr: '10.100.0.0/16' }) },
  'eks.nodes.instanceTypes: any': { after: nodes({ instanceTypes: ['m5.2xlarge'] }) },
  'eks.nodes.minSize: any': { after: nodes({ minSize: 4 }) },
  'eks.nodes.maxSize: more': { after: nodes({ maxSize: 12 }) },
  'eks.nodes.maxSize: fewer': { after: nodes({ maxSize: 8 }) },
  'eks.nodes.diskSizeGiB: any': { after: nodes({ diskSizeGiB: 100 }) },
  ...ofDatabase('aurora', aurora, 'aurora-iopt1'),
  'aurora.engineVersion: an older one of the same major version': {
    after: aurora({ engineVersion: '16.6' }),
  },
  'aurora.engineVersion: a later one of the same major version': { after: aurora({ engineVersion: '16.9' }) },
  'aurora.engineVersion: back to an older major version': {
    after: aurora({ engineVersion: '15.13', allowMajorUpgrade: true }),
  },
  'aurora.engineVersion: a later major version, with `allowMajorUpgrade`': {
    after: aurora({ engineVersion: '17.4', allowMajorUpgrade: true }),
  },
  'aurora.engineVersion: a later major version, without it': { after: aurora({ engineVersion: '17.4' }) },
  ...ofDatabase('documentdb', documentdb, 'iopt1'),
  'documentdb.engineVersion: an older one of the same major version': {
    before: documentdb({ engineVersion: '5.0.1' }),
    after: {},
  },
  'documentdb.engineVersion: a later one of the same major version': {
    after: documentdb({ engineVersion: '5.0.1' }),
  },
  'documentdb.engineVersion: back to an older major version': {
    after: documentdb({ engineVersion: '4.0.0' }),
  },
  'documentdb.engineVersion: a later major version, with `allowMajorUpgrade`': {
    after: documentdb({ engineVersion: '8.0.0', allowMajorUpgrade: true }),
  },
  'documentdb.engineVersion: a later major version, without it': {
    after: documentdb({ engineVersion: '8.0.0' }),
  },
  'elasticache.nodeType: any': { after: elasticache({ nodeType: 'cache.r7g.large' }) },
  'elasticache.replicas: more': { after: elasticache({ replicas: 3 }) },
  'elasticache.replicas: fewer': { before: elasticache({ replicas: 3 }), after: {} },
  'elasticache.engine: from Redis OSS to Valkey': {
    after: { elasticache: { engine: 'valkey' } },
    along: ['elasticache.engineVersion'],
  },
  'elasticache.engine: back': {
    before: { elasticache: { engine: 'valkey' } },
    after: {},
    along: ['elasticache.engineVersion'],
  },
  'elasticache.engineVersion: an older one of the same major version': {
    before: elasticache({ engineVersion: '7.1' }),
    after: {},
  },
  'elasticache.engineVersion: back to an older major version': {
    after: elasticache({ engineVersion: '6.2' }),
  },
  'elasticache.engineVersion: a later one': { after: elasticache({ engineVersion: '7.1' }) },
  'elasticache.snapshotRetentionDays: any': { after: elasticache({ snapshotRetentionDays: 3 }) },
  'elasticache.restoreFrom: over one that lives, and was not made from that snapshot': {
    after: elasticache({ restoreFrom: 'of-last-year' }),
  },
  'elasticache.authentication: any': { after: elasticache({ authentication: 'iam' }) },
  'efs.throughputMode: any': { after: { efs: { throughputMode: 'bursting' } } },
  'efs.provisionedThroughput: more': { before: provisioned(64), after: provisioned(128) },
  'efs.provisionedThroughput: fewer': { before: provisioned(64), after: provisioned(32) },
  'efs.backup: any': { after: { efs: { backup: false } } },
  'network.natGateways: one a zone': { after: network({ natGateways: 'per-zone' }) },
  'network.natGateways: one for all': { before: network({ natGateways: 'per-zone' }), after: {} },
  'network.flowLogs.destination: named': { after: flowLogs({ destination: bucket }) },
  'network.flowLogs.destination: taken out': { before: flowLogs({ destination: bucket }), after: {} },
  'network.flowLogs.destination: another': {
    before: flowLogs({ destination: bucket }),
    after: flowLogs({ destination: `${bucket}/dev` }),
  },
  'network.flowLogs.roleArn: any': {
    before: flowLogs({ destination: logGroup, roleArn: other }),
    after: flowLogs({ destination: logGroup, roleArn: `${other}-2` }),
  },
  'network.flowLogs.trafficType: any': {
    before: flowLogs({ destination: bucket }),
    after: flowLogs({ destination: bucket, trafficType: 'reject' }),
  },
  'network.transitGateway.id: named': { after: gateway(transitGateways[0], '10.0.0.0/8') },
  'network.transitGateway.id: taken out: attachment and routes go': {
    before: gateway(transitGateways[0], '10.0.0.0/8'),
    after: {},
  },
  'network.transitGateway.id: another': {
    before: gateway(transitGateways[0], '10.0.0.0/8'),
    after: gateway(transitGateways[1], '10.0.0.0/8'),
  },
  'network.transitGateway.routes: added': {
    before: gateway(transitGateways[0], '10.0.0.0/8'),
    after: gateway(transitGateways[0], '10.0.0.0/8', '192.168.0.0/16'),
  },
  'network.transitGateway.routes: taken out': {
    before: gateway(transitGateways[0], '10.0.0.0/8', '192.168.0.0/16'),
    after: gateway(transitGateways[0], '10.0.0.0/8'),
  },
  'network.s3GatewayEndpoint: on': { after: network({ s3GatewayEndpoint: true }) },
  'network.s3GatewayEndpoint: off': { before: network({ s3GatewayEndpoint: true }), after: {} },
  'loadBalancer.ingress: added': {
    after: { loadBalancer: { ingress: [https, { ...https, fromPort: 80, toPort: 80 }] } },
  },
  'loadBalancer.ingress: taken out; with the last one the group goes, and while a load balancer has it that is refused':
    { after: { loadBalancer: { ingress: [] } } },
};

const cases = fields.flatMap((field) => {
  const row = table[field];
  return isCompared(row)
    ? row.cases.map(({ of = 'any', kind }): [string, ChangeKind | 'keep', string] => [
        `${field}: ${of}`,
        kind,
        field,
      ])
    : [];
});

/** By what the environment had before. */
const standing = new Map<string, AwsState>();

beforeAll(async () => {
  const made = await runMachine('provision', living, { from: await withTheOperators(), name: 'first' });
  expect(made.result.status, made.result.cause).toBe('SUCCEEDED');
  standing.set('{}', made.store.snapshot());
});

/** What requests name, and no run makes. */
async function withTheOperators(): Promise<AwsState> {
  const store = new MemoryStore(freshAccount());
  const { aws } = openAccount({ store });
  aws.inspect(devRequest.region, (call) => {
    placeFlowLogBucket(call, bucket);
    for (const id of transitGateways) placeTransitGateway(call, { id });
  });
  const where = { region: devRequest.region };
  const Principal = { Service: 'vpc-flow-logs.amazonaws.com' };
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  for (const RoleName of ['flow-logs', 'flow-logs-2'])
    await client(IAMClient, where).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await client(CloudWatchLogsClient, where).send(
    new CreateLogGroupCommand({ logGroupName: '/central/flow-logs' }),
  );
  return store.snapshot();
}

const over = (changes: object, from: AwsState, name: string): Promise<Run> =>
  runMachine('provision', { ...living, ...changes }, { from, name });

/** EFS changes its throughput once a day. */
async function environmentWith(before: object = {}): Promise<AwsState> {
  const key = JSON.stringify(before);
  const known = standing.get(key);
  if (known) return structuredClone(known);
  const run = await over(before, await environmentWith(), 'before');
  expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
  const state = run.store.snapshot();
  state.now += 25 * 3_600_000;
  standing.set(key, state);
  return structuredClone(state);
}

it('every case of every row has an example', () => {
  expect(Object.keys(examples).toSorted()).toEqual(cases.map(([of]) => of).toSorted());
});

it.each(cases.filter(([, kind]) => kind === 'refuse'))(
  '%s: refused, and nothing touched',
  async (of, _kind, field) => {
    const { before, after } = examples[of] as Example;
    const run = await over(after, await environmentWith(before), 'after');
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'PreflightFailedError' });
    expect(run.result.cause).toMatch(new RegExp(`\\n- ${field}: .* → .*: .+\\. What to do: .+\\.`));
    expect(run.result.cause).toContain('Nothing was changed.');
    expect(run.mutating).toBe(0);
  },
);

it.each(cases.filter(([, kind]) => kind === 'keep'))('%s: kept, and said', async (of, _kind, field) => {
  const { before, after } = examples[of] as Example;
  const run = await over(after, await environmentWith(before), 'after');
  expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
  expect((run.result.output as Accepted).warnings).toContainEqual(
    expect.stringMatching(new RegExp(`^${field}: .*: it stays; `)),
  );
  expect(run.mutating).toBe(0);
});

it.each(cases.filter(([, kind]) => kind !== 'keep' && kind !== 'refuse'))(
  '%s: %s, done, verified, and nothing left to do',
  async (of, kind, field) => {
    const { before, after, along = [] } = examples[of] as Example;
    const run = await over(after, await environmentWith(before), 'after');
    expect(run.result.status, run.result.cause).toBe('SUCCEEDED');
    const { changes } = (run.result.output as Accepted).changes;
    const those = [field, ...along];
    expect(
      changes.map((change) => change.field.replace(/\[.*/, '')).filter((one) => !those.includes(one)),
    ).toEqual([]);
    expect(changes).toContainEqual(expect.objectContaining({ kind }));
    expect(run.mutating).toBeGreaterThan(0);
    const again = await over(after, run.store.snapshot(), 'again');
    expect(again.result.status, again.result.cause).toBe('SUCCEEDED');
    expect((again.result.output as Accepted).changes).toEqual({ changes: [], more: 0 });
    expect(again.mutating).toBe(0);
  },
);
