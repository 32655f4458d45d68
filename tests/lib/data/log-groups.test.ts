import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { client } from '#lib/aws/clients.ts';
import { samplePlan } from '../../support/plan.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

const groupsIn = (world: World) => world.test.aws.inventory('eu-central-1')['logs:log-group'] ?? [];

const quotaReached = {
  kind: 'refuse',
  fault: new AwsFault('DBClusterQuotaExceededFault', 'no more clusters', { status: 403 }),
} as const;

describe.each(bothServices)('the log groups of $service.step', ({ service, prefix }) => {
  const { cluster } = service.identifiers(samplePlan());
  const planned = service.logExports.map((type) => `${service.logGroupPrefix}/${cluster}/${type}`);

  it('are made with the ownership tags and a retention before RDS makes them', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    expect(groupsIn(world)).toEqual(planned);
    const made = world.test.aws.mutations.filter((call) => call.operation === 'logs:CreateLogGroup');
    expect(made.map((call) => (call.input.tags as Record<string, string>)['aoscloud:created-by'])).toEqual(
      planned.map(() => 'run-1'),
    );
    expect(
      world.test.aws.mutations.filter((call) => call.operation === 'logs:PutRetentionPolicy'),
    ).toHaveLength(planned.length);
  });

  it('stay after a removal, which names them', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const { answer } = await world.remove();
    expect(answer.detail).toContain(`log group ${planned.join(', ')} stays`);
    expect(groupsIn(world)).toEqual(planned);
  });

  it('go where the removal says so', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const { answer } = await world.remove({ deleteLogs: true });
    expect(answer.detail).toBe(`${service.title} is gone`);
    expect(groupsIn(world)).toEqual([]);
  });

  it('go with the run that made them, and with no other', async () => {
    const world = await databaseWorld(service);
    const older = planned[0] as string;
    await client(CloudWatchLogsClient, world.plan()).send(new CreateLogGroupCommand({ logGroupName: older }));
    world.once(`${prefix}:CreateDBCluster`, quotaReached);
    await expect(world.ensure()).rejects.toThrow();
    expect(groupsIn(world)).toEqual(planned);
    await world.remove({ createdBy: 'run-1', finalSnapshots: false });
    expect(groupsIn(world)).toEqual([older]);
  });
});
