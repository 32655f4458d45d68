import { expect, test } from 'vitest';
import { recordResult } from '#functions/record-result.ts';
import {
  concludeEnvironment,
  type Execution,
  lockEnvironment,
  readEnvironment,
  releaseEnvironment,
} from '#lib/run/registry.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { samplePlan } from '../../support/plan.ts';

function execution(name: string): Execution {
  const machine = process.env.PROVISION_STATE_MACHINE_ARN as string;
  return { id: `${machine.replace(':stateMachine:', ':execution:')}:${name}`, name, startTime: '' };
}

/** The answer to the next write is lost. */
function loseAnswer({ aws }: TestAws): void {
  let lost = false;
  aws.inject = ({ operation }) => {
    if (operation !== 'dynamodb:UpdateItem' || lost) return undefined;
    lost = true;
    return { kind: 'answer-lost' };
  };
}

test('a lock whose answer was lost is held', async () => {
  const account = testAws();
  loseAnswer(account);
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  expect((await readEnvironment('dev'))?.lock?.name).toBe('one');
});

test('an owner that Step Functions does not know yet is not robbed, one it has forgotten is', async () => {
  const account = testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  await expect(lockEnvironment('dev', execution('two'), {})).rejects.toThrow(/held by execution one/);
  account.advance(61);
  expect(await lockEnvironment('dev', execution('two'), {})).toEqual({ takenOver: true });
});

test('a good end is written once, also when its answer was lost', async () => {
  const account = testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  loseAnswer(account);
  await concludeEnvironment('dev', execution('one'), { status: 'READY' }, []);
  await concludeEnvironment('dev', execution('one'), { status: 'READY' }, []);
  expect((await readEnvironment('dev'))?.lock).toBeUndefined();
});

test('a run that lost its lock does not say that the environment is ready', async () => {
  const account = testAws();
  const verification = { rules: [], outputs: {} };
  const event = { environment: samplePlan(), verification, execution: execution('one') };
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  await releaseEnvironment('dev', execution('one').id, { status: 'FAILED' });
  await expect(recordResult(event)).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  await lockEnvironment('dev', execution('two'), { status: 'DEPROVISIONING' });
  await expect(recordResult(event)).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  expect(await readEnvironment('dev')).toMatchObject({ status: 'DEPROVISIONING', lock: { name: 'two' } });
  expect(account.aws.mutations.filter(({ operation }) => operation === 'events:PutEvents')).toEqual([]);
});
