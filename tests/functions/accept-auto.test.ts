/** `vpcCidr: "auto"`: which block an environment gets that leaves it to the service. */
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { type Accepted, accept } from '#functions/accept.ts';
import { ensure as ensureVpc } from '#functions/vpc/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import { readEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
import { type TestAws, testAws, untilDone } from '../support/embedded.ts';

const region = 'eu-central-1';
const pool = { vpcCidr: 'auto', cidrPool: ['10.64.0.0/14'] };
const arnOf = (name: string) => `arn:aws:states:${region}:111122223333:execution:provision:${name}`;

function run(environment: string, changes: object = {}, name = environment): Promise<Accepted> {
  return accept({
    request: { environment, region, ...pool, ...changes },
    execution: { id: arnOf(name), name, startTime: `2026-11-01T00:00:00Z of ${name}` },
  });
}

const blockOf = async (accepted: Promise<Accepted>) => (await accepted).environment.vpcCidr;

async function somebodysVpc({ advance }: TestAws, CidrBlock: string): Promise<void> {
  await client(EC2Client, { region }).send(new CreateVpcCommand({ CidrBlock }));
  advance(60);
}

describe('a new environment', () => {
  it('gets the first /16 of its pool', async () => {
    testAws();
    const { environment } = await run('one');
    expect(environment.vpcCidr).toBe('10.64.0.0/16');
    expect(environment.subnets[0]?.cidr).toBe('10.64.0.0/20');
    expect((await readEnvironment('one'))?.vpcCidr).toBe('10.64.0.0/16');
  });

  it('gets none that a VPC, a reserved block or the addresses of its services overlap', async () => {
    const aws = testAws();
    await somebodysVpc(aws, '10.64.128.0/17');
    const block = await blockOf(
      run('one', { reservedCidrs: ['10.65.7.0/24'], eks: { serviceIpv4Cidr: '10.66.0.0/20' } }),
    );
    expect(block).toBe('10.67.0.0/16');
  });

  it("never gets the block of Docker's bridge", async () => {
    testAws();
    expect(await blockOf(run('one', { cidrPool: ['172.17.0.0/16', '172.20.0.0/16'] }))).toBe('172.20.0.0/16');
  });

  it('has its service addresses outside the block it got', async () => {
    testAws();
    const { environment } = await run('one', { cidrPool: ['172.20.0.0/16'] });
    expect(environment.eks.serviceIpv4Cidr).toBe('10.100.0.0/16');
  });

  it('gets one of its own however many ask at the same moment', async () => {
    testAws();
    const names = Array.from({ length: 16 }, (_, index) => `many-${index}`);
    const blocks = await Promise.all(names.map((name) => blockOf(run(name, { cidrPool: ['10.64.0.0/12'] }))));
    expect(new Set(blocks).size).toBe(16);
  });

  it('gets the one another environment had, once that is gone', async () => {
    const aws = testAws();
    await run('one');
    await releaseEnvironment('one', arnOf('one'), { status: 'GONE' });
    aws.advance(3600);
    expect(await blockOf(run('two'))).toBe('10.64.0.0/16');
  });

  it('is refused where the pool has none left, with who has each', async () => {
    const aws = testAws();
    await run('one', { cidrPool: ['10.64.0.0/15'] });
    await somebodysVpc(aws, '10.65.0.0/16');
    const refused = run('two', { cidrPool: ['10.64.0.0/15'] });
    await expect(refused).rejects.toThrow(
      /cidrPool 10\.64\.0\.0\/15 has no free \/16 for vpcCidr "auto" \(R4\): 10\.65\.0\.0\/16 is in use: .*VPC vpc-\w+.*; 10\.64\.0\.0\/16 is reserved for environment "one"\. What to do: add a block to cidrPool/,
    );
    await expect(refused).rejects.toMatchObject({ name: 'PreflightFailedError' });
    expect(await readEnvironment('two')).toBeUndefined();
  });
});

describe('an environment that exists', () => {
  it('keeps its block at every run, although others before it are free by now', async () => {
    const aws = testAws();
    await somebodysVpc(aws, '10.64.0.0/16');
    const { environment } = await run('one');
    await untilDone(aws, 'vpc', ensureVpc, environment);
    await releaseEnvironment('one', arnOf('one'), { status: 'READY' });
    aws.advance(3600);
    expect(await blockOf(run('one', { cidrPool: ['10.80.0.0/16'] }, 'again'))).toBe('10.65.0.0/16');
  });

  it('keeps it by its VPC where the registry was lost', async () => {
    const aws = testAws();
    const { environment } = await run('one');
    await untilDone(aws, 'vpc', ensureVpc, environment);
    aws.advance(3600);
    const vpcs = aws.store.snapshot();
    const account = Object.values(vpcs.accounts)[0] as Record<string, Record<string, unknown>>;
    delete account[region]?.dynamodb;
    testAws({ from: vpcs });
    expect(await blockOf(run('one', { cidrPool: ['10.80.0.0/16', '10.64.0.0/16'] }, 'again'))).toBe(
      '10.64.0.0/16',
    );
  });

  it('keeps it where the run before ended before its VPC', async () => {
    const aws = testAws();
    await run('one');
    await releaseEnvironment('one', arnOf('one'), { status: 'FAILED' });
    aws.advance(3600);
    expect(await blockOf(run('one', { cidrPool: ['10.80.0.0/16'] }, 'again'))).toBe('10.64.0.0/16');
  });
});
