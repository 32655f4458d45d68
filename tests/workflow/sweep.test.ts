import { expect, it } from 'vitest';
import { sweep } from '#local/sweep/sweep.ts';

// A sample of what `npm run sweep` does to every call (docs/reliability.md).
const bounded = { seed: 1, every: 97, random: 4, share: 0, of: 1 };

it.each(['provision', 'second-run', 'deprovision'] as const)(
  'whatever goes wrong with a call of a %s run, it recovers or takes back, and leaves no orphan and no double',
  async (scenario) => {
    const report = await sweep({ ...bounded, scenarios: [scenario] });
    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ orphans: 0, doubles: 0, stuck: 0 });
    expect(report.faults).toBeGreaterThan(10);
    expect(report.recovered).toBeGreaterThan(5);
  },
  180_000,
);

it('whatever goes wrong with a change, the environment works or the failure names what does not, and it gets through', async () => {
  const report = await sweep({ ...bounded, scenarios: ['change'], every: 797, random: 1 });
  expect(report.failures).toEqual([]);
  expect(report).toMatchObject({ orphans: 0, doubles: 0, stuck: 0 });
  expect(report.faults).toBeGreaterThan(5);
}, 180_000);

it.each(['provision', 'deprovision'] as const)(
  'an answer that means "not yet" never ends a %s run',
  async (scenario) => {
    const kinds = ['not-yet', 'unreachable-a-minute'] as const;
    const report = await sweep({ ...bounded, scenarios: [scenario], kinds, every: 23, random: 0 });
    expect(report.failures).toEqual([]);
    expect(report.recovered).toBe(report.faults > 0 ? report.runs : Number.NaN);
  },
  180_000,
);
