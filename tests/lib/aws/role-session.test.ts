import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { homeAccount } from '#embedded/engine.ts';
import { client, homeClient } from '#lib/aws/clients.ts';
import { RoleSessions, sessionName } from '#lib/aws/role-session.ts';
import { arrangeTargetRole } from '#local/target-role.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';

const roleArn = 'arn:aws:iam::444455556666:role/aoscloud-provisioner';
const target = { region: 'eu-west-1', roleArn, execution: 'dev-run' };
const whoAmI = (where: Parameters<typeof client>[1]) =>
  client(STSClient, where).send(new GetCallerIdentityCommand({}));

test('the name of a session is the execution, as far as STS takes it', () => {
  expect(sessionName('dev-provision-20261101T000000-0a1b2c')).toBe('dev-provision-20261101T000000-0a1b2c');
  expect(sessionName('dev run/1 é')).toBe('dev-run-1--');
  expect(sessionName('x'.repeat(80))).toHaveLength(64);
  expect(sessionName('x')).toBe('x-');
});

describe('a client of a role', () => {
  let aws: TestAws;
  const sessions = () => aws.aws.requests['sts:AssumeRole'] ?? 0;
  beforeEach(() => {
    aws = testAws();
    arrangeTargetRole(aws.aws, roleArn);
  });

  test('works in its account, under the name of the execution', async () => {
    expect(await whoAmI(target)).toMatchObject({
      Account: '444455556666',
      Arn: 'arn:aws:sts::444455556666:assumed-role/aoscloud-provisioner/dev-run',
    });
  });

  test('leaves those of the service at home', async () => {
    await whoAmI(target);
    const { Account } = await homeClient(STSClient).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe(homeAccount);
    expect(await whoAmI({ region: 'eu-west-1' })).toMatchObject({ Account: homeAccount });
  });

  test('shares one session with all others of that role and execution', async () => {
    await Promise.all([whoAmI(target), whoAmI({ ...target, region: 'eu-north-1' }), whoAmI(target)]);
    expect(sessions()).toBe(1);
    await whoAmI({ ...target, execution: 'dev-another-run' });
    expect(sessions()).toBe(2);
  });

  test('gets a new session before the old one ends', async () => {
    await whoAmI(target);
    aws.advance(54 * 60);
    await whoAmI(target);
    expect(sessions()).toBe(1);
    aws.advance(2 * 60);
    await whoAmI(target);
    expect(sessions()).toBe(2);
  });

  test('says that it was the role that could not be assumed, and asks again the next time', async () => {
    const wrong = { ...target, roleArn: roleArn.replace('provisioner', 'unknown') };
    const refused = { operation: 'sts:AssumeRole', name: 'AccessDenied' };
    await expect(whoAmI(wrong)).rejects.toMatchObject(refused);
    arrangeTargetRole(aws.aws, wrong.roleArn);
    expect(await whoAmI(wrong)).toMatchObject({ Account: '444455556666' });
  });
});

test('a session without an end is not kept', async () => {
  const sts = mockClient(STSClient);
  sts.on(AssumeRoleCommand).resolves({
    Credentials: {
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: undefined,
    },
  });
  const sessions = new RoleSessions(() => new STSClient({ region: 'eu-central-1' }));
  await sessions.credentials(roleArn, 'dev-run');
  await sessions.credentials(roleArn, 'dev-run');
  expect(sts.commandCalls(AssumeRoleCommand)).toHaveLength(2);
  sts.restore();
});
