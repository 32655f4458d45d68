/** A fleet by the packaged service: its definition, its bundles, its roles. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { activeTable } from '#embedded/services/dynamodb/state.ts';
import { fleetsIn } from '#lib/fleet/record.ts';
import type { StoredItem } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import type { RunResult } from '#local/runner.ts';
import { simulateFleet } from '#local/simulate.ts';
import { packaged } from '../packaging/packaged.ts';
import { Deployment, inTime } from './deployment.ts';
import { deliveriesOf, functionBehind } from './triggers.ts';

const fleet = {
  fleet: 'customers',
  defaults: { region: 'eu-central-1', vpcCidr: 'auto', cidrPool: ['10.64.0.0/15'] },
};
let deployment: Deployment;

beforeAll(async () => {
  deployment = new Deployment((await packaged('dev')).folder);
}, 240_000);

async function run(input: object): Promise<RunResult> {
  const world = deployment.open();
  try {
    const readList = () => JSON.stringify([{ environment: 'one' }, { environment: 'two' }]);
    return (await simulateFleet(world.account, { input, name: 'f', service: world.service, readList }))
      .result;
  } finally {
    world.close();
  }
}

it('makes every environment of a list in the stack’s bucket', async () => {
  expect(await run({ ...fleet, list: 'customers.json' })).toMatchObject({
    status: 'SUCCEEDED',
    output: { complete: true, succeeded: ['one', 'two'] },
  });
});

it('starts nothing of a fleet that has too few blocks, and says so in plain words', async () => {
  const environments = ['one', 'two', 'three'].map((environment) => ({ environment }));
  const { status, error, cause } = await run({ ...fleet, environments });
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'PreflightFailedError' });
  expect(cause).toMatch(
    /^accept-fleet: The fleet cannot be made: .*no free \/16 left for environment "three"/s,
  );
});

it('that is stopped, or runs out of time, has its end written down', async () => {
  const world = deployment.open();
  try {
    const stopped = Promise.withResolvers<string>();
    const environments = ['one', 'two', 'three'].map((environment) => ({ environment }));
    const { result, execution } = await simulateFleet(world.account, {
      input: { ...fleet, defaults: { ...fleet.defaults, cidrPool: ['10.64.0.0/14'] }, environments },
      name: 'stopped',
      service: world.service,
      stopped: stopped.promise,
      onEvent: (event) => {
        if (event.type === 'answered' && event.state === 'Security groups') stopped.resolve('by hand');
      },
    });
    expect(result.status).toBe('ABORTED');
    const stateMachineArn =
      'arn:aws:states:eu-central-1:111122223333:stateMachine:aoscloud-provisioning-dev-fleet';
    const told = {
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: { status: 'ABORTED', stateMachineArn, name: execution, error: null, cause: 'by hand' },
    };
    const settled = await inTime(world, async () =>
      Promise.all(
        deliveriesOf(world.stack, told).map(({ arn, input }) =>
          world.service.invoke(arn.split(':').at(-1) as string, input),
        ),
      ),
    );
    expect(settled).toEqual(['fleet ended']);
    const table = 'aoscloud-provisioning-dev-environments';
    const items = world.account.aws.inspect(homeRegion, (call) => activeTable(call, table).items);
    const [record] = fleetsIn(items.map((item) => unmarshall(item as never) as StoredItem));
    expect(record).toMatchObject({
      endedAt: expect.any(String),
      failure: { error: 'Execution.ABORTED', cause: expect.stringContaining('by hand') },
      ends: {
        one: { status: 'FAILED', error: 'Execution.ABORTED' },
        two: { status: 'NOT_STARTED' },
        three: { status: 'NOT_STARTED' },
      },
    });
  } finally {
    world.close();
  }
});

it('is asked for by an event and by the webhook', () => {
  const world = deployment.open();
  try {
    const event = { source: 'aoscloud.environments', 'detail-type': 'Fleet Requested', detail: fleet };
    const [delivery] = deliveriesOf(world.stack, event);
    expect(delivery?.arn.split(':').at(-1)).toBe('aoscloud-provisioning-dev-take-event');
    for (const route of ['POST /fleets', 'GET /fleets/{name}'])
      expect(functionBehind(world.stack, route)).toBe('aoscloud-provisioning-dev-webhook');
  } finally {
    world.close();
  }
});
