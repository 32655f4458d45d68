import { expect, it } from 'vitest';
import { lambdaHandler } from '#lib/run/handler.ts';

const awsError = (name: string, status = 400) =>
  Object.assign(new Error('no'), {
    name,
    operation: 'dynamodb:UpdateItem',
    $metadata: { httpStatusCode: status },
  });
const context = { getRemainingTimeInMillis: () => 60_000 } as never;
const failing = (error: Error) => lambdaHandler('record', () => Promise.reject(error))({}, context);

it('hands an AWS error nobody judged to the machine by a name it knows, with the operation', async () => {
  await expect(failing(awsError('AccessDeniedException'))).rejects.toMatchObject({ name: 'AwsRefusedError' });
  await expect(failing(awsError('AccessDeniedException'))).rejects.toThrow(
    'record: dynamodb:UpdateItem was refused with AccessDenied',
  );
});

it('has the machine retry what will pass', async () => {
  for (const passing of [awsError('ThrottlingException'), awsError('Whatever', 503)]) {
    await expect(failing(passing)).rejects.toMatchObject({ name: 'TransientError' });
  }
});

it('throws what is not from AWS as it is', async () => {
  await expect(failing(new TypeError('a bug'))).rejects.toThrow(TypeError);
});
