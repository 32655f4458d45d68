import { describe, expect, it } from 'vitest';
import { AwsFault, emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';
import { simulateTogether } from '#local/simulate.ts';

const region = 'eu-central-1';

/** Two at once, of whose calls for endpoints AWS refuses all but one of so many. */
function twoBesideOthers(oneOf: number) {
  const account = openAccount({
    store: new MemoryStore(emptyState(1, Date.parse('2026-11-01T00:00:00Z'))),
    latencySeconds: 0.2,
  });
  let calls = 0;
  account.aws.inject = ({ operation }) => {
    if (operation !== 'ec2:CreateVpcEndpoint') return undefined;
    calls += 1;
    if (calls % oneOf === 0) return undefined;
    const fault = new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
    return { kind: 'refuse', fault };
  };
  const runs = ['one', 'two'].map((environment, index) => ({
    machine: 'provision' as const,
    name: environment,
    input: { environment, region, vpcCidr: `10.${index}.0.0/16`, size: 'small' },
  }));
  return { account, simulated: simulateTogether(account, { runs, seed: 1 }) };
}

describe('runs at a rate that others use up', () => {
  it('end by name after half an hour in which nobody got through, and take back what they made', async () => {
    const { account, simulated } = twoBesideOthers(Number.POSITIVE_INFINITY);
    for (const { result, seconds } of await simulated) {
      expect(result).toMatchObject({ status: 'FAILED', error: 'StepTimedOutError' });
      expect(result.cause).toContain('AWS has taken no ec2:CreateVpcEndpoint of any run');
      expect(result.cause).toContain('CloudTrail');
      expect(seconds).toBeGreaterThan(1800);
      expect(seconds).toBeLessThan(2 * 3600);
    }
    expect(inventoryOf(account)).not.toHaveProperty('vpc');
    // So many looks, and not one a second.
    expect(account.requests()['ec2:CreateVpcEndpoint']).toBeLessThan(120);
  });

  it('wait as long as it takes where one call in five goes through', async () => {
    const { simulated } = twoBesideOthers(5);
    for (const { result } of await simulated) expect(result.status).toBe('SUCCEEDED');
  });
});
