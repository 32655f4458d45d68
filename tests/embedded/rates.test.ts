import { describe, expect, it } from 'vitest';
import { bucketOf, RateLimits } from '#embedded/rates.ts';

/** How many of `attempts` calls at one moment are answered. */
function answered(rates: RateLimits, operation: string, attempts: number, now = 0, where = 'here'): number {
  return Array.from({ length: attempts }, () => rates.take(operation, where, now)).filter(Boolean).length;
}

describe('the published rates', () => {
  it('refuse what the bucket does not hold, and fill it again with time', () => {
    const rates = new RateLimits();
    expect(answered(rates, 'ec2:CreateVpcEndpoint', 10)).toBe(4);
    expect(answered(rates, 'ec2:CreateVpcEndpoint', 10, 10_000)).toBe(3);
  });

  it('are kept for each operation, account and region by itself', () => {
    const rates = new RateLimits();
    answered(rates, 'ec2:CreateVpcEndpoint', 10);
    expect(answered(rates, 'ec2:ModifyVpcEndpoint', 10)).toBe(4);
    expect(answered(rates, 'ec2:CreateVpcEndpoint', 10, 0, 'elsewhere')).toBe(4);
  });

  it('leave half of size and refill where somebody else uses the other half', () => {
    const rates = new RateLimits(0.5);
    expect(answered(rates, 'ec2:CreateVpcEndpoint', 10)).toBe(2);
    expect(answered(rates, 'ec2:CreateVpcEndpoint', 10, 10_000)).toBe(1);
    expect(bucketOf('ec2:CreateSubnet', 0.5)).toEqual({ size: 25, refillPerSecond: 2.5 });
  });

  it('are published for EC2 only', () => {
    expect(bucketOf('eks:CreateCluster')).toBeUndefined();
    expect(answered(new RateLimits(), 'rds:CreateDBCluster', 1000)).toBe(1000);
  });
});
