/** Runs of the packaged service started as its template lets them be started. */
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { pendingStarts } from '#embedded/services/states.ts';
import { homeRegion } from '#local/account.ts';
import { packaged } from '../packaging/packaged.ts';
import { Deployment, inTime, type World, webhookSecret } from './deployment.ts';
import { apiEvent, deliveriesOf, functionBehind } from './triggers.ts';

const request = { environment: 'dev', region: 'eu-central-1' };
const removal = { ...request, confirm: 'dev' };
let deployment: Deployment;

beforeAll(async () => {
  deployment = new Deployment((await packaged('dev')).folder);
}, 240_000);

function opened<T>(work: (world: World) => T): T {
  const world = deployment.open();
  try {
    return work(world);
  } finally {
    world.close();
  }
}

const event = (detailType: string, detail: unknown, source = 'aoscloud.environments') => ({
  source,
  'detail-type': detailType,
  detail,
});

describe('an event on the bus', () => {
  const arn = (machine: string) =>
    `arn:aws:states:eu-central-1:111122223333:stateMachine:aoscloud-provisioning-dev-${machine}`;

  /** Delivers it as often as said, one delivery after the other: what was started. */
  async function delivered(times: number, detailType: string, detail: unknown) {
    const world = deployment.open();
    try {
      await inTime(world, async () => {
        const envelope = { id: 'event-1', time: new Date().toISOString() };
        for (let count = 0; count < times; count += 1)
          for (const { arn, input } of deliveriesOf(world.stack, {
            ...event(detailType, detail),
            ...envelope,
          }))
            await world.service.invoke(arn.split(':').at(-1) as string, input);
      });
      return world.account.aws.inspect(homeRegion, (call) => pendingStarts(call));
    } finally {
      world.close();
    }
  }

  it.each([
    ['Environment Requested', 'provision', request],
    ['Environment Retired', 'deprovision', removal],
  ])('%s starts a %s run, one however often it is delivered', async (detailType, machine, detail) => {
    const started = await delivered(3, detailType, detail);
    expect(started).toMatchObject([
      { machine: `aoscloud-provisioning-dev-${machine}`, input: JSON.stringify(detail) },
    ]);
    expect(started).toHaveLength(1);
  });

  it('starts nothing where it poses as a nested run, or comes from elsewhere', () => {
    const nested = { ...removal, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn' };
    opened(({ stack }) => {
      expect(deliveriesOf(stack, event('Environment Retired', nested))).toEqual([]);
      expect(deliveriesOf(stack, event('Environment Requested', request, 'somebody.else'))).toEqual([]);
      expect(deliveriesOf(stack, event('Environment Ready', request))).toEqual([]);
    });
  });

  it('of a run that ended badly goes to the function that settles it, for these machines only', () => {
    const ended = (machine: string, status: string) => ({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: { status, stateMachineArn: arn(machine) },
    });
    opened(({ stack }) => {
      const aborted = deliveriesOf(stack, ended('provision', 'ABORTED'));
      expect(aborted.map((one) => one.arn.split(':').at(-1))).toEqual([
        'aoscloud-provisioning-dev-settle-dead-run',
      ]);
      expect(aborted[0]?.input).toEqual(ended('provision', 'ABORTED'));
      expect(deliveriesOf(stack, ended('fleet', 'TIMED_OUT'))).toHaveLength(1);
      expect(deliveriesOf(stack, ended('provision', 'SUCCEEDED'))).toEqual([]);
      expect(deliveriesOf(stack, ended('of-somebody-else', 'FAILED'))).toEqual([]);
    });
  });
});

describe('a webhook message', () => {
  const route = 'POST /environments';
  const body = JSON.stringify(request);

  /** Invokes the function behind the route, then the run it started, if any. */
  async function sent(signature?: string) {
    const world = deployment.open();
    try {
      const name = functionBehind(world.stack, route);
      const answer = await inTime(world, () => {
        const now = new Date();
        const headers = {
          'webhook-id': 'msg_1',
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': signature ?? new Webhook(webhookSecret).sign('msg_1', now, body),
        };
        return world.service.invoke(name, apiEvent(route, headers, body));
      });
      const started = world.account.aws.inspect(homeRegion, (call) => pendingStarts(call));
      return { answer: answer as { statusCode: number; body: string }, started, state: world.snapshot() };
    } finally {
      world.close();
    }
  }

  it('that is signed starts a run, which makes the environment', async () => {
    const { answer, started, state } = await sent();
    expect(answer.statusCode, answer.body).toBe(202);
    expect(started).toMatchObject([{ machine: 'aoscloud-provisioning-dev-provision', input: body }]);
    const [{ name, input }] = started as unknown as [{ name: string; input: string }];
    const run = await deployment.run('provision', JSON.parse(input), { from: state, name });
    expect(run.result.cause).toBeUndefined();
    expect(run.result.status).toBe('SUCCEEDED');
  });

  it('that is not signed starts nothing', async () => {
    const { answer, started } = await sent('v1,AAAA');
    expect(answer.statusCode).toBe(401);
    expect(started).toEqual([]);
  });
});
