/** Whole runs and the ways beside them, each call judged by the role of the function that makes it. */
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import { AwsFault, type AwsState, makeCall } from '#embedded/model.ts';
import { placeFlowLogBucket } from '#embedded/services/ec2/flow-logs.ts';
import { placeTransitGateway } from '#embedded/services/ec2/transit-gateways.ts';
import { type RdsState, rdsState } from '#embedded/services/rds/state.ts';
import { placeSecret } from '#embedded/services/secretsmanager.ts';
import { listExecutions } from '#embedded/services/states.ts';
import { MemoryStore } from '#embedded/store.ts';
import { client } from '#lib/aws/clients.ts';
import { beginFleetRecord } from '#lib/fleet/record.ts';
import { openAccount } from '#local/account.ts';
import { failAt } from '#local/fail-at.ts';
import { currentInvocation, invoke, loadHandlers } from '#local/lambda.ts';
import { functionPermissions } from '#local/permissions.ts';
import { simulateFleet } from '#local/simulate.ts';
import { targetRoleName } from '#local/target-policy.ts';
import { arrangeTargetRole } from '#local/target-role.ts';
import { handlers } from '../../serverless/handlers.mjs';
import { eventFor, secret } from '../lib/webhook/front-door.ts';
import { devRemoval, freshAccount, type RunOptions, runMachine } from '../support/workflow.ts';
import { problemsOf } from './authorization.ts';
import { type ErrorPath, fullRequest } from './damage.ts';
import { errorPaths } from './error-paths.ts';
import { Recording, unproved, unspelled } from './proof.ts';
import { removalPaths } from './removal-paths.ts';

const region = 'eu-central-1';
const recording = new Recording();
/** What the run at hand has asked for. */
let asked = new Set<string>();
const authorize = functionPermissions({
  onJudgement: (judgement) => {
    recording.note(judgement);
    asked.add(`${judgement.principal.name} ${judgement.request.action}`);
  },
});

let made: AwsState;
/** As after a run that ended without saying so: its lock is still there. */
let locked: AwsState;

/** In the account that was opened last: a log group, and the role that delivers into it. */
async function logGroupOfTheOperator() {
  const Principal = { Service: 'vpc-flow-logs.amazonaws.com' };
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }],
  };
  await client(IAMClient, { region }).send(
    new CreateRoleCommand({ RoleName: 'flow-logs', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await client(CloudWatchLogsClient, { region }).send(
    new CreateLogGroupCommand({ logGroupName: '/central' }),
  );
  return {
    destination: `arn:aws:logs:${region}:${homeAccount}:log-group:/central`,
    roleArn: `arn:aws:iam::${homeAccount}:role/flow-logs`,
  };
}

/** The environment as the run meets it. */
async function broken({ damage, repairedFirst }: ErrorPath): Promise<AwsState> {
  const store = new MemoryStore(structuredClone(made));
  if (damage) openAccount({ store }).aws.inspect(region, damage);
  if (!repairedFirst) return store.snapshot();
  const from = store.snapshot();
  const repaired = await runMachine('provision', fullRequest, { authorize, name: 'repaired', from });
  expect(repaired.result.cause).toBeUndefined();
  return repaired.store.snapshot();
}

function meanwhile({ during }: ErrorPath): Pick<RunOptions, 'observe'> {
  let done = false;
  if (!during) return {};
  return {
    observe: (store, { operation }) => {
      const where = `${currentInvocation()?.functionKey} ${operation}`;
      if (done || (operation !== during.after && where !== during.after)) return;
      done = true;
      store.transaction((state) => {
        during.damage(makeCall(state, { account: homeAccount, region, caller: 'outside' }));
        return { result: undefined, changed: true };
      });
    },
  };
}

beforeAll(async () => {
  process.env.EVENT_BUS_NAME = 'default';
  const run = await runMachine('provision', fullRequest, { authorize, name: 'made' });
  expect(run.result.cause).toBeUndefined();
  made = run.store.snapshot();
  made.now += 60 * 60 * 1000;
});

describe('whole runs', () => {
  it('are allowed every call they make, and every one AWS makes for them', { timeout: 120_000 }, async () => {
    const another = { instanceClass: 'db.r6g.xlarge' };
    const shut = {
      ...fullRequest,
      tags: { other: 'tags' },
      deletionProtection: true,
      loadBalancer: { ingress: [] },
      aurora: another,
      documentdb: another,
      elasticache: { ...fullRequest.elasticache, nodeType: 'cache.r7g.xlarge', replicas: 3 },
      efs: { throughputMode: 'bursting' },
      eks: { ...fullRequest.eks, version: '1.36', nodes: { minSize: 4, diskSizeGiB: 80 } },
    };
    const changed = await runMachine('provision', shut, { authorize, name: 'changed', from: made });
    expect(changed.result.cause).toBeUndefined();
    const from = changed.store.snapshot();
    // EFS changes its throughput once a day.
    from.now += 25 * 60 * 60 * 1000;
    const nodes = { instanceTypes: ['c5.2xlarge'] };
    const open = { ...fullRequest, deletionProtection: false, eks: { ...fullRequest.eks, nodes } };
    const opened = await runMachine('provision', open, { authorize, name: 'opened', from });
    expect(opened.result.cause).toBeUndefined();
    const removed = await runMachine(
      'deprovision',
      { ...devRemoval, deleteLogs: true },
      { authorize, name: 'removed', from: opened.store.snapshot() },
    );
    expect(removed.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it.each(['eks-cluster', 'eks-nodes'])('are when %s fails and all is taken back', async (step) => {
    const { result } = await runMachine(
      'provision',
      { ...fullRequest, deletionProtection: true },
      { authorize, inject: failAt(step), name: `failed-${step}` },
    );
    expect(result.cause).toContain('Everything this run made was taken back.');
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('are where Aurora needs parameters of its own, and the cache those of another version', async () => {
    const older = {
      ...fullRequest,
      aurora: { engineVersion: '15.13' },
      elasticache: { engineVersion: '6.2' },
    };
    const run = await runMachine('provision', older, { authorize, name: 'older' });
    expect(run.result.cause).toBeUndefined();
    const from = run.store.snapshot();
    // As a run leaves it whose cluster never came.
    Object.assign(from.accounts[homeAccount]![region]!.rds as object, { clusters: {}, instances: {} });
    const another = {
      ...fullRequest,
      aurora: { engineVersion: '16.9' },
      elasticache: { engineVersion: '7.1' },
    };
    const newer = await runMachine('provision', another, { authorize, name: 'newer', from });
    expect(newer.result.cause).toBeUndefined();
    const removed = await runMachine('deprovision', devRemoval, { authorize, from: run.store.snapshot() });
    expect(removed.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('are where databases get another major version, and another one', async () => {
    const versions = (aurora: string, documentdb: string) => ({
      ...fullRequest,
      aurora: { engineVersion: aurora, allowMajorUpgrade: true },
      documentdb: { engineVersion: documentdb, allowMajorUpgrade: true },
    });
    const older = await runMachine('provision', versions('15.13', '4.0.0'), { authorize, name: 'older' });
    const from = older.store.snapshot();
    const groupsIn = (state: AwsState) =>
      (state.accounts[homeAccount]![region]!.rds as RdsState).parameterGroups!;
    groupsIn(from)['aoscloud-dev-aurora']!.parameters.log_min_duration_statement = '500';
    const newer = await runMachine('provision', versions('16.9', '5.0.0'), {
      authorize,
      name: 'newer',
      from,
    });
    expect(newer.result.cause).toBeUndefined();
    const next = newer.store.snapshot();
    const newest = await runMachine('provision', versions('17.5', '8.0.0'), {
      authorize,
      name: 'newest',
      from: next,
    });
    expect(newest.result.cause).toBeUndefined();
    const removed = await runMachine('deprovision', devRemoval, {
      authorize,
      from: newest.store.snapshot(),
      name: 'removed',
    });
    expect(removed.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('are where the VPC is attached to a transit gateway and recorded, and no more', async () => {
    const store = new MemoryStore(freshAccount());
    const id = 'tgw-0123456789abcdef0';
    openAccount({ store }).aws.inspect(region, (call) =>
      placeTransitGateway(call, { id, ownerId: '999900001111' }),
    );
    const bucket = 'arn:aws:s3:::central-flow-logs';
    const byRole = await logGroupOfTheOperator();
    openAccount({ store }).aws.inspect(region, (call) => placeFlowLogBucket(call, bucket));
    const network = {
      ...fullRequest.network,
      transitGateway: { id, routes: ['10.0.0.0/8'] },
      flowLogs: { destination: bucket },
    };
    const attached = await runMachine(
      'provision',
      { ...fullRequest, network },
      { authorize, name: 'attached', from: store.snapshot() },
    );
    expect(attached.result.cause).toBeUndefined();
    const from = attached.store.snapshot();
    const elsewhere = { ...fullRequest, network: { ...fullRequest.network, flowLogs: byRole } };
    const detached = await runMachine('provision', elsewhere, { authorize, name: 'detached', from });
    expect(detached.result.cause).toBeUndefined();
    const removed = await runMachine('deprovision', devRemoval, { authorize, name: 'removed', from });
    expect(removed.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('are where what is made comes from snapshots, with a key of the customer', async () => {
    const removed = await runMachine('deprovision', devRemoval, { authorize, name: 'gone', from: made });
    const store = new MemoryStore(removed.store.snapshot());
    const [aurora] = removed.resources['rds:db-cluster-snapshot'] ?? [];
    const [documentdb] = removed.resources['docdb:db-cluster-snapshot'] ?? [];
    const [cache] = removed.resources['elasticache:snapshot'] ?? [];
    openAccount({ store }).aws.inspect(region, (call) => {
      const kmsKeyId = `arn:aws:kms:${region}:${homeAccount}:key/11112222-3333-4444-5555-666677778888`;
      for (const id of [aurora!, documentdb!]) Object.assign(rdsState(call).snapshots[id]!, { kmsKeyId });
    });
    const request = {
      ...fullRequest,
      aurora: { restoreFrom: aurora },
      documentdb: { restoreFrom: documentdb },
      elasticache: { ...fullRequest.elasticache, restoreFrom: cache },
    };
    const from = store.snapshot();
    const restored = await runMachine('provision', request, { authorize, name: 'restored', from });
    expect(restored.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('are after one that could not say how it ended', async () => {
    const unrecorded = await runMachine('provision', fullRequest, {
      authorize,
      name: 'unrecorded',
      from: made,
      inject: ({ operation }) =>
        operation === 'dynamodb:UpdateItem' && currentInvocation()?.functionKey.startsWith('Record')
          ? { kind: 'refuse', fault: new AwsFault('AccessDeniedException', 'not now', { status: 400 }) }
          : undefined,
    });
    expect(unrecorded.result.status).toBe('FAILED');
    locked = unrecorded.store.snapshot();
    const again = await runMachine('provision', fullRequest, { authorize, name: 'recorded', from: locked });
    expect(again.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });
});

describe('an environment in another account', () => {
  it('is made and taken down with what the role over there allows', async () => {
    const roleArn = `arn:aws:iam::444455556666:role/${targetRoleName}`;
    const store = new MemoryStore(structuredClone(freshAccount()));
    arrangeTargetRole(openAccount({ store }).aws, roleArn);
    const from = store.snapshot();
    const { eks: _theirs, ...request } = fullRequest;
    const there = await runMachine('provision', { ...request, roleArn }, { authorize, name: 'there', from });
    expect(there.result.cause).toBeUndefined();
    const gone = await runMachine('deprovision', devRemoval, { authorize, from: there.store.snapshot() });
    expect(gone.result.cause).toBeUndefined();
    expect(recording.denied.splice(0)).toEqual([]);
  });
});

describe('a run that meets', () => {
  const paths = [...errorPaths, ...removalPaths].map((path) => [path.title, path] as const);
  it.each(paths)('%s', async (_title, path) => {
    const from = await broken(path);
    asked = new Set();
    const { result } = await runMachine(path.machine, path.input, {
      authorize,
      ...meanwhile(path),
      from,
      name: 'again',
      ...(path.inject ? { inject: path.inject } : {}),
    });
    expect(recording.denied.splice(0)).toEqual([]);
    if (path.fails) expect(result.cause).toMatch(path.fails);
    else expect(result.cause).toBeUndefined();
    expect(path.calls.filter((call) => !asked.has(call))).toEqual([]);
  });
});

describe('a fleet', () => {
  it('is allowed every call it makes, of two that begin and one that may not', async () => {
    const account = openAccount({ store: new MemoryStore(freshAccount()), latencySeconds: 0.2, authorize });
    account.aws.inject = ({ operation, input }) =>
      operation === 'ec2:CreateVpc' && input.CidrBlock === '10.65.0.0/16'
        ? { kind: 'refuse', fault: new AwsFault('VpcLimitExceeded', 'no more') }
        : undefined;
    const input = {
      fleet: 'some',
      defaults: { region, vpcCidr: 'auto', cidrPool: ['10.65.0.0/16', '10.66.0.0/15'] },
      environments: ['one', 'two', 'three'].map((environment) => ({ environment })),
      waves: [1, 1],
    };
    const { result } = await simulateFleet(account, { input, name: 'some-fleet' });
    expect(result.cause).toContain('0 of 3 environments succeeded, 1 failed, 2 were not started');
    expect(recording.denied.splice(0)).toEqual([]);
  });
});

describe('beside the machines', () => {
  const brokenFleet = {
    fleet: 'some',
    execution: 'broken',
    action: 'provision',
    environments: ['one'],
    stopAt: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    predictedEnd: '2026-01-01T00:15:00.000Z',
  } as const;
  const opened = async () => {
    const { aws } = openAccount({ store: new MemoryStore(structuredClone(locked)), authorize });
    await loadHandlers();
    return aws;
  };

  it('the front door is allowed what it asks for', async () => {
    const aws = await opened();
    process.env.WEBHOOK_SECRET_ID = aws.inspect(region, (call) =>
      placeSecret(call, { name: 'aoscloud-webhook', value: secret }),
    );
    const asks = [
      eventFor('GET /environments'),
      eventFor('GET /environments/{name}'),
      eventFor('POST /environments', { body: JSON.stringify(fullRequest) }),
      eventFor('POST /environments', { body: JSON.stringify({ ...fullRequest, environment: 'other' }) }),
      eventFor('DELETE /environments/{name}', { body: '{"confirm":"dev"}' }),
      eventFor('POST /fleets', { body: JSON.stringify({ fleet: 'some', environments: [fullRequest] }) }),
      eventFor('GET /fleets/{name}', { name: 'some-fleet' }),
    ];
    for (const event of asks) {
      const { statusCode } = (await invoke('Webhook', event)) as { statusCode: number };
      expect(statusCode, event.routeKey).toBeLessThan(500);
    }
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('so is who takes events, also one that is delivered again', async () => {
    await opened();
    const event = {
      id: 'event-1',
      'detail-type': 'Environment Requested',
      time: new Date().toISOString(),
      detail: fullRequest,
    };
    const first = await invoke('TakeEvent', event);
    expect(await invoke('TakeEvent', event)).toEqual(first);
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('so is who settles dead runs', async () => {
    await opened();
    const stateMachineArn = process.env.PROVISION_STATE_MACHINE_ARN as string;
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:unrecorded`;
    const input = JSON.stringify(fullRequest);
    const detail = { executionArn, stateMachineArn, name: 'unrecorded', status: 'ABORTED', input };
    expect(await invoke('SettleDeadRun', { detail })).toBe('rollback started');
    await beginFleetRecord(brokenFleet);
    const fleet = { ...detail, stateMachineArn: process.env.FLEET_STATE_MACHINE_ARN, name: 'broken' };
    expect(await invoke('SettleDeadRun', { detail: fleet })).toBe('fleet ended');
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('who looks for drift may see an environment and tell of it', async () => {
    const from = structuredClone(made);
    const { clusters } = from.accounts[homeAccount]![region]!.rds as { clusters: Record<string, object> };
    for (const cluster of Object.values(clusters)) Object.assign(cluster, { backupRetentionDays: 2 });
    openAccount({ store: new MemoryStore(from), authorize });
    await loadHandlers();
    vi.useFakeTimers({ toFake: ['Date'], now: from.now + 25 * 3_600_000 });
    try {
      expect(await invoke('Drift', {})).toEqual({ dev: 2 });
    } finally {
      vi.useRealTimers();
    }
    expect(recording.denied.splice(0)).toEqual([]);
  });

  it('and who settles those whose end nobody told', async () => {
    const aws = await opened();
    // Stopped, not failed: of one that failed only the lock is freed.
    aws.inspect(region, (call) => {
      for (const one of listExecutions(call)) if (one.name === 'unrecorded') one.status = 'ABORTED';
    });
    await beginFleetRecord(brokenFleet);
    vi.useFakeTimers({ toFake: ['Date'], now: locked.now + 15 * 60_000 });
    try {
      expect(await invoke('SettleLostRuns', {})).toEqual({ dev: 'rollback started', broken: 'fleet ended' });
    } finally {
      vi.useRealTimers();
    }
    expect(recording.denied.splice(0)).toEqual([]);
  });
});

/** Allowed, and asked for by no call here. */
const unasked: readonly { readonly action: RegExp; readonly why: string }[] = [
  {
    action: /^\w+ (xray:Put\w+|logs:(CreateLogStream|PutLogEvents))$/,
    why: 'Lambda does it, not the handler',
  },
  {
    action: /^\w+ sts:AssumeRole$/,
    why: 'here all functions share the session that the first of them opened; deployed, each has a sandbox of its own',
  },
  {
    action: /^(Settle\w+|Drift|TakeEvent) sqs:SendMessage$/,
    why: 'Lambda sends what the function could not handle',
  },
  {
    action: /^Verify rds:DescribeDBSubnetGroups$/,
    why: 'instances tell their subnet group: asked only of a cluster that has lost all of them',
  },
];

it('no request is about a type of resource or a condition key that AWS does not know', async () => {
  const problems = new Set<string>();
  for (const name of recording.functions)
    for (const { action, resource, context } of recording.requestsOf(name)) {
      // The ARNs of quotas begin with the service's code, so a type cannot be told by its first word.
      if (action === 'servicequotas:GetServiceQuota') continue;
      const statement = { Effect: 'Allow', Action: [action], Resource: [resource] } as const;
      const Condition = { StringEquals: Object.fromEntries(Object.keys(context).map((key) => [key, ''])) };
      for (const problem of await problemsOf({ ...statement, Condition })) problems.add(problem);
    }
  expect([...problems]).toEqual([]);
});

describe('the roles', () => {
  it('were at work in all functions', () => {
    expect(recording.functions).toEqual(
      handlers()
        .map(({ key }) => key)
        .sort(),
    );
  });

  it('allow no action that no call is denied without', () => {
    const idle = unproved(recording).filter((one) => !unasked.some(({ action }) => action.test(one)));
    expect(idle).toEqual([]);
  });

  it('have no condition key that could be misspelt unnoticed', () => {
    expect(unspelled(recording)).toEqual([]);
  });
});
