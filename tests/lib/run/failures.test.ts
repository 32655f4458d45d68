import { describe, expect, it } from 'vitest';
import { partsOf } from '#lib/run/failure-words.ts';
import { asMachineError, awsRefusal, Failure, notTakenBack, ResourceFailedError } from '#lib/run/failures.ts';

const refusal = (name: string, operation: string, message: string) =>
  Object.assign(new Error(message), { name, operation, $metadata: { requestId: 'abc' } });

describe('a refusal of AWS', () => {
  const error = refusal('UnauthorizedOperation', 'ec2:CreateNatGateway', 'You are not authorized.');

  it('is a failure in parts, and its message finds them again', () => {
    const failure = awsRefusal(error).at('routing');
    const parts = {
      step: 'routing',
      operation: 'ec2:CreateNatGateway',
      code: 'UnauthorizedOperation',
      requestId: 'abc',
      what: 'You are not authorized',
    };
    expect(failure).toMatchObject({ ...parts, todo: expect.stringMatching(/^allow this action/) });
    expect(partsOf(failure.message)).toMatchObject({ ...parts, todo: failure.todo });
    expect(failure.message).not.toMatch(/\.\./);
  });

  it('says how long it was taken for one that passes', () => {
    expect(awsRefusal(error, 320).message).toContain(
      'You are not authorized, at every look for 5 minutes (request abc). What to do: ',
    );
  });
});

it('tells a transient error that outlasts every retry with step, operation and advice (U29)', () => {
  const error = refusal('RequestLimitExceeded', 'ec2:DescribeVpcs', 'Request limit exceeded.');
  expect(asMachineError('accept', error)).toMatchObject({
    name: 'TransientError',
    message: expect.stringMatching(
      /^accept: ec2:DescribeVpcs answered RequestLimitExceeded: Request limit exceeded\. What to do: .*run again/,
    ),
  });
});

describe('a failure', () => {
  it('says where it was met once, and keeps the first place', () => {
    const failure = new ResourceFailedError('the VPC is lost.', 'look for it.');
    expect(failure.message).toBe('the VPC is lost. What to do: look for it.');
    expect(failure.step).toBeUndefined();
    expect(asMachineError('vpc', failure)).toBe(failure);
    expect(failure.at('accept').message).toBe('vpc: the VPC is lost. What to do: look for it.');
    expect(failure.step).toBe('vpc');
  });

  it('has its literal name, which ASL matches on', () => {
    const failure = new ResourceFailedError('it broke', 'mend it', { cause: new Error('why') });
    expect(failure).toBeInstanceOf(Failure);
    expect(failure.name).toBe('ResourceFailedError');
    expect(failure.cause).toEqual(new Error('why'));
  });
});

it('leaves an error that is neither ours nor of AWS as it is', () => {
  const bug = new TypeError('x is not a function');
  expect(asMachineError('vpc', bug)).toBe(bug);
});

it('lists what a rollback left once, however many steps were held back by it', () => {
  const heldBack = { aurora: 'A. What to do: a.', vpc: 'A. What to do: a.\nB. What to do: b.' };
  expect(notTakenBack({ heldBack })).toEqual({
    what: 'Not taken back:\n- A. What to do: a.\n- B. What to do: b.\nWhat could go is gone',
    todo: 'do what each line says, then deprovision the environment',
  });
  expect(notTakenBack({})).toBeUndefined();
});
