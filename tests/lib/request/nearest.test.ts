import { expect, it } from 'vitest';
import { nearest } from '#lib/request/nearest.ts';

const fields = ['environment', 'region', 'size', 'vpcCidr', 'minSize', 'efs'];

it.each([
  ['regio', 'region'],
  ['Enviroment', 'environment'],
  ['vpcCdir', 'vpcCidr'],
  ['sizes', 'size'],
  ['minsize', 'minSize'],
  ['esf', undefined],
  ['x', undefined],
  ['', undefined],
  ['nodes', undefined],
  ['regional-thing', undefined],
  ['r'.repeat(60_000), undefined],
])('takes %j for %j', (typed, meant) => {
  expect(nearest(typed, fields)).toBe(meant);
});
