import { expect, test } from 'vitest';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { sizeNames } from '#lib/request/sizes.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { machineCost, machinesOf, machinesSeen } from '#local/machine-prices.ts';
import { healthy } from '../lib/verify/healthy.ts';
import { samplePlan } from '../support/plan.ts';

const planOf = (size: string) =>
  sized(parseRequest({ environment: 'dev', region: 'eu-central-1', size })) as unknown as EnvironmentPlan;

test.each(sizeNames)('every machine of size %s has a price', (size) => {
  expect(machineCost(machinesOf(planOf(size))).unknown).toEqual([]);
});

test('more of them cost more, and I/O-optimized instances more than others', () => {
  const costs = sizeNames.map((size) => machineCost(machinesOf(planOf(size))).dollars);
  expect(costs).toEqual([...costs].sort((one, other) => one - other));
  const one = { kind: 'aurora', type: 'db.r6g.large', count: 2 } as const;
  expect(machineCost([one]).dollars).toBe(379.6);
  expect(machineCost([{ ...one, optimized: true }]).dollars).toBe(493.48);
});

test('what exists costs what was planned', () => {
  expect(machineCost(machinesSeen(healthy())).dollars).toBe(machineCost(machinesOf(samplePlan())).dollars);
});

test('a type without a price is named, and counts nothing', () => {
  const odd = { kind: 'node', type: 'x9.huge', count: 3 } as const;
  expect(machineCost([odd, odd])).toEqual({ dollars: 0, unknown: ['x9.huge'] });
});
