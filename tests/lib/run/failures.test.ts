import { expect, it } from 'vitest';
import { asMachineError, awsRefusal, partsOfFailure } from '#lib/run/failures.ts';

it('says step, operation, code and advice, and finds them again in its own words', () => {
  const error = Object.assign(new Error('You are not authorized.'), {
    name: 'UnauthorizedOperation',
    operation: 'ec2:CreateNatGateway',
    $metadata: { requestId: 'abc' },
  });
  const { message } = awsRefusal('routing', error);
  expect(message).toContain('What to do: allow this action');
  expect(partsOfFailure(message)).toEqual({
    step: 'routing',
    operation: 'ec2:CreateNatGateway',
    code: 'UnauthorizedOperation',
  });
});

it('finds the step of any step message, and nothing in foreign words', () => {
  expect(partsOfFailure('eks-nodes: not done after 46 minutes')).toEqual({ step: 'eks-nodes' });
  expect(partsOfFailure('States.Timeout')).toEqual({});
});

it('tells a transient error that outlasts every retry with step, operation and advice (U29)', () => {
  const error = Object.assign(new Error('Request limit exceeded.'), {
    name: 'RequestLimitExceeded',
    operation: 'ec2:DescribeVpcs',
    $metadata: {},
  });
  expect(asMachineError('accept', error)).toMatchObject({
    name: 'TransientError',
    message: expect.stringMatching(
      /^accept: ec2:DescribeVpcs answered RequestLimitExceeded: Request limit exceeded\.\. What to do: .*run again/,
    ),
  });
});
