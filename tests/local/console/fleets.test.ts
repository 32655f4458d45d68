import { expect, it } from 'vitest';
import { memberExecution } from '#lib/fleet/names.ts';
import type { FleetRecord } from '#lib/fleet/record.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { sentenceOf } from '#lib/run/turns.ts';
import { fleetOf, fleetRowsOf } from '#local/console/fleets.ts';
import { queueOf } from '#local/console/queue.ts';
import type { FleetRun } from '#local/console/runs.ts';

const startedAt = Date.parse('2026-11-01T00:00:00.000Z');
const iso = (minutes: number) => new Date(startedAt + minutes * 60_000).toISOString();
const run: FleetRun = { execution: 'customers-1', status: 'RUNNING', startedAt };
const own = (environment: string) => memberExecution(environment, run.execution);
const queue = {
  operation: 'ec2:CreateVpcEndpoint',
  place: 7,
  from: '2026-11-01T00:12:30.000Z',
  until: '2026-11-01T00:13:10.000Z',
};
const queueing = sentenceOf(queue);

const record: FleetRecord = {
  fleet: 'customers',
  execution: run.execution,
  action: 'provision',
  environments: ['one', 'two', 'three', 'four', 'five'],
  waves: [1, 3, 1],
  stopAt: 2,
  startedAt: iso(0),
  predictedEnd: iso(40),
  ends: {
    one: { status: 'SUCCEEDED', execution: own('one'), at: iso(13) },
    two: {
      status: 'FAILED',
      execution: own('two'),
      error: 'AwsRefusedError',
      cause: 'aurora: no',
      at: iso(20),
    },
  },
};

const at = (environment: string, changes: Partial<RegistryItem>): RegistryItem => ({
  environment,
  region: 'eu-central-1',
  account: '111122223333',
  status: 'PROVISIONING',
  lock: { execution: 'arn', name: own(environment), since: iso(13) },
  steps: {},
  updatedAt: iso(14),
  ...changes,
});
const said = (status: 'pending' | 'ready', detail: string, minutes: number) => ({
  status,
  detail,
  since: iso(13),
  at: iso(minutes),
  execution: 'x',
});
const environments = [
  at('one', { runs: { [own('one')]: iso(1) } }),
  at('three', {
    steps: {
      vpc: said('ready', 'there', 13),
      endpoints: { ...said('pending', `5 of 12 endpoints; ${queueing}`, 14), queue },
      aurora: said('pending', 'creating', 13.5),
    },
  }),
  at('four', { takingBack: { aurora: said('pending', 'the cluster is deleting', 15) } }),
];
const registry = { environments, fleets: [record] };

it('has every environment in its wave, with where it is and what it waits for', () => {
  const fleet = fleetOf(run, registry, startedAt + 14 * 60_000);
  expect(fleet.waves.map((wave) => wave.map(({ environment, place }) => `${environment} ${place}`))).toEqual([
    ['one done'],
    ['two failed', 'three under-way', 'four taking-back'],
    ['five waiting'],
  ]);
  const [[one], [two, three, four]] = fleet.waves as [[unknown], unknown[]];
  expect(one).toMatchObject({
    execution: own('one'),
    since: Date.parse(iso(1)),
    endedAt: Date.parse(iso(13)),
  });
  expect(two).toMatchObject({ error: 'AwsRefusedError', cause: 'aurora: no' });
  expect(three).toMatchObject({
    execution: own('three'),
    steps: { done: 1, all: 12 },
    doing: 'VPC endpoints: 5 of 12 endpoints',
    queue: { operation: 'ec2:CreateVpcEndpoint', place: 7, from: '00:12:30' },
  });
  expect(four).toMatchObject({ doing: 'Aurora: the cluster is deleting' });
  expect(fleet).toMatchObject({ stopAt: 2, environments: 5, predictedEnd: Date.parse(iso(40)) });
  expect(fleet.counts).toEqual({ done: 1, failed: 1, 'under-way': 1, 'taking-back': 1, waiting: 1 });
});

it('knows of one that broke off who ended, and says of the others that it does not', () => {
  const broken = { ...run, status: 'ABORTED' as const, endedAt: startedAt, cause: 'stopped' };
  const fleet = fleetOf(broken, registry, startedAt);
  expect(fleet.counts).toEqual({ done: 1, failed: 1, unknown: 3 });
  expect(fleet.cause).toBe('stopped');
});

it('shows one that was refused without environments, and the newest first', () => {
  const refused: FleetRun = {
    ...run,
    execution: 'other',
    status: 'FAILED',
    startedAt: startedAt + 1,
    cause: 'no',
  };
  expect(fleetOf(refused, registry, startedAt)).toMatchObject({ cause: 'no', waves: [] });
  const rows = fleetRowsOf([run, refused], registry);
  expect(rows.map(({ execution }) => execution)).toEqual(['other', 'customers-1']);
  expect(rows[1]).not.toHaveProperty('waves');
});

it('reads one wave of a record that does not say', () => {
  const { waves: _, ...old } = record;
  expect(fleetOf(run, { environments, fleets: [old] }, startedAt).waves.map(({ length }) => length)).toEqual([
    5,
  ]);
});

it('says where a run waits for its turn, and nothing where it does not', () => {
  expect(queueOf(environments[1]!)?.place).toBe(7);
  expect(queueOf(environments[0]!)).toBeUndefined();
  expect(queueOf({ steps: { endpoints: { ...said('ready', queueing, 1), queue } } })).toBeUndefined();
});
