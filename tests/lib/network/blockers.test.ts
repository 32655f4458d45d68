import { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Blocker } from '#lib/network/blocker.ts';
import { clearTheWay } from '#lib/network/blockers.ts';
import { blockerOf } from '#lib/network/interfaces-in-the-way.ts';
import { samplePlan } from '../../support/plan.ts';

const ec2 = new EC2Client({ region: 'eu-central-1' });

function verdict(description: string, traits = {}) {
  const seen = {
    NetworkInterfaceId: 'eni-1',
    Description: description,
    Status: 'in-use' as const,
    ...traits,
  };
  return blockerOf(ec2, samplePlan(), seen);
}

describe('a network interface in the way', () => {
  it.each([
    ['Amazon EKS aoscloud-dev', 'vanishing', 'control plane of EKS cluster aoscloud-dev'],
    ['Amazon EKS somebody-elses', 'foreign', 'EKS cluster somebody-elses'],
    ['Mount target fsmt-1 for file system fs-2', 'vanishing', 'EFS file system fs-2'],
    ['EFS mount target for fs-2 (fsmt-1)', 'vanishing', 'EFS file system fs-2'],
    ['RDSNetworkInterface', 'vanishing', 'RDS or DocumentDB'],
    ['ElastiCache aoscloud-dev-redis-001', 'vanishing', 'ElastiCache node'],
    ['VPC Endpoint Interface vpce-1', 'vanishing', 'VPC endpoint vpce-1'],
    ['Interface for NAT Gateway nat-1', 'vanishing', 'NAT gateway nat-1'],
    ['ELB app/web/1', 'vanishing', 'load balancer app/web/1, which is gone or going'],
    ['AWS Lambda VPC ENI-billing-1', 'foreign', 'Lambda function billing-1'],
    ['Route 53 Resolver: rslvr-in-1a2b:rni-3c', 'foreign', 'Route 53 Resolver endpoint rslvr-in-1a2b'],
    ['Network Interface for Transit Gateway Attachment tgw-attach-1', 'foreign', 'attachment tgw-attach-1'],
    ['EC2 Instance Connect Endpoint interface for eice-1', 'foreign', 'Instance Connect Endpoint eice-1'],
    ['ClientVPN Endpoint resource', 'foreign', 'a Client VPN endpoint'],
    ['AWS created network interface for directory d-1', 'foreign', 'directory d-1'],
    ['aws-K8S-i-1', 'foreign', 'aws-K8S-i-1'],
    ['', 'foreign', 'no description'],
  ])('"%s" is %s', (description, kind, what) => {
    const blocker = verdict(description);
    expect(blocker.kind).toBe(kind);
    expect(blocker.what).toContain(what);
    expect(blocker.remove).toBeUndefined();
  });

  it('is deleted where the CNI of a dead node leaked it', () => {
    const blocker = verdict('aws-K8S-i-1', { Status: 'available' });
    expect(blocker.kind).toBe('removable');
    expect(blocker.remove).toBeDefined();
  });

  it('stays where the CNI of another cluster made it, whose node may be about to attach it', () => {
    const of = (cluster: string) => [{ Key: 'cluster.k8s.amazonaws.com/name', Value: cluster }];
    const traits = { Status: 'available', TagSet: of('somebody-elses') };
    expect(verdict('aws-K8S-i-1', traits)).toMatchObject({ kind: 'foreign' });
    expect(verdict('aws-K8S-i-1', traits).remove).toBeUndefined();
    expect(verdict('aws-K8S-i-1', { ...traits, TagSet: of('aoscloud-dev') }).kind).toBe('removable');
  });

  it('is named by its instance, or by who asked for it', () => {
    expect(verdict('', { Attachment: { InstanceId: 'i-1' } }).what).toContain('EC2 instance i-1');
    expect(verdict('mine', { RequesterId: '123456789012' }).what).toContain('made by 123456789012');
  });
});

const foreign: Blocker = { kind: 'foreign', id: 'sg-1', what: 'a group', advice: 'delete it' };
const vanishing: Blocker = { kind: 'vanishing', id: 'eni-1', what: 'an interface', advice: 'wait' };

function clear(elapsedSeconds: number, blockers: readonly Blocker[]) {
  return clearTheWay({ elapsedSeconds }, 'VPC vpc-1', blockers);
}

describe('clearing the way', () => {
  afterEach(() => vi.restoreAllMocks());

  it('deletes what is safe and looks again soon', async () => {
    const remove = vi.fn(async () => {});
    const answer = await clear(0, [foreign, { ...vanishing, kind: 'removable', remove }]);
    expect(remove).toHaveBeenCalledOnce();
    expect(answer).toMatchObject({
      status: 'pending',
      detail: expect.stringContaining('eni-1 (an interface), now deleted'),
    });
  });

  it('waits for what goes by itself, up to ten minutes', async () => {
    expect(await clear(599, [vanishing, foreign])).toMatchObject({ status: 'pending' });
    await expect(clear(601, [vanishing, foreign])).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(/eni-1: an interface; wait \| sg-1: a group; delete it/),
    });
  });

  it('gives others half a minute, no more', async () => {
    expect(await clear(0, [foreign])).toMatchObject({ status: 'pending' });
    await expect(clear(30, [foreign])).rejects.toThrow(/sg-1: a group; delete it/);
  });

  it('does not wait for ever for what AWS does not name', async () => {
    expect(await clear(0, [])).toMatchObject({ status: 'pending' });
    await expect(clear(601, [])).rejects.toThrow(/names no dependency/);
  });
});
