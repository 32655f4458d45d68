import { expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { finishExecution, listExecutions } from '#embedded/services/states.ts';
import { type RunEvent, takeEvent } from '#functions/take-event.ts';
import { listEnvironments } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws } from '../support/embedded.ts';

const request = { environment: 'dev', region: 'eu-central-1' };
const removal = { ...request, confirm: 'dev' };

const event = (overrides: Partial<RunEvent> = {}): RunEvent => ({
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Environment Requested',
  time: new Date().toISOString(),
  detail: request,
  ...overrides,
});
const retired = (id: string) => event({ id, 'detail-type': 'Environment Retired', detail: removal });

const executions = ({ aws }: TestAws) => aws.inspect(homeRegion, (call) => listExecutions(call));
const end = (test: TestAws, arn: string) =>
  test.aws.inspect(homeRegion, (call) => finishExecution(call, arn, { status: 'SUCCEEDED' }));

it('starts the machine the event is for, with its detail', async () => {
  const test = testAws();
  const { execution } = await takeEvent(event());
  expect(execution).toMatch(/^dev-[0-9a-f]{16}$/);
  test.advance(1);
  await takeEvent(retired('other'));
  expect(executions(test)).toMatchObject([
    { machine: 'deprovision', input: JSON.stringify(removal) },
    { machine: 'provision', name: execution, input: JSON.stringify(request) },
  ]);
  expect(await listEnvironments()).toEqual([]);
});

it('starts nothing of an event that is delivered again, also when its run is long over', async () => {
  const test = testAws();
  const requested = event();
  const first = await takeEvent(requested);
  expect(await takeEvent(requested)).toEqual(first);
  end(test, executions(test)[0]!.arn);
  test.advance(86_400);
  expect(await takeEvent(requested)).toEqual(first);
  expect(executions(test)).toHaveLength(1);
});

it.each([
  ['another request', event({ detail: { ...request, size: 'large' } })],
  ['another environment', event({ detail: { ...request, environment: 'other' } })],
  ['its removal', retired(event().id)],
])('refuses %s under the id of an event', async (_, other) => {
  const test = testAws();
  await takeEvent(event());
  await expect(takeEvent(other)).rejects.toThrow(
    /event 17793124\S+ stands for the message of \S+ that asked to provision environment "dev"/,
  );
  expect(executions(test)).toHaveLength(1);
});

it('starts a fleet, named after it', async () => {
  const test = testAws();
  const detail = { fleet: 'customers', environments: [request] };
  const asked = { ...event({ detail }), 'detail-type': 'Fleet Requested' };
  const { execution } = await takeEvent(asked);
  expect(execution).toMatch(/^customers-[0-9a-f]{16}$/);
  expect(await takeEvent(asked)).toEqual({ execution });
  expect(executions(test)).toMatchObject([{ machine: 'fleet', input: JSON.stringify(detail) }]);
});

it('starts the run of an event whose first delivery died before it was started', async () => {
  const test = testAws();
  test.aws.inject = ({ operation }) =>
    operation === 'states:StartExecution'
      ? { kind: 'refuse', fault: new AwsFault('StateMachineDoesNotExist', 'no') }
      : undefined;
  await expect(takeEvent(event())).rejects.toThrow('no');
  test.aws.inject = undefined;
  const { execution } = await takeEvent(event());
  expect(executions(test)).toMatchObject([{ name: execution }]);
});

it.each([null, [], 'dev', {}, { environment: 'Dev' }, { environment: 'x'.repeat(3000) }])(
  'leaves the detail %j to the machine to refuse',
  async (detail) => {
    const test = testAws();
    const { execution } = await takeEvent(event({ detail }));
    expect(execution).toMatch(/^event-[0-9a-f]{16}$/);
    expect(executions(test)).toMatchObject([{ input: JSON.stringify(detail) }]);
  },
);

it('starts nothing of an event that is older than what is remembered', async () => {
  const test = testAws();
  const time = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  await expect(takeEvent(event({ time: time(90) }))).rejects.toThrow('is more than 90 days ago');
  expect(executions(test)).toEqual([]);
  await takeEvent(event({ time: time(89.9) }));
});

it('starts nothing of an event of another kind', async () => {
  testAws();
  await expect(takeEvent(event({ 'detail-type': 'Environment Ready' }))).rejects.toThrow('starts nothing');
});
