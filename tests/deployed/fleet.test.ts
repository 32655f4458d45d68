/** A fleet by the packaged service: its definition, its bundles, its roles. */
import { beforeAll, expect, it } from 'vitest';
import type { RunResult } from '#local/runner.ts';
import { simulateFleet } from '#local/simulate.ts';
import { packaged } from '../packaging/packaged.ts';
import { Deployment } from './deployment.ts';
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
