/** Whole runs of the packaged service: its template, its bundles, nothing of the source. */
import { beforeAll, describe, expect, it } from 'vitest';
import { pendingStarts } from '#embedded/services/states.ts';
import { homeRegion } from '#local/account.ts';
import { failAt } from '#local/fail-at.ts';
import { packaged } from '../packaging/packaged.ts';
import { type DeployedRun, Deployment, inTime } from './deployment.ts';
import { deliveriesOf } from './triggers.ts';

const request = { environment: 'dev', region: 'eu-central-1', vpcCidr: '10.231.0.0/16', size: 'small' };
const removal = { environment: 'dev', region: 'eu-central-1', confirm: 'dev' };

let deployment: Deployment;
let made: DeployedRun;

beforeAll(async () => {
  deployment = new Deployment((await packaged('dev')).folder);
  made = await deployment.run('provision', await inputOf(request), { name: 'made' });
}, 240_000);

/** What the run that an `Environment Requested` starts begins with. */
async function inputOf(detail: object): Promise<unknown> {
  const world = deployment.open();
  const event = { source: 'aoscloud.environments', 'detail-type': 'Environment Requested', detail };
  try {
    await inTime(world, async () => {
      const envelope = { id: 'event-1', time: new Date().toISOString() };
      for (const { arn, input } of deliveriesOf(world.stack, { ...event, ...envelope }))
        await world.service.invoke(arn.split(':').at(-1) as string, input);
    });
    const [started] = world.account.aws.inspect(homeRegion, (call) => pendingStarts(call));
    return JSON.parse(started?.input ?? 'null');
  } finally {
    world.close();
  }
}

describe('the packaged service', () => {
  it('makes, for an event, an environment in which every rule holds', () => {
    expect(made.result.cause).toBeUndefined();
    expect(made.result.status).toBe('SUCCEEDED');
    const { rules } = (made.result.output as { verification: { rules: { holds: boolean }[] } }).verification;
    expect(rules).toHaveLength(32);
    expect(rules.filter(({ holds }) => !holds)).toEqual([]);
    expect(made.resources['ec2:vpc-endpoint']).toHaveLength(12);
    expect(made.resources['eks:nodegroup']).toHaveLength(1);
  });

  it('changes nothing in a second run', async () => {
    const again = await deployment.run('provision', request, { from: made.state, name: 'again' });
    expect(again.result.cause).toBeUndefined();
    expect(again.result.status).toBe('SUCCEEDED');
    expect(again.mutating).toBe(0);
    expect(again.resources).toEqual(made.resources);
  });

  it.each(['eks-nodes', 'efs'])(
    'takes everything back where %s is refused, and ends with the first cause',
    async (step) => {
      const failed = await deployment.run('provision', request, { inject: failAt(step), name: 'failed' });
      expect(failed.result).toMatchObject({ status: 'FAILED', error: 'AwsRefusedError' });
      expect(failed.result.cause).toMatch(
        new RegExp(`^${step}: \\w+:\\w+ was refused with AccessDenied: .*What to do: `),
      );
      expect(failed.result.cause).toContain('Everything this run made was taken back.');
      expect(failed.resources).toEqual({});
    },
  );

  it('removes an environment but for the final snapshots, its logs included where asked', async () => {
    const removed = await deployment.run(
      'deprovision',
      { ...removal, deleteLogs: true },
      { from: made.state, name: 'removed' },
    );
    expect(removed.result.cause).toBeUndefined();
    expect(removed.result.status).toBe('SUCCEEDED');
    expect(Object.keys(removed.resources).filter((type) => !/snapshot/.test(type))).toEqual([]);
    expect(removed.resources).not.toEqual({});
  });

  it('refuses a request that breaks a rule before anything is made', async () => {
    const refused = await deployment.run(
      'provision',
      { ...request, vpcCidr: '10.0.0.0/20' },
      { name: 'refused' },
    );
    expect(refused.result).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
    expect(refused.mutating).toBe(0);
  });
});
