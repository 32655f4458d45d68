import { expect, test } from 'vitest';
import { natPlans, routedComponents } from '#lib/network/options.ts';
import { samplePlan } from '../../support/plan.ts';

const perZone = samplePlan({ network: { ...samplePlan().network, natGateways: 'per-zone' } });

test('one NAT gateway serves all private and endpoints subnets', () => {
  expect(natPlans(samplePlan())).toEqual([
    {
      gateway: 'nat-gateway',
      address: 'address/nat',
      table: 'route-table/eks-private',
      publicSubnet: 'subnet/eks-public/a',
      subnets: ['subnet/eks-private/a', 'subnet/eks-private/b', 'subnet/eks-private/c', 'subnet/endpoints/a'],
    },
  ]);
});

test('with one a zone the first keeps its components, and each serves its own zone', () => {
  const plans = natPlans(perZone);
  expect(plans.map(({ gateway, subnets }) => [gateway, ...subnets])).toEqual([
    ['nat-gateway', 'subnet/eks-private/a', 'subnet/endpoints/a'],
    ['nat-gateway/b', 'subnet/eks-private/b'],
    ['nat-gateway/c', 'subnet/eks-private/c'],
  ]);
  expect(routedComponents(perZone)).toEqual([
    'route-table/eks-public',
    'route-table/eks-private',
    'route-table/eks-private/b',
    'route-table/eks-private/c',
  ]);
});

test('an endpoints subnet in a fourth zone leaves through the first', () => {
  const subnets = perZone.subnets.map((subnet) =>
    subnet.group === 'endpoints'
      ? {
          ...subnet,
          component: 'subnet/endpoints/d',
          zone: { name: 'eu-central-1d', id: 'euc1-az4' },
        }
      : subnet,
  );
  expect(natPlans({ ...perZone, subnets })[0]?.subnets).toContain('subnet/endpoints/d');
});
