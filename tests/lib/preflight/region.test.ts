import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { callerIn } from '#lib/preflight/region.ts';

function refused(error: object): Promise<unknown> {
  configureClients({});
  mockClient(STSClient)
    .on(GetCallerIdentityCommand)
    .rejects(Object.assign(new Error('no'), { $metadata: {} }, error));
  return callerIn({ region: 'eu-central-9' }).catch((thrown: Error) => thrown);
}

test.each([
  [
    { code: 'ENOTFOUND', hostname: 'sts.eu-central-9.amazonaws.com' },
    'sts.eu-central-9.amazonaws.com has no address',
  ],
  [{ name: 'InvalidClientTokenId' }, 'STS answered InvalidClientTokenId'],
  [{ name: 'UnrecognizedClientException' }, 'STS answered UnrecognizedClient'],
  [{ name: 'AuthFailure' }, 'STS answered AuthFailure'],
])('a region that is not there is named as such: %j', async (error, why) => {
  expect(await refused(error)).toMatchObject({
    name: 'PreflightFailedError',
    message: expect.stringContaining(
      `region "eu-central-9" does not exist or is not enabled in this account (${why}). Nothing was made. What to do: check its spelling`,
    ),
  });
});

test.each([
  { code: 'EAI_AGAIN' },
  { name: 'AccessDenied' },
  { name: 'InvalidClientTokenId', operation: 'sts:AssumeRole' },
  { code: 'ENOTFOUND', operation: 'sts:AssumeRole' },
])('another failure is left as it is: %j', async (error) => {
  expect(await refused(error)).not.toMatchObject({ name: 'PreflightFailedError' });
});

test('the account and its partition come from the identity', async () => {
  configureClients({});
  const Arn = 'arn:aws-us-gov:sts::111122223333:assumed-role/x/y';
  mockClient(STSClient).on(GetCallerIdentityCommand).resolves({ Account: '111122223333', Arn });
  expect(await callerIn({ region: 'us-gov-west-1' })).toEqual({
    account: '111122223333',
    partition: 'aws-us-gov',
  });
});
