import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ListServiceQuotasCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { expect, test } from 'vitest';
import { limitOf, setLimit } from '#embedded/limits.ts';
import { client } from '#lib/aws/clients.ts';
import { testAws } from '../support/embedded.ts';

const region = 'eu-central-1';
const quotas = () => client(ServiceQuotasClient, { region });
const vpcs = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' };

test('a quota nobody changed has a default but no applied value', async () => {
  testAws();
  await expect(quotas().send(new GetServiceQuotaCommand(vpcs))).rejects.toMatchObject({
    name: 'NoSuchResourceException',
  });
  const { Quota } = await quotas().send(new GetAWSDefaultServiceQuotaCommand(vpcs));
  expect(Quota).toMatchObject({ QuotaName: 'VPCs per Region', Value: 5 });
});

test('an applied value is answered and is what the models enforce', async () => {
  const { aws } = testAws();
  aws.inspect(region, (call) => setLimit(call, vpcs.QuotaCode, 50));
  expect((await quotas().send(new GetServiceQuotaCommand(vpcs))).Quota?.Value).toBe(50);
  expect(aws.inspect(region, (call) => limitOf(call, vpcs.QuotaCode))).toBe(50);
  expect(aws.inspect('us-west-2', (call) => limitOf(call, vpcs.QuotaCode))).toBe(5);
});

test('a list has every quota of a service', async () => {
  const { aws } = testAws();
  aws.inspect(region, (call) => setLimit(call, 'L-0263D0A3', 12));
  const { Quotas } = await quotas().send(new ListServiceQuotasCommand({ ServiceCode: 'ec2' }));
  expect(Quotas?.map(({ QuotaCode, Value }) => [QuotaCode, Value])).toEqual([
    ['L-0263D0A3', 12],
    ['L-1216C47A', 256],
  ]);
});

test('a quota code of another service is not found', async () => {
  testAws();
  await expect(
    quotas().send(new GetAWSDefaultServiceQuotaCommand({ ...vpcs, ServiceCode: 'ec2' })),
  ).rejects.toMatchObject({ name: 'NoSuchResourceException' });
});
