import { describe, expect, it } from 'vitest';
import { benchFleet } from '../../bench/fleet.ts';

describe('the fleet benchmark', () => {
  it('counts what so many environments need, and when the last one is ready', async () => {
    const figures = await benchFleet({ environments: 2 });
    expect(figures).toMatchObject({ environments: 2, failed: 0 });
    expect(figures.budgeted['ec2:CreateVpcEndpoint']?.needed).toBe(24);
    expect(figures.budgeted['ec2:CreateSubnet']?.needed).toBe(32);
    expect(figures.seconds.first).toBeLessThanOrEqual(figures.seconds.median);
    expect(figures.boundSeconds).toBeGreaterThan(600);
    expect(figures.seconds.last).toBeGreaterThanOrEqual(figures.boundSeconds);
  });

  it('lets some fail and roll back, and says nothing against that', async () => {
    const figures = await benchFleet({ environments: 2, failing: 1 });
    expect(figures).toMatchObject({ failing: 1, failed: 0 });
    expect(figures.budgeted['ec2:CreateVpc']?.calls).toBe(2);
  });

  it('has a later bound where somebody else uses most of each rate', async () => {
    const alone = await benchFleet({ environments: 3 });
    const beside = await benchFleet({ environments: 3, stranger: 0.9 });
    expect(beside.boundSeconds).toBeGreaterThan(alone.boundSeconds);
  });
});
