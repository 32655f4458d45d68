import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { placeDependent, removeDependent } from '#embedded/services/ec2/dependents.ts';
import {
  addNetworkInterface,
  type NewNetworkInterface,
  removeNetworkInterface,
} from '#embedded/services/ec2/network-interfaces.ts';
import { guardDutyComes, monitorRuntimes, placeEndpoint } from '#embedded/services/ec2/others-endpoints.ts';
import { addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { placeLoadBalancer } from '#embedded/services/elb.ts';
import { remove } from '#functions/vpc/remove.ts';
import { names } from '#lib/ownership/names.ts';
import { tagSpecifications } from '#lib/ownership/tags.ts';
import type { RemovalTarget, Resources, StepAnswer } from '#lib/run/environment.ts';
import { answerStep } from '#lib/run/step.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import { countsOf, ec2, ensureNetwork, mutationsOf, settledSeconds } from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const plan = samplePlan();

async function world(): Promise<{ test: TestAws; resources: Resources; subnetId: string }> {
  const test = testAws();
  const resources = await ensureNetwork(test, plan, 'vpc');
  test.advance(settledSeconds);
  return { test, resources, subnetId: resources.subnetIds!['subnet/eks-private/a']! };
}

function place(test: TestAws, subnetId: string, traits: Partial<NewNetworkInterface>): string {
  return test.aws.inspect(plan.region, (call) =>
    addNetworkInterface(call, { subnetId, groupIds: [], description: '', ...traits }),
  );
}

function removal(test: TestAws, changes = {}) {
  return untilDone(test, 'vpc', remove, sampleRemoval(changes));
}

describe('remove vpc', () => {
  it('deletes the subnets and the VPC, and is done once neither is listed', async () => {
    const { test } = await world();
    const { answer, looks } = await removal(test);
    expect(answer.status).toBe('gone');
    expect(looks).toBe(2);
    expect(countsOf(test)).toEqual({});
  });

  it('counts absence as success', async () => {
    const { answer, looks } = await removal(testAws());
    expect(answer.status).toBe('gone');
    expect(looks).toBe(1);
  });

  it('deletes both VPCs that a lost answer left', async () => {
    const { test } = await world();
    const TagSpecifications = tagSpecifications(plan, 'vpc', 'vpc');
    await ec2().send(new CreateVpcCommand({ CidrBlock: plan.vpcCidr, TagSpecifications }));
    test.advance(settledSeconds);
    await removal(test);
    expect(countsOf(test)).toEqual({});
  });

  it('leaves other environments and what another run made', async () => {
    const { test, resources } = await world();
    await ensureNetwork(test, samplePlan({ name: 'other', vpcCidr: '10.232.0.0/16', subnets: [] }), 'vpc');
    const SubnetId = resources.subnetIds!['subnet/aurora/c'];
    await ec2().send(new DeleteSubnetCommand({ SubnetId }));
    await ensureNetwork(test, samplePlan({ execution: 'run-2' }), 'vpc');
    await removal(test, { createdBy: 'run-2' });
    expect(countsOf(test)).toEqual({ 'ec2:vpc': 2, 'ec2:subnet': 15 });
    await removal(test);
    expect(countsOf(test)).toEqual({ 'ec2:vpc': 1 });
  });

  it('deletes pod interfaces that a terminated node left', async () => {
    const { test, subnetId } = await world();
    place(test, subnetId, {
      description: 'aws-K8S-i-0123456789abcdef0',
      attachmentStatus: 'detached',
      requesterManaged: false,
    });
    expect((await removal(test)).answer.status).toBe('gone');
    expect(mutationsOf(test, 'ec2:DeleteNetworkInterface')).toHaveLength(1);
  });

  it('waits for an interface that goes by itself', async () => {
    const { test, subnetId } = await world();
    const id = place(test, subnetId, { description: `Amazon EKS ${names(plan).cluster}` });
    const start = Date.now();
    test.aws.inject = () => {
      if (Date.now() - start > 90_000)
        test.aws.inspect(plan.region, (call) => removeNetworkInterface(call, id));
      return undefined;
    };
    const { answer, seconds } = await removal(test);
    expect(answer.status).toBe('gone');
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThan(120);
  });

  it('gives up with its name on an interface that should go and does not', async () => {
    const { test, subnetId } = await world();
    const id = place(test, subnetId, { description: 'RDSNetworkInterface' });
    const start = Date.now();
    await expect(removal(test)).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(new RegExp(`${id}: an interface of an RDS or DocumentDB instance`)),
    });
    expect((Date.now() - start) / 1000).toBeLessThan(660);
  });

  it('names everything of others at once, soon, and goes on where it stopped', async () => {
    const { test, resources, subnetId } = await world();
    const VpcId = resources.vpcId!;
    const foreign = test.aws.inspect(plan.region, (call) => ({
      instance: addNetworkInterface(call, {
        subnetId,
        groupIds: [],
        description: '',
        requesterManaged: false,
        instanceId: 'i-0feedfacefeedface',
      }),
      balancer: placeLoadBalancer(call, {
        type: 'network',
        name: 'k8s-web',
        vpcId: VpcId,
        subnetIds: [subnetId],
        clusterName: names(plan).cluster,
      }),
    }));
    const group = await ec2().send(
      new CreateSecurityGroupCommand({ GroupName: 'theirs', Description: 'theirs', VpcId }),
    );
    const start = Date.now();
    const failure = await removal(test).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'RemovalBlockedError' });
    const { message } = failure as Error;
    expect(message).toMatch(/^vpc: /);
    expect(message).toContain('EC2 instance i-0feedfacefeedface');
    expect(message).toContain(
      `${foreign.balancer.arn}: load balancer k8s-web, made by Kubernetes for default/k8s-web`,
    );
    expect(message).toContain(`${foreign.balancer.securityGroupId}: security group`);
    expect(message).toContain(`${group.GroupId}: security group theirs somebody else made; delete it`);
    expect((Date.now() - start) / 1000).toBeLessThan(60);

    test.aws.inspect(plan.region, (call) => {
      for (const id of [foreign.instance, ...foreign.balancer.networkInterfaceIds])
        removeNetworkInterface(call, id);
    });
    for (const GroupId of [group.GroupId, foreign.balancer.securityGroupId])
      await ec2().send(new DeleteSecurityGroupCommand({ GroupId }));
    expect((await removal(test)).answer.status).toBe('gone');
  });

  it('never deletes a subnet that somebody else put into the VPC', async () => {
    const { test, resources } = await world();
    const { Subnet } = await ec2().send(
      new CreateSubnetCommand({
        VpcId: resources.vpcId,
        CidrBlock: '10.231.200.0/24',
        AvailabilityZoneId: 'euc1-az1',
      }),
    );
    test.advance(settledSeconds);
    await expect(removal(test)).rejects.toThrow(
      `${Subnet?.SubnetId}: subnet 10.231.200.0/24 somebody else made`,
    );
    expect(countsOf(test)).toEqual({ 'ec2:vpc': 1, 'ec2:subnet': 1 });
  });

  it('deletes the group EKS left behind once the cluster is gone', async () => {
    const { test, resources } = await world();
    test.aws.inspect(plan.region, (call) =>
      addSecurityGroup(call, {
        vpcId: resources.vpcId!,
        name: `eks-cluster-sg-${names(plan).cluster}-1`,
        description: 'EKS created security group',
        tags: { 'aws:eks:cluster-name': names(plan).cluster },
        selfIngress: true,
      }),
    );
    expect((await removal(test)).answer.status).toBe('gone');
    expect(countsOf(test)).toEqual({});
  });

  it('takes what GuardDuty left with the VPC', async () => {
    const { test, resources, subnetId } = await world();
    test.aws.inspect(plan.region, (call) => {
      monitorRuntimes(call, true);
      guardDutyComes(call, resources.vpcId!, [subnetId]);
    });
    const { answer, seconds } = await removal(test);
    expect(answer.status).toBe('gone');
    expect(countsOf(test)).toEqual({});
    expect(seconds).toBeLessThan(300);
  });

  it('leaves what GuardDuty made where the VPC stays', async () => {
    const { test, resources, subnetId } = await world();
    const SubnetId = resources.subnetIds!['subnet/aurora/c'];
    await ec2().send(new DeleteSubnetCommand({ SubnetId }));
    await ensureNetwork(test, samplePlan({ execution: 'run-2' }), 'vpc');
    test.aws.inspect(plan.region, (call) => {
      monitorRuntimes(call, true);
      guardDutyComes(call, resources.vpcId!, [subnetId]);
    });
    expect((await removal(test, { createdBy: 'run-2' })).answer.status).toBe('gone');
    expect(countsOf(test)).toMatchObject({
      'ec2:vpc-endpoint': 1,
      'ec2:security-group': 1,
      'ec2:subnet': 15,
    });
  });

  it.each([
    ['peering', /a peering connection \(active\) with VPC vpc-other of account \d+ named lab; delete it/],
    ['vpn-gateway', /a virtual private gateway/],
    ['egress-only-gateway', /an egress-only internet gateway/],
    ['carrier-gateway', /a carrier gateway/],
    ['transit-gateway-attachment', /an attachment \(available\) to transit gateway vpc-other/],
    ['instance-connect-endpoint', /an EC2 Instance Connect Endpoint/],
    ['client-vpn-endpoint', /a Client VPN endpoint/],
    ['network-acl', /a network ACL beside the default one/],
  ] as const)('names a %s of somebody else, soon, and what to do about it', async (kind, what) => {
    const { test, resources } = await world();
    const id = test.aws.inspect(plan.region, (call) =>
      placeDependent(call, kind, { vpcId: resources.vpcId!, otherId: 'vpc-other', tags: { Name: 'lab' } }),
    );
    const start = Date.now();
    const failure = await removal(test).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'RemovalBlockedError', message: expect.stringMatching(what) });
    expect((failure as Error).message).toContain(`${id}: `);
    expect(Date.now() - start).toBeLessThan(60_000);
    test.aws.inspect(plan.region, (call) => removeDependent(call, id));
    expect((await removal(test)).answer.status).toBe('gone');
  });

  it('names a peering that the other side asked for, too', async () => {
    const { test, resources } = await world();
    test.aws.inspect(plan.region, (call) => {
      const id = placeDependent(call, 'peering', { vpcId: 'vpc-other', otherId: resources.vpcId! });
      placeDependent(call, 'network-acl', { vpcId: resources.vpcId! });
      return id;
    });
    await expect(removal(test)).rejects.toThrow(/a peering connection \(active\) with VPC vpc-other/);
  });

  it('names the service that owns an endpoint nobody else can delete', async () => {
    const { test, resources, subnetId } = await world();
    const managed = { vpcId: resources.vpcId!, requesterManaged: true, subnetIds: [subnetId] };
    test.aws.inspect(plan.region, (call) => {
      const tags = { AWSNetworkFirewallManaged: 'true', Firewall: 'arn:aws:network-firewall:x' };
      placeEndpoint(call, { ...managed, serviceName: 'vpce-svc-1', type: 'GatewayLoadBalancer', tags });
      placeEndpoint(call, { ...managed, serviceName: 'com.amazonaws.eu-central-1.redshift' });
    });
    const failure = await removal(test).catch((error: Error) => error);
    const { message } = failure as Error;
    expect(message).toMatch(
      /endpoint that Network Firewall \(arn:aws:network-firewall:x\) made and manages; delete the firewall/,
    );
    expect(message).toMatch(
      /endpoint that the AWS service behind com\.amazonaws\.eu-central-1\.redshift made/,
    );
    expect(message).not.toContain('delete it;');
  });

  it('looks only into the subnets it deletes where the VPC stays', async () => {
    const { test, resources } = await world();
    const SubnetId = resources.subnetIds!['subnet/aurora/c'];
    await ec2().send(new DeleteSubnetCommand({ SubnetId }));
    const second = await ensureNetwork(test, samplePlan({ execution: 'run-2' }), 'vpc');
    const id = place(test, second.subnetIds!['subnet/aurora/c']!, {
      description: 'AWS Lambda VPC ENI-billing',
    });
    // In a subnet that stays: nobody's business.
    const beside = place(test, second.subnetIds!['subnet/aurora/a']!, {
      description: 'AWS Lambda VPC ENI-sales',
    });
    const failure = await removal(test, { createdBy: 'run-2' }).catch((error: Error) => error);
    expect((failure as Error).message).toContain(`subnet ${second.subnetIds!['subnet/aurora/c']}`);
    expect((failure as Error).message).toContain(`${id}: an interface of Lambda function billing`);
    expect((failure as Error).message).not.toContain(beside);
    expect((failure as Error).message).not.toContain(' | ');
  });

  it('says what it deletes, what holds it, and that nothing is left', async () => {
    const { test, resources, subnetId } = await world();
    const look = (elapsedSeconds: number) => {
      const since = new Date(Date.now() - elapsedSeconds * 1000).toISOString();
      const step = { step: 'vpc', since, resources: {} } as unknown as StepAnswer;
      const times = { typicalSeconds: 60, deadlineSeconds: 3600 };
      return answerStep<RemovalTarget>('vpc', times, remove, { environment: sampleRemoval(), step });
    };
    const id = place(test, subnetId, { description: `Amazon EKS ${names(plan).cluster}` });
    const vpc = `VPC ${resources.vpcId}`;
    const before = { ...test.aws.requests };
    expect((await look(19)).detail).toMatch(new RegExp(`^${vpc} is held by what was deleted a moment ago`));
    expect(test.aws.requests['ec2:DescribeNetworkInterfaces']).toBe(before['ec2:DescribeNetworkInterfaces']);
    const held = await look(21);
    expect(held.detail).toContain(vpc);
    expect(held.detail).toContain(id);
    test.aws.inspect(plan.region, (call) => removeNetworkInterface(call, id));
    expect((await look(22)).detail).toBe(`${vpc} is deleted`);
    test.advance(60);
    expect(await look(82)).toMatchObject({ status: 'gone', detail: 'no VPC and no subnet is left' });
  });

  it('waits a minute only, where a rollback left a service behind whose interfaces stay', async () => {
    const { test, subnetId } = await world();
    place(test, subnetId, { description: 'RDSNetworkInterface' });
    const start = Date.now();
    await expect(removal(test, { heldBack: { aurora: 'of a global cluster' } })).rejects.toMatchObject({
      name: 'RemovalBlockedError',
    });
    expect((Date.now() - start) / 1000).toBeLessThan(150);
  });
});
