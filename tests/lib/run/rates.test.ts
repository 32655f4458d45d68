import { afterEach, describe, expect, it, vi } from 'vitest';
import { bucketOf } from '#embedded/rates.ts';
import { log } from '#lib/run/log.ts';
import { rateOf } from '#lib/run/rates.ts';

const account = '111122223333';

afterEach(() => vi.unstubAllEnvs());

describe("AWS's rates", () => {
  it.each(['CreateVpcEndpoint', 'ModifyVpcEndpoint', 'CreateSubnet', 'CreateNatGateway', 'CreateTags'])(
    'are the published ones, which the embedded AWS honours: %s',
    (action) => {
      const bucket = bucketOf(`ec2:${action}`);
      expect(rateOf(`ec2:${action}`, account)).toEqual({
        burst: bucket?.size,
        perSecond: bucket?.refillPerSecond,
      });
    },
  );

  it('are none of calls that only look, and of services that publish none', () => {
    for (const operation of ['ec2:DescribeVpcs', 'ec2:GetManagedPrefixListEntries', 'rds:CreateDBCluster'])
      expect(rateOf(operation, account)).toBeUndefined();
  });

  it("are an account's own where they are given", () => {
    const own = { burst: 8, perSecond: 1 };
    vi.stubEnv('ACCOUNT_RATES', JSON.stringify({ [account]: { 'ec2:CreateVpcEndpoint': own } }));
    expect(rateOf('ec2:CreateVpcEndpoint', account)).toEqual(own);
    expect(rateOf('ec2:CreateVpcEndpoint', '444455556666')).toEqual({ burst: 4, perSecond: 0.3 });
  });

  it.each(['{', '[]', `{"${account}": {"ec2:CreateVpc": {"burst": 0, "perSecond": 1}}}`])(
    'are the published ones where what is given is none, and the log says so once: %s',
    (text) => {
      const said = vi.spyOn(log, 'error').mockImplementation(() => {});
      vi.stubEnv('ACCOUNT_RATES', text);
      for (const _ of [1, 2]) expect(rateOf('ec2:CreateVpc', account)).toEqual({ burst: 50, perSecond: 5 });
      expect(said).toHaveBeenCalledOnce();
      said.mockRestore();
    },
  );
});
