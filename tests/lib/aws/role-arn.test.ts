import { expect, test } from 'vitest';
import { accountOf } from '#lib/aws/role-arn.ts';
import { parseRemoval } from '#lib/request/removal.ts';
import { parseRequest } from '#lib/request/request.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';

const roleArn = 'arn:aws:iam::444455556666:role/aoscloud-provisioner';
const session = 'arn:aws:sts::444455556666:assumed-role/aoscloud-provisioner/me';
const request = (arn: string) => ({ environment: 'dev', region: 'eu-central-1', roleArn: arn });
const removal = (arn: string) => ({ environment: 'dev', confirm: 'dev', roleArn: arn });

test('a request and a removal may name the role of another account', () => {
  expect(parseRequest(request(roleArn)).roleArn).toBe(roleArn);
  expect(parseRemoval(removal(roleArn)).roleArn).toBe(roleArn);
  expect(accountOf(roleArn)).toBe('444455556666');
});

test.each([
  [
    'a session, and is told its role',
    session,
    'name its role, arn:aws:iam::444455556666:role/aoscloud-provisioner',
  ],
  ['a user', 'arn:aws:iam::444455556666:user/me', 'must be the ARN of an IAM role'],
  ['an account', '444455556666', 'must be the ARN of an IAM role'],
])('neither may name %s', (_what, arn, message) => {
  expect(() => parseRequest(request(arn))).toThrow(InvalidRequestError);
  expect(() => parseRequest(request(arn))).toThrow(message);
  expect(() => parseRemoval(removal(arn))).toThrow(message);
});
