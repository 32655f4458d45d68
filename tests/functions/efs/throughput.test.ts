import { describe, expect, it } from 'vitest';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { fileWorld } from './world.ts';

type Efs = EnvironmentPlan['efs'];
const elastic: Efs = { throughputMode: 'elastic', backup: true };
const provisioned = (figure: number): Efs => ({
  throughputMode: 'provisioned',
  provisionedThroughput: figure,
  backup: true,
});

async function living(efs: Efs) {
  const world = await fileWorld();
  await world.ensure({ efs });
  return world;
}

describe('the throughput of a living file system', () => {
  it('is changed in place, after which a second run finds nothing to do', async () => {
    const world = await living(elastic);
    const { answer } = await world.ensure({ efs: provisioned(64), execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(await world.fileSystems()).toMatchObject([
      { ThroughputMode: 'provisioned', ProvisionedThroughputInMibps: 64 },
    ]);
    await world.ensure({ efs: provisioned(64), execution: 'run-3' });
    expect(world.mutationsOf('UpdateFileSystem')).toHaveLength(1);
  });

  it('rises within a day, and falls and changes its mode only after it: AWS says from when on', async () => {
    const world = await living(elastic);
    await world.ensure({ efs: provisioned(64), execution: 'run-2' });
    await world.ensure({ efs: provisioned(128), execution: 'run-3' });
    for (const efs of [provisioned(64), elastic])
      await expect(world.ensure({ efs, execution: 'run-4' })).rejects.toMatchObject({
        name: 'AwsRefusedError',
        message: expect.stringMatching(/TooManyRequests: .*Wait until 2026-11-02T\S+ UTC.*What to do: /),
      });
    world.test.advance(86_400);
    const { answer } = await world.ensure({ efs: elastic, execution: 'run-5' });
    expect(answer.status).toBe('ready');
    expect(await world.fileSystems()).toMatchObject([{ ThroughputMode: 'elastic' }]);
  });
});
