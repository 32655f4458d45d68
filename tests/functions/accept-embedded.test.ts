/** `accept` over the embedded AWS: the same questions, answered by the models the steps run on. */

import { readFileSync } from 'node:fs';
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateFileSystemCommand, EFSClient } from '@aws-sdk/client-efs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { setLimit } from '#embedded/limits.ts';
import { AwsFault } from '#embedded/model.ts';
import { type Accepted, accept } from '#functions/accept.ts';
import { ensure as ensureVpc } from '#functions/vpc/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import { callerIn } from '#lib/preflight/region.ts';
import { lockEnvironment, readEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
import { type TestAws, testAws, untilDone } from '../support/embedded.ts';

const region = 'eu-central-1';
const request = { environment: 'dev', region };

function run(changes: object = {}, name = 'run-1', startTime = '2026-11-01T00:00:00Z'): Promise<Accepted> {
  const id = `arn:aws:states:${region}:111122223333:execution:provision:${name}`;
  return accept({
    request: { ...request, ...changes },
    execution: { id, name, startTime },
  });
}

/** Mutating calls but those of the registry, which keeps the lock. */
function made(aws: TestAws['aws']): string[] {
  return aws.mutations
    .map(({ operation }) => operation)
    .filter((operation) => !operation.startsWith('dynamodb:'));
}

async function problems(changes: object = {}): Promise<string[]> {
  const refused = await run(changes).then(
    () => [],
    (error: Error) => [error.name, ...error.message.split('\n').slice(1, -1)],
  );
  expect(refused[0]).toBe('PreflightFailedError');
  return refused.slice(1);
}

describe('a clean account', () => {
  test.each(['dev', 'staging', 'prod'])('accepts examples/%s.json and makes nothing', async (name) => {
    const { aws } = testAws();
    const example = JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'));
    const { environment, warnings } = await run(example);
    expect(environment.zones.map((zone) => zone.id)).toEqual(['euc1-az2', 'euc1-az3', 'euc1-az1']);
    expect(environment.subnets).toHaveLength(16);
    expect(warnings).toEqual([]);
    expect(made(aws)).toEqual([]);
    expect(Object.values(aws.requests).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(66);
  });

  test('in us-east-1 leaves out the zone EKS refuses, and puts the endpoints where mail is offered', async () => {
    testAws();
    const { zones, subnets } = (await run({ region: 'us-east-1' })).environment;
    expect(zones.map(({ id }) => id)).not.toContain('use1-az3');
    expect(subnets.find(({ group }) => group === 'endpoints')?.zone.id).toBe('use1-az1');
    expect(zones.map(({ id }) => id)).toContain('use1-az1');
  });

  test('in us-west-1 has too few zones', async () => {
    testAws();
    expect(await problems({ region: 'us-west-1' })).toContainEqual(
      expect.stringContaining('every subnet group needs three (R6)'),
    );
  });

  test('in a region without mail is refused', async () => {
    testAws({ enabledRegions: ['me-central-1'] });
    expect(await problems({ region: 'me-central-1' })).toEqual([
      '- me-central-1 offers no Interface endpoint for email-smtp (R18). What to do: choose another region.',
    ]);
  });

  test.each([
    ['eu-central-9', 'sts.eu-central-9.amazonaws.com has no address'],
    ['me-central-1', 'STS answered InvalidClientTokenId'],
  ])('in %s, misspelt or not enabled, is refused', async (region, why) => {
    testAws();
    await expect(run({ region })).rejects.toThrow(
      `does not exist or is not enabled in this account (${why})`,
    );
  });

  test('in us-gov-west-1 is planned in its own partition', async () => {
    testAws();
    expect((await callerIn({ region: 'us-gov-west-1' })).partition).toBe('aws-us-gov');
    expect((await callerIn({ region: 'cn-north-1' })).partition).toBe('aws-cn');
  });
});

test('everything that stands in the way is reported at once, and nothing was made', async () => {
  const { aws, advance } = testAws();
  const target = { region };
  await client(EC2Client, target).send(new CreateVpcCommand({ CidrBlock: '10.231.128.0/17' }));
  await client(IAMClient, target).send(
    new CreateRoleCommand({
      RoleName: 'aoscloud-eu-central-1-dev-eks-cluster',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
    }),
  );
  await client(EFSClient, target).send(
    new CreateFileSystemCommand({ CreationToken: 'aoscloud-dev-efs', Encrypted: true }),
  );
  aws.inspect(region, (call) => {
    setLimit(call, 'L-0263D0A3', 0);
    setLimit(call, 'L-952B80B8', 1);
  });
  // EC2 and IAM show a new resource to other calls after a while.
  advance(60);
  const before = made(aws);
  const refused = await problems({ eks: { version: '1.20' }, aurora: { instanceClass: 'db.t9.medium' } });
  expect(refused).toEqual([
    expect.stringMatching(
      /^- vpcCidr 10\.231\.0\.0\/16 overlaps 10\.231\.128\.0\/17 of VPC vpc-\w+ \(.*\) \(R4\)\. What to do: choose another vpcCidr, or remove that VPC\.$/,
    ),
    expect.stringContaining('eks.version 1.20: is not offered'),
    expect.stringContaining('aurora.instanceClass db.t9.medium: cannot be ordered'),
    expect.stringContaining(
      'quota "Elastic IP addresses" (ec2 L-0263D0A3) in eu-central-1: 0 of 0 in use, this run needs 1 more',
    ),
    expect.stringContaining(
      'quota "DB clusters (Aurora and DocumentDB)" in eu-central-1: 0 of 1 in use, this run needs 2 more',
    ),
    expect.stringContaining('IAM role aoscloud-eu-central-1-dev-eks-cluster exists already'),
    expect.stringMatching(/EFS file system fs-\w+ \(aoscloud-dev-efs\) exists already/),
  ]);
  expect(made(aws)).toEqual(before);
});

describe('an environment that exists', () => {
  test('passes with what it has, although the quota is used up', async () => {
    const account = testAws();
    const first = (await run()).environment;
    await untilDone(account, 'vpc', ensureVpc, first);
    account.aws.inspect(region, (call) => setLimit(call, 'L-F678F1CE', 1));
    // Step Functions does not know run-1: once it is not young any more its lock holds nothing.
    account.advance(60);
    const again = (await run({}, 'run-2')).environment;
    expect(again).toEqual({ ...first, execution: 'run-2', rollbackName: 'run-2-rollback' });
  });

  test('is not run again under the name of an earlier run, whose work a rollback would then take back', async () => {
    const account = testAws();
    await run();
    account.advance(100 * 24 * 3600);
    await expect(run({}, 'run-1', '2027-02-09T00:00:00Z')).rejects.toThrow(
      /^accept: execution name "run-1": a run of 2026-11-01T00:00:00Z had it, and it stands on what that run made \(W4\)\. Nothing was made\. What to do: start this one under another name\.$/,
    );
    await expect(run({}, 'run-2', '2027-02-09T00:00:00Z')).resolves.toBeDefined();
    await expect(run({}, 'run-2', '2027-02-09T00:00:00Z')).resolves.toBeDefined();
  });

  test('may be one that only a removal has held so far', async () => {
    testAws();
    const removal = {
      id: `arn:aws:states:${region}:111122223333:execution:deprovision:x`,
      name: 'x',
      startTime: '',
    };
    await lockEnvironment('dev', removal, { region, account: '111122223333', status: 'DEPROVISIONING' });
    await releaseEnvironment('dev', removal.id, { status: 'GONE' });
    expect((await run()).environment.execution).toBe('run-1');
  });

  test('does not move to another block or other zones', async () => {
    const account = testAws();
    await untilDone(account, 'vpc', ensureVpc, (await run({ region: 'us-east-1' })).environment);
    expect(
      await problems({
        region: 'us-east-1',
        vpcCidr: '10.9.0.0/16',
        availabilityZones: ['us-east-1d', 'us-east-1e', 'us-east-1f'],
      }),
    ).toEqual([
      expect.stringContaining('vpcCidr: 10.231.0.0/16 → 10.9.0.0/16: a VPC keeps its block'),
      expect.stringMatching(/availabilityZones: us-east-1.* → us-east-1.*: a subnet stays in its zone/),
    ]);
  });

  test('stands in the way of another one on the same block', async () => {
    const account = testAws();
    await untilDone(account, 'vpc', ensureVpc, (await run()).environment);
    expect(await problems({ environment: 'dev2' })).toEqual([
      expect.stringContaining('(environment dev, account 111122223333) (R4)'),
    ]);
    await expect(run({ environment: 'dev2', staging: true })).resolves.toBeDefined();
  });
});

test('an accepted run holds the environment, and the registry knows what it was asked and when it began', async () => {
  testAws();
  const roleArn = 'arn:aws:iam::111122223333:role/platform-admin';
  const { environment, step } = await run({ roleArn });
  expect(environment.roleArn).toBe(roleArn);
  expect(step).toMatchObject({ step: 'accept', status: 'ready', requested: true });
  expect(await readEnvironment('dev')).toMatchObject({
    status: 'PROVISIONING',
    lock: { name: 'run-1' },
    roleArn,
    request: { ...request, roleArn },
    runs: { 'run-1': '2026-11-01T00:00:00Z' },
  });
});

test('a run whose name no tag can hold has taken no lock', async () => {
  testAws();
  for (const name of ['two words', 'übergrößé!', '(run)'])
    await expect(run({}, name)).rejects.toThrow(
      `accept: execution name ${JSON.stringify(name)}: tags may hold letters, digits and _ . = + - @ only (W4). Nothing was made. What to do: start this one under another name.`,
    );
  expect(await readEnvironment('dev')).toBeUndefined();
  await expect(run({}, 'übergrößé_1.2=3+4-5@6')).resolves.toBeDefined();
});

test('quotas that may not be read are warnings', async () => {
  testAws({
    inject: ({ operation }) =>
      operation.startsWith('servicequotas:')
        ? { kind: 'refuse', fault: new AwsFault('AccessDeniedException', 'not allowed', { status: 400 }) }
        : undefined,
  });
  expect((await run()).warnings).toContainEqual(
    expect.stringContaining(
      `quota "VPCs per Region" is assumed to be AWS's default of 5: servicequotas:GetServiceQuota answered AccessDenied`,
    ),
  );
});

test('a lost answer to a question is asked again, not taken for one', async () => {
  let lost = 0;
  testAws({
    inject: ({ operation }) => {
      if (operation !== 'ec2:DescribeVpcs' || lost >= 4) return undefined;
      lost += 1;
      return { kind: 'answer-lost' };
    },
  });
  await expect(run()).rejects.toMatchObject({ name: 'TransientError' });
  await expect(run()).resolves.toBeDefined();
});
