import { describe, expect, it } from 'vitest';
import { dynamodbState } from '#embedded/services/dynamodb/state.ts';
import { listBlocks, reserveBlock } from '#lib/run/block-reservation.ts';
import { listEnvironments, lockEnvironment, readEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { testAws } from '../../support/embedded.ts';

const place = (name: string) => ({ name, account: '111122223333', region: 'eu-central-1' });
const cidr = '10.231.0.0/16';
const execution = (name: string) => ({
  id: `arn:aws:states:x:1:execution:provision:${name}`,
  name,
  startTime: '',
});

/** The environment is accepted: it has its block and its lock. */
async function accepted(name: string, vpcCidr = cidr) {
  await reserveBlock(place(name), vpcCidr);
  const { account, region } = place(name);
  await lockEnvironment(name, execution(name), {
    account,
    region,
    status: 'PROVISIONING',
    vpcCidr,
    empty: undefined,
  });
}

describe('the list of blocks', () => {
  it('has whom each is held by, those of a run that is being accepted, and none that holds no more', async () => {
    const aws = testAws();
    await accepted('one');
    await reserveBlock(place('two'), '10.9.0.0/16');
    await accepted('three', '10.232.0.0/16');
    aws.advance(30);
    await releaseEnvironment('three', execution('three').id, { status: 'GONE' });
    aws.advance(30);
    const told = (await listBlocks()).map((each) => [each.cidr, each.holder, each.accepting]);
    expect(told).toEqual([
      ['10.9.0.0/16', 'two', true],
      [cidr, 'one', undefined],
    ]);
    aws.advance(240);
    expect((await listBlocks()).map((each) => each.cidr)).toEqual([cidr]);
  });
});

describe('a block', () => {
  it('of two at the same moment goes to exactly one, and the other is told whose it is', async () => {
    testAws();
    const both = await Promise.allSettled(['one', 'two'].map((name) => reserveBlock(place(name), cidr)));
    const refused = both.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ name: 'PreflightFailedError' });
    expect(refused[0]?.reason.message).toMatch(
      /vpcCidr 10\.231\.0\.0\/16 is reserved for environment "(one|two)".*choose another vpcCidr/s,
    );
  });

  it('that its former holder has just renewed is nobody else’s, although it had lapsed', async () => {
    const aws = testAws();
    await reserveBlock(place('one'), cidr);
    aws.advance(121);
    aws.aws.inject = ({ operation }) => {
      // Between the look of the second and its write the first comes back.
      if (operation === 'dynamodb:UpdateItem')
        aws.aws.inspect(homeRegion, (call) => {
          for (const item of Object.values(dynamodbState(call).tables).flatMap(({ items }) => items))
            if (JSON.stringify(item.holder) === '{"S":"one"}') item.since = { S: new Date().toISOString() };
        });
      return undefined;
    };
    await expect(reserveBlock(place('two'), cidr)).rejects.toThrow(/"one"/);
  });

  it('is its environment’s again at every run', async () => {
    const aws = testAws();
    await accepted('one');
    aws.advance(3600);
    await accepted('one');
  });

  it('of another region or account is another one', async () => {
    testAws();
    await accepted('one');
    await reserveBlock({ ...place('two'), region: 'eu-west-1' }, cidr);
    await reserveBlock({ ...place('three'), account: '444455556666' }, cidr);
  });

  it.each([
    ['is gone', { status: 'GONE' as const }],
    ['took back all it had made', { status: 'FAILED' as const, empty: true as const }],
  ])('is free where its environment %s', async (_what, end) => {
    const aws = testAws();
    await accepted('one');
    aws.advance(3600);
    await expect(reserveBlock(place('two'), cidr)).rejects.toThrow(/"one"/);
    await releaseEnvironment('one', execution('one').id, end);
    await accepted('two');
    await expect(accepted('one')).rejects.toThrow(/"two"/);
  });

  it('is kept where something of a failed environment is left, and free where that moved to another block', async () => {
    const aws = testAws();
    await accepted('one');
    await releaseEnvironment('one', execution('one').id, { status: 'FAILED' });
    aws.advance(3600);
    await expect(reserveBlock(place('two'), cidr)).rejects.toThrow(/"one"/);
    await releaseEnvironment('one', execution('one').id, { status: 'GONE' });
    await accepted('one', '10.240.0.0/16');
    await accepted('two');
  });

  it('that was reserved by an acceptance that died is free after two minutes', async () => {
    const aws = testAws();
    await reserveBlock(place('one'), cidr);
    await expect(reserveBlock(place('two'), cidr)).rejects.toThrow(/"one"/);
    aws.advance(121);
    await accepted('two');
  });

  it('is no environment', async () => {
    testAws();
    await accepted('one');
    expect((await listEnvironments()).map(({ environment }) => environment)).toEqual(['one']);
    expect(await readEnvironment('two')).toBeUndefined();
  });
});
