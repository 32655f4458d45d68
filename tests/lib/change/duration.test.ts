import { describe, expect, it } from 'vitest';
import type { Change } from '#lib/change/change.ts';
import { secondsByStep } from '#lib/change/duration.ts';
import { bySteps, runSeconds, typicalSeconds } from '#lib/run/estimate.ts';
import { stepNames } from '#lib/run/steps.ts';
import { type Healthy, healthy } from '../verify/healthy.ts';

const now = Date.UTC(2026, 10, 26);
const typical = typicalSeconds('ensure');

function seconds(damage: (seen: Healthy) => void, changes: Change[] = [], earlier = {}) {
  const seen = healthy();
  damage(seen);
  return secondsByStep({ seen, changes }, earlier, now);
}

const change = (step: Change['step'], aboutSeconds?: number): Change => ({
  field: 'any',
  from: 1,
  to: 2,
  kind: aboutSeconds === undefined ? 'refuse' : 'change',
  step,
  ...(aboutSeconds === undefined ? {} : { aboutSeconds }),
});

it('is that of a first run where nothing stands', () => {
  expect(secondsByStep({ changes: [] })).toEqual(typical);
});

it('is nothing where all stands and nothing is to be changed', () => {
  expect(seconds(() => {})).toEqual(bySteps(() => 0));
});

it('is what the changes take, those of one step one after the other', () => {
  const of = seconds(() => {}, [
    change('aurora', 2400),
    change('aurora', 60),
    change('documentdb', 100),
    change('vpc'),
  ]);
  expect(of).toEqual({ ...bySteps(() => 0), aurora: 2460, documentdb: 100 });
  expect(runSeconds('ensure', of)).toBe(2460);
});

describe('of what is missing, or not there yet, is its usual time', () => {
  const being = (thing: { status: string } | undefined, status: string) => {
    if (thing) thing.status = status;
  };
  it.each<[string, (seen: Healthy) => void]>([
    ['vpc', (seen) => seen.subnets.pop()],
    ['routing', (seen) => seen.natGateways.splice(0)],
    ['endpoints', (seen) => seen.endpoints.pop()],
    ['eks-cluster', ({ cluster }) => being(cluster, 'CREATING')],
    ['eks-connect', (seen) => Object.assign(seen, { oidcProvider: undefined })],
    ['eks-nodes', ({ nodegroup }) => being(nodegroup, 'CREATING')],
    ['eks-nodes', (seen) => Object.assign(seen, { nodegroup: undefined })],
    ['eks-nodes', ({ addons }) => being(addons[0], 'CREATING')],
    ['eks-endpoints', ({ endpoints }) => endpoints[3]?.securityGroupIds.splice(0)],
    ['aurora', ({ aurora }) => being(aurora, 'creating')],
    ['aurora', ({ aurora }) => being(aurora?.instances[0], 'creating')],
    ['aurora', ({ aurora }) => aurora?.instances.splice(0)],
    ['documentdb', (seen) => Object.assign(seen, { documentdb: undefined })],
    ['documentdb', ({ documentdb }) => being(documentdb, 'deleting')],
    ['eks-cluster', ({ cluster }) => being(cluster, 'DELETING')],
    ['elasticache', ({ cache }) => being(cache, 'creating')],
    ['efs', ({ fileSystem }) => fileSystem?.mountTargets.splice(0)],
  ])('%s (%#)', (step, damage) => {
    const of = seconds(damage);
    expect(Object.entries(of).filter(([, value]) => value > 0)).toEqual([
      [step, typical[step as keyof typeof typical]],
    ]);
  });
});

it('counts from the run before what that one began, and at least a look', () => {
  const begun = (before: number) => ({
    'eks-cluster': {
      status: 'pending' as const,
      since: new Date(now - before * 1000).toISOString(),
      detail: 'being created',
      at: new Date(now).toISOString(),
      execution: 'first',
    },
  });
  const creating = ({ cluster }: Healthy) => Object.assign(cluster ?? {}, { status: 'CREATING' });
  expect(seconds(creating, [], begun(330))['eks-cluster']).toBe(300);
  expect(seconds(creating, [], begun(3300))['eks-cluster']).toBe(10);
});

it('knows every step', () => {
  expect(Object.keys(seconds(() => {}))).toEqual([...stepNames]);
});
