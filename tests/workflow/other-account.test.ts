/** An environment in another account: everything is there, nothing at home, whoever takes it down. */
import { afterEach, describe, expect, test } from 'vitest';
import { type CallRecord, homeAccount } from '#embedded/engine.ts';
import { emptyState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { type Account, openAccount } from '#local/account.ts';
import { simulate } from '#local/simulate.ts';
import { arrangeTargetRole } from '#local/target-role.ts';

const otherAccount = '444455556666';
const roleArn = `arn:aws:iam::${otherAccount}:role/aoscloud-provisioner`;
const region = 'eu-west-1';
const request = { environment: 'dev', region, roleArn };
const removal = { environment: 'dev', confirm: 'dev', finalSnapshots: false };
/** What the service itself keeps at home. */
const own = /^(dynamodb|states|events|secretsmanager):/;

function freshAccount(): Account {
  const store = new MemoryStore(emptyState(1, Date.parse('2026-11-01T00:00:00Z')));
  return openAccount({ store, latencySeconds: 0.2 });
}

/** Types of what is in `account`, but for what is the service's own, and the role an administrator made there. */
function there(account: Account, id: string): Record<string, string[]> {
  const all = account.aws.regions(id).flatMap((one) => Object.entries(account.aws.inventory(one, id)));
  const kept = all.map(
    ([type, ids]) => [type, ids.filter((one) => !one.includes('aoscloud-provisioner'))] as const,
  );
  return Object.fromEntries(kept.filter(([type, ids]) => !own.test(type) && ids.length > 0));
}

/** Every call of what `run` does. */
async function watched(account: Account, run: () => Promise<unknown>): Promise<CallRecord[]> {
  const calls: CallRecord[] = [];
  account.aws.inject = (call) => {
    calls.push(call);
    return undefined;
  };
  await run();
  account.aws.inject = undefined;
  return calls;
}

afterEach(() => {
  delete process.env.EXTERNAL_ID;
});

describe('an environment in another account', () => {
  test('is made there, found there again, and taken down there', async () => {
    const account = freshAccount();
    process.env.EXTERNAL_ID = 'a-shared-word';
    arrangeTargetRole(account.aws, roleArn, 'a-shared-word');

    const calls = await watched(account, async () => {
      const name = 'dev-run';
      const { result } = await simulate(account, { machine: 'provision', input: request, name });
      expect(result).toMatchObject({ status: 'SUCCEEDED' });
    });
    expect(there(account, homeAccount)).toEqual({});
    expect(there(account, otherAccount)).toMatchObject({ 'ec2:vpc': [expect.any(String)] });
    expect(await readEnvironment('dev')).toMatchObject({ account: otherAccount, roleArn, status: 'READY' });

    const sessions = calls.filter(({ operation }) => operation === 'sts:AssumeRole');
    expect(sessions.map(({ input }) => input)).toEqual([
      { RoleArn: roleArn, RoleSessionName: 'dev-run', ExternalId: 'a-shared-word' },
    ]);
    expect(sessions[0]?.region).toBe('eu-central-1');

    const again = await simulate(account, { machine: 'provision', input: request });
    expect(again.result.status).toBe('SUCCEEDED');
    expect(there(account, homeAccount)).toEqual({});

    // The registry knows the role.
    const removed = await simulate(account, { machine: 'deprovision', input: removal });
    expect(removed.result).toMatchObject({ status: 'SUCCEEDED' });
    // What the databases wrote down stays unless the removal asks for it, over there as at home.
    expect(there(account, otherAccount)).toEqual({
      'logs:log-group': [
        '/aws/docdb/aoscloud-dev-documentdb/audit',
        '/aws/docdb/aoscloud-dev-documentdb/profiler',
        '/aws/rds/cluster/aoscloud-dev-aurora/postgresql',
      ],
    });
    expect(there(account, homeAccount)).toEqual({});
  });

  test('is taken back there when the run fails', async () => {
    const account = freshAccount();
    arrangeTargetRole(account.aws, roleArn);
    account.aws.inject = ({ operation }) =>
      operation === 'elasticache:CreateReplicationGroup' ? { kind: 'outcome-fails' } : undefined;
    const { result } = await simulate(account, { machine: 'provision', input: request });
    expect(result.status).toBe('FAILED');
    expect(result.cause).toContain('Everything this run made was taken back.');
    expect(there(account, otherAccount)).toEqual({});
    expect(there(account, homeAccount)).toEqual({});
  });

  test('is refused in seconds where the role does not trust the service', async () => {
    const account = freshAccount();
    arrangeTargetRole(account.aws, roleArn, 'another-word');
    const { result } = await simulate(account, { machine: 'provision', input: request });
    expect(result).toMatchObject({ status: 'FAILED', error: 'AwsRefusedError' });
    expect(result.cause).toContain('accept: sts:AssumeRole was refused with AccessDenied');
    expect(result.cause).toContain(roleArn);
    expect(there(account, otherAccount)).toEqual({});
  });

  test('does not move to another account', async () => {
    const account = freshAccount();
    arrangeTargetRole(account.aws, roleArn);
    await simulate(account, { machine: 'provision', input: request });
    const { roleArn: _home, ...atHome } = request;
    const { result } = await simulate(account, { machine: 'provision', input: atHome });
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
    expect(result.cause).toContain(`is in ${otherAccount} already`);
    expect(there(account, homeAccount)).toEqual({});
  });

  test('may go home once it is gone, and its role is forgotten', async () => {
    const account = freshAccount();
    arrangeTargetRole(account.aws, roleArn);
    await simulate(account, { machine: 'provision', input: request });
    await simulate(account, { machine: 'deprovision', input: { ...removal, deleteLogs: true } });
    expect(there(account, otherAccount)).toEqual({});
    const { roleArn: _home, ...atHome } = request;
    const { result } = await simulate(account, { machine: 'provision', input: atHome });
    expect(result.status).toBe('SUCCEEDED');
    expect(await readEnvironment('dev')).not.toHaveProperty('roleArn');
    expect(there(account, otherAccount)).toEqual({});
  });
});
