import { describe, expect, it } from 'vitest';
import { recordFailure } from '#functions/record-failure.ts';
import { bounded, type Change } from '#lib/change/change.ts';
import { bounded as boundedDrift } from '#lib/change/drift.ts';
import { bounds, cut, firstLines, fittingLines } from '#lib/run/bounds.ts';
import { listed } from '#lib/run/failure-words.ts';
import { AwsRefusedError, InvalidRequestError } from '#lib/run/failures.ts';
import { lockEnvironment, type RegistryItem, readEnvironment } from '#lib/run/registry.ts';
import { answerStep } from '#lib/run/step.ts';
import { timesOf } from '#lib/run/steps.ts';
import { listView } from '#lib/webhook/view.ts';
import { testAws } from '../../support/embedded.ts';
import { samplePlan } from '../../support/plan.ts';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

describe('a text', () => {
  it('is whole at its bound, and one past it cut at its end with a count of the rest', () => {
    expect(cut('x'.repeat(100), 100)).toBe('x'.repeat(100));
    const short = cut('x'.repeat(101), 100);
    expect(short).toMatch(/^x+ … \(\d+ more characters\)$/);
    expect(short.length).toBeLessThanOrEqual(100);
    expect(/^x+/.exec(short)![0].length + Number(/\d+/.exec(short)![0])).toBe(101);
  });

  it('is not cut in the middle of a character', () => {
    for (const length of [99, 100, 101]) expect(cut('😀'.repeat(200), length).isWellFormed()).toBe(true);
  });
});

describe('a list', () => {
  it('is whole at its bound, and one past it counts what is not shown', () => {
    expect(firstLines(many(20, String), 20)).toHaveLength(20);
    expect(firstLines(many(21, String), 20).at(-1)).toBe('and 1 more');
  });

  it('in a failure has as many lines as there is room for, none longer than a line', () => {
    expect(fittingLines(many(bounds.lines, String))).toHaveLength(bounds.lines);
    expect(fittingLines(many(bounds.lines + 1, String)).at(-1)).toBe('and 1 more');
    const long = fittingLines(many(50, () => 'x'.repeat(5000)));
    expect(long.join('').length).toBeLessThan(bounds.listCharacters + 20);
    expect(long.at(-1)).toMatch(/^and \d+ more$/);
    expect(listed('Too many', many(5000, String), 'Nothing was made')).toMatch(
      /and 4900 more\nNothing was made$/,
    );
  });
});

it('a failure tells what to do, however much happened', () => {
  const said = new InvalidRequestError('x'.repeat(100_000), 'correct it').message;
  expect(said.length).toBeLessThan(bounds.whatCharacters + 100);
  expect(said).toMatch(/more characters\)\. What to do: correct it\.$/);
});

it('a cause stays below what Step Functions, DynamoDB and EventBridge take', async () => {
  testAws();
  const execution = { id: 'arn', name: 'run-1', startTime: new Date().toISOString() };
  const target = samplePlan();
  await lockEnvironment(target.name, execution, {
    region: target.region,
    account: target.account,
    status: 'PROVISIONING',
  });
  const { message } = new AwsRefusedError('é'.repeat(50_000), 'ü'.repeat(5000)).at('vpc');
  const Cause = JSON.stringify({ errorType: 'AwsRefusedError', errorMessage: message, trace: [message] });
  const endless = { Error: 'E'.repeat(1000), Cause: Cause.slice(0, 32_768) };
  const state = { environment: target, rollbackError: { Error: 'X', Cause: 'y'.repeat(32_768) } };
  const { error, cause } = await recordFailure({ execution, error: endless, state });
  expect(error.length).toBeLessThanOrEqual(bounds.errorCharacters);
  expect(cause.length).toBeLessThanOrEqual(bounds.causeCharacters);
  expect(cause).toContain('What to do');
  const item = (await readEnvironment(target.name)) as RegistryItem;
  expect(bytesOf(item.failure)).toBeLessThan(200_000);
});

it('a step answers in few words, whatever it has to say', async () => {
  testAws();
  const outcome = { status: 'pending' as const, detail: 'blocked by '.repeat(10_000), retryAfterSeconds: 5 };
  const answer = await answerStep('vpc', timesOf('vpc', 'remove'), async () => outcome, {
    environment: samplePlan(),
  });
  expect(answer.detail.length).toBeLessThanOrEqual(bounds.detailCharacters);
});

it('changes and differences are carried up to their bound, with a count of the others', () => {
  const change: Change = {
    field: 'eks.administrators',
    from: many(60, (i) => `arn:aws:iam::111122223333:role/${i}`),
    to: [],
    kind: 'change',
    step: 'eks-connect',
  };
  expect(bounded(many(bounds.changes, () => change)).more).toBe(0);
  const { changes, more } = bounded(many(bounds.changes + 1, () => change));
  expect([changes.length, more]).toEqual([bounds.changes, 1]);
  expect(bytesOf(changes)).toBeLessThan(60_000);
  const one = { of: 'R1', expected: 'x'.repeat(5000), found: 'y', repair: 'z' };
  expect(boundedDrift(many(bounds.differences, () => one)).more).toBe(0);
  const drift = boundedDrift(many(bounds.differences + 1, () => one));
  expect([drift.differences.length, drift.more]).toEqual([bounds.differences, 1]);
  expect(bytesOf(drift)).toBeLessThan(100_000);
});

it('environments are listed up to their bound, in less than Lambda answers with', () => {
  const item = (index: number) =>
    ({
      environment: `a-long-name-${String(index).padStart(5, '0')}`,
      status: 'DEPROVISIONING',
      region: 'ap-southeast-4',
      account: '111122223333',
      lock: { execution: 'arn', name: 'x'.repeat(80), since: '' },
      steps: {},
      updatedAt: new Date().toISOString(),
    }) as RegistryItem;
  expect(listView(many(bounds.environments, item)).more).toBe(0);
  const list = listView(many(bounds.environments + 1, item));
  expect([list.environments.length, list.more]).toEqual([bounds.environments, 1]);
  expect(bytesOf(list)).toBeLessThan(6_000_000);
});
