import { expect, it } from 'vitest';
import { bySteps, runSeconds } from '#lib/run/estimate.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { estimatedEnd } from '#lib/webhook/estimate.ts';

const now = Date.UTC(2026, 10, 26, 12);
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const answered = (status: 'pending' | 'ready' | 'gone', seconds: number) => ({
  status,
  since: before(seconds),
  at: before(seconds),
  detail: '',
  execution: 'run-1',
});

function secondsLeft(more: Partial<RegistryItem>): number | undefined {
  const item = {
    environment: 'dev',
    region: 'eu-central-1',
    account: '111122223333',
    status: 'PROVISIONING',
    lock: { execution: 'arn', name: 'run-1', since: before(60) },
    steps: {},
    updatedAt: before(0),
    ...more,
  } as RegistryItem;
  const end = estimatedEnd(item, now);
  return end === undefined ? undefined : (end - now) / 1000;
}

it('is that of a first run where nothing is known yet, and of a removal likewise', () => {
  expect(secondsLeft({})).toBe(runSeconds('ensure'));
  expect(secondsLeft({ status: 'DEPROVISIONING' })).toBe(runSeconds('remove'));
});

it('is that of the changes, less what the step has waited', () => {
  const stepSeconds = { ...bySteps(() => 0), aurora: 2400 };
  expect(secondsLeft({ stepSeconds })).toBe(2400);
  expect(secondsLeft({ stepSeconds, steps: { aurora: answered('pending', 600) } })).toBe(1800);
  expect(secondsLeft({ stepSeconds, steps: { aurora: answered('pending', 6000) } })).toBe(0);
});

it('of a removal has nothing of what the run before was expected to take', () => {
  const stepSeconds = bySteps(() => 9999);
  expect(secondsLeft({ status: 'DEPROVISIONING', stepSeconds })).toBe(runSeconds('remove'));
});

it('is none where nothing runs, or where a run takes back what it made', () => {
  expect(secondsLeft({ lock: undefined })).toBeUndefined();
  expect(secondsLeft({ status: 'READY' })).toBeUndefined();
  expect(secondsLeft({ takingBack: { vpc: answered('pending', 5) } })).toBeUndefined();
});
