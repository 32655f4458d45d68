import { beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '#console/model/network.ts';
import { nextCommands } from '#console/model/next.ts';
import { brokenRules, rulesOf } from '#console/model/rules.ts';
import { type RunView, reduceAll, rollbackOf } from '#console/model/run.ts';
import { placeFlowLogBucket } from '#embedded/services/ec2/flow-logs.ts';
import { placeTransitGateway } from '#embedded/services/ec2/transit-gateways.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { failAt } from '#local/fail-at.ts';
import { type Watched, watched } from '../support/watched.ts';
import { devRequest, freshAccount } from '../support/workflow.ts';

const statuses = (run: RunView, rollback?: RunView) => {
  const network = networkOf(run, rollback)!;
  const { vpc, gateways, routes, rows, endpointSubnet, endpoints, services, groups, flows } = network;
  const subnets = rows.flatMap((row) => row.subnets);
  const all = [vpc, ...gateways, ...routes, ...subnets, endpointSubnet, ...endpoints, ...services, ...groups];
  return new Map([...all, ...flows].map((thing) => [thing.id, thing]));
};
const until = ({ events }: Watched, isEnd: (at: number) => boolean) => {
  const start = events[0]!.at;
  return reduceAll(
    new Map(),
    events.filter(({ at }) => !isEnd((at - start) / 1000)),
  ).get('watched')!;
};

describe('the network of a run that succeeds', () => {
  let whole: Watched;
  beforeAll(async () => {
    whole = await watched();
  });

  it('is not drawn before a plan is accepted, and grey after', () => {
    expect(networkOf(until(whole, (seconds) => seconds > 0.1))).toBeUndefined();
    const accepted = statuses({ ...until(whole, (seconds) => seconds > 0.1), ...pick(whole) });
    expect(new Set([...accepted.values()].map(({ status }) => status))).toEqual(new Set(['absent']));
  });

  it('has things come up at their own times', () => {
    const early = statuses(until(whole, (seconds) => seconds > 60));
    expect(early.get('vpc')).toMatchObject({ status: 'there', resource: expect.stringMatching(/^vpc-/) });
    expect(early.get('nat-gateway')?.status).toBe('coming');
    expect(early.get('eks-cluster')?.status).toBe('coming');
    expect(early.get('eks-nodes')?.status).toBe('absent');
    expect(early.get('flow/Aurora')?.status).toBe('absent');
    const later = [90, 120, 150, 180, 210, 240].map((end) =>
      statuses(until(whole, (seconds) => seconds > end)),
    );
    const isApart = (one: ReturnType<typeof statuses>) =>
      one.get('nat-gateway')?.status === 'there' && one.get('eks-cluster')?.status === 'coming';
    expect(later.some(isApart)).toBe(true);
  });

  it('is there, all of it, at the end, with the sixteen subnets and their blocks', () => {
    const run = whole.runs.get('watched')!;
    const all = statuses(run);
    expect([...all.values()].filter(({ status }) => status !== 'there')).toEqual([]);
    const subnets = [...all.values()].filter(({ id }) => id.startsWith('subnet/'));
    expect(subnets).toHaveLength(16);
    expect(all.get('subnet/aurora/c')?.note).toContain('10.231.253.224/28');
    expect(rulesOf(run)).toHaveLength(32);
    expect(nextCommands(run).map(({ command }) => command)).toContain(
      'aws eks update-kubeconfig --name aoscloud-dev --region eu-central-1',
    );
  });

  it('is red where a rule does not hold, in the words of the run that failed on it', () => {
    const run = whole.runs.get('watched')!;
    const cause =
      '2 of 32 rules do not hold. R7: subnet-1 lacks its tag. R25: Aurora 5432 is not reachable from EKS: no route. What to do: run again.';
    const { attested: _, ...rest } = run;
    const broken = { ...rest, head: { ...run.head, status: 'FAILED' as const, cause } };
    expect([...brokenRules(broken)]).toEqual([
      ['R7', 'subnet-1 lacks its tag'],
      ['R25', 'Aurora 5432 is not reachable from EKS: no route'],
    ]);
    const all = statuses(broken);
    expect(all.get('subnet/eks-public/a')).toMatchObject({ status: 'broken', why: 'subnet-1 lacks its tag' });
    expect(all.get('flow/Aurora')).toMatchObject({
      status: 'broken',
      why: expect.stringMatching(/no route/),
    });
    expect(all.get('flow/EFS')?.status).toBe('there');
    expect(nextCommands(broken)).toEqual([]);
  });

  const pick = ({ runs }: Watched) => ({ accepted: runs.get('watched')!.accepted! });
});

it('is grey again once its rollback went through', async () => {
  const { runs } = await watched({ inject: failAt('aurora') });
  const run = runs.get('watched')!;
  const during = statuses(run);
  expect(during.get('vpc')?.status).toBe('there');
  const after = statuses(run, rollbackOf(runs, 'watched'));
  expect([...after.values()].filter(({ status }) => status !== 'absent')).toEqual([]);
});

it('has what else a request may ask for: a way out a zone, an attachment, the S3 gateway endpoint, a flow log', async () => {
  const id = 'tgw-0123456789abcdef0';
  const store = new MemoryStore(freshAccount());
  openAccount({ store }).aws.inspect(devRequest.region, (call) => {
    placeTransitGateway(call, { id });
    placeFlowLogBucket(call, 'arn:aws:s3:::flow-logs');
  });
  const network = {
    natGateways: 'per-zone',
    s3GatewayEndpoint: true,
    transitGateway: { id, routes: ['10.0.0.0/8'] },
    flowLogs: { destination: 'arn:aws:s3:::flow-logs', trafficType: 'reject' },
  };
  const { runs } = await watched({ from: store.snapshot(), request: { ...devRequest, network } });
  const run = runs.get('watched')!;
  expect(run.head.cause).toBeUndefined();
  const all = statuses(run);
  expect([...all.values()].filter(({ status }) => status !== 'there')).toEqual([]);
  const optional = ['nat-gateway/b', 'nat-gateway/c', 's3-gateway'];
  for (const thing of [...optional, 'transit-gateway', 'flow-log'])
    expect(all.get(thing)?.resource, thing).toMatch(/^(nat|vpce|tgw-attach|fl)-/);
  expect(all.get('flow-log')?.title).toBe('Flow log of what is rejected');
  expect([...(await watched()).runs.values()].map((plain) => statuses(plain).has('flow-log'))).toEqual([
    false,
  ]);
});

it('is there, all of it, in a run that finds nothing to do, attested by what accepts', async () => {
  const first = await watched();
  const { runs } = await watched({ from: first.run.store.snapshot(), name: 'again' });
  const run = runs.get('again')!;
  expect(run.states.Verify).toBeUndefined();
  expect([...statuses(run).values()].filter(({ status }) => status !== 'there')).toEqual([]);
  expect(rulesOf(run)).toHaveLength(32);
  expect(nextCommands(run).length).toBeGreaterThan(3);
});
