/** Service Quotas: what the account may have. The figures are those the other models enforce. */
import { z } from 'zod';
import { appliedLimit, type Limit, limits } from '#embedded/limits.ts';
import { AwsFault, type Call, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

const oneQuota = { ServiceCode: z.string(), QuotaCode: z.string() };

function described(call: Call, limit: Limit, value: number): object {
  return {
    ServiceCode: limit.serviceCode,
    ServiceName: limit.serviceName,
    QuotaArn: `arn:${call.partition}:servicequotas:${call.region}:${call.account}:${limit.serviceCode}/${limit.quotaCode}`,
    QuotaCode: limit.quotaCode,
    QuotaName: limit.quotaName,
    Value: value,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: limit.global ?? false,
  };
}

function noSuchResource(message: string): AwsFault {
  return new AwsFault('NoSuchResourceException', message);
}

function requireLimit(input: { ServiceCode: string; QuotaCode: string }): Limit {
  const limit = limits.find(
    (one) => one.serviceCode === input.ServiceCode && one.quotaCode === input.QuotaCode,
  );
  if (!limit)
    throw noSuchResource(`The request failed because the specified quota ${input.QuotaCode} does not exist.`);
  return limit;
}

export const serviceQuotas: ServiceModel = {
  service: 'servicequotas',
  operations: {
    // Where nobody ever applied a value there is none to answer, only AWS's default.
    GetServiceQuota: read(oneQuota, (input, call) => {
      const limit = requireLimit(input);
      const value = appliedLimit(call, limit);
      if (value === undefined)
        throw noSuchResource('The request failed because there is no applied value for the quota.');
      return { Quota: described(call, limit, value) };
    }),
    GetAWSDefaultServiceQuota: read(oneQuota, (input, call) => {
      const limit = requireLimit(input);
      return { Quota: described(call, limit, limit.value) };
    }),
    ListServiceQuotas: read(
      {
        ServiceCode: z.string(),
        MaxResults: z.number().int().min(1).max(100).optional(),
        NextToken: z.string().optional(),
      },
      (input, call) => {
        const ofService = limits.filter((limit) => limit.serviceCode === input.ServiceCode);
        if (ofService.length === 0)
          throw noSuchResource(`The request failed because the service ${input.ServiceCode} does not exist.`);
        const { items, next } = pageOf(
          ofService,
          input.NextToken,
          input.MaxResults ?? 100,
          () => new AwsFault('InvalidPaginationTokenException', 'Invalid NextToken.'),
        );
        return {
          Quotas: items.map((limit) => described(call, limit, appliedLimit(call, limit) ?? limit.value)),
          NextToken: next,
        };
      },
    ),
  },
};
