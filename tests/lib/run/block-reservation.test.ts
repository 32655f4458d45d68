import { describe, expect, it, vi } from 'vitest';
import { listBlocks, reserveBlock } from '#lib/run/block-reservation.ts';
import { listEnvironments, lockEnvironment, readEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
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
    testAws();
    await accepted('one');
    await reserveBlock(place('two'), '10.9.0.0/16');
    await accepted('three', '10.232.0.0/16');
    await releaseEnvironment('three', execution('three').id, { status: 'GONE' });
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    const told = (await listBlocks()).map((each) => [each.cidr, each.holder, each.accepting]);
    expect(told).toEqual([
      ['10.9.0.0/16', 'two', true],
      [cidr, 'one', undefined],
      ['10.232.0.0/16', 'three', true],
    ]);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 300_000);
    expect((await listBlocks()).map((each) => each.cidr)).toEqual([cidr]);
    vi.restoreAllMocks();
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
