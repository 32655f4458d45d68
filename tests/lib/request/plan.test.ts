import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Choices, planEnvironment, rollbackName } from '#lib/request/plan.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import type { Zone } from '#lib/run/environment.ts';
import { samplePlan } from '../../support/plan.ts';

const sample = samplePlan();
const choices: Choices = {
  zones: sample.zones,
  endpointZone: sample.zones[0],
  endpointServices: sample.endpointServices,
  kubernetesVersion: '1.35',
  aurora: { engineVersion: '16.6', instanceZones: ['eu-central-1a'] },
  documentdb: { engineVersion: '5.0.0', instanceZones: ['eu-central-1a'] },
};
const { name, region, account, partition, execution } = sample;
const target = { name, region, account, partition, execution };
const plan = (changes: object, chosen: Partial<Choices> = {}) =>
  planEnvironment(target, sized(parseRequest({ environment: name, region, ...changes })), {
    ...choices,
    ...chosen,
  });

test('a request and the choices for it make the plan the other tests build on', () => {
  const administrators = sample.eks.administrators;
  expect(plan({ tags: sample.tags, eks: { administrators } })).toEqual(sample);
});

test('what was chosen stands over what was asked for', () => {
  const endpointZone: Zone = { name: 'eu-central-1d', id: 'euc1-az4' };
  const { eks, aurora, subnets } = plan(
    { aurora: { engineVersion: '16.6' } },
    {
      kubernetesVersion: '1.34',
      aurora: { engineVersion: '15.4', instanceZones: ['eu-central-1c'] },
      endpointZone,
    },
  );
  expect([eks.version, aurora.engineVersion, ...aurora.instanceZones]).toEqual([
    '1.34',
    '15.4',
    'eu-central-1c',
  ]);
  expect(subnets.find(({ group }) => group === 'endpoints')).toMatchObject({
    component: 'subnet/endpoints/d',
    zone: endpointZone,
  });
});

test('a staging environment is planned in its own block', () => {
  const { vpcCidr, subnets } = plan({ staging: true });
  expect(vpcCidr).toBe('10.232.0.0/16');
  expect(subnets.every(({ cidr }) => cidr.startsWith('10.232.'))).toBe(true);
});

test('a plan is plain JSON: it crosses the state machine unchanged', () => {
  const made = plan({ size: 'large', efs: { throughputMode: 'provisioned', provisionedThroughput: 100 } });
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
});

test('every execution has a rollback name of its own that Step Functions takes', () => {
  expect(rollbackName('run-1')).toBe('run-1-rollback');
  const executionName = fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/);
  fc.assert(
    fc.property(executionName, executionName, (one, other) => {
      expect(rollbackName(one)).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
      expect(rollbackName(one) === rollbackName(other)).toBe(one === other);
    }),
  );
  const long = 'x'.repeat(79);
  expect(rollbackName(`${long}1`)).not.toBe(rollbackName(`${long}2`));
});
