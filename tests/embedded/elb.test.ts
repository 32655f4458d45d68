import {
  DeleteLoadBalancerCommand as DeleteClassicCommand,
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { type LoadBalancerType, placeLoadBalancer } from '#embedded/services/elb.ts';
import { client } from '#lib/aws/clients.ts';
import { testAws } from '../support/embedded.ts';
import { arrangeNetwork, interfaceDescriptions, region } from './eks/arrange.ts';

const elbv2 = () => client(ElasticLoadBalancingV2Client, { region });
const elb = () => client(ElasticLoadBalancingClient, { region });

function arranged(type: LoadBalancerType, deletionProtection = false) {
  const { aws, advance } = testAws();
  const network = arrangeNetwork(aws);
  const placed = aws.inspect(region, (call) =>
    placeLoadBalancer(call, {
      type,
      name: 'web',
      vpcId: network.vpcId,
      subnetIds: network.publicSubnetIds,
      clusterName: 'aoscloud-dev',
      deletionProtection,
    }),
  );
  const elbInterfaces = () =>
    interfaceDescriptions(aws, network.vpcId).filter((text) => text.startsWith('ELB '));
  return { aws, advance, network, placed, elbInterfaces };
}

test('a load balancer of the controller is found with its VPC and its cluster tag', async () => {
  const { network, placed, elbInterfaces } = arranged('application');
  const { LoadBalancers } = await elbv2().send(new DescribeLoadBalancersCommand({}));
  expect(LoadBalancers).toMatchObject([
    { LoadBalancerArn: placed.arn, VpcId: network.vpcId, Type: 'application', State: { Code: 'active' } },
  ]);
  const { TagDescriptions } = await elbv2().send(new DescribeTagsCommand({ ResourceArns: [placed.arn] }));
  expect(TagDescriptions?.[0]?.Tags).toContainEqual({ Key: 'elbv2.k8s.aws/cluster', Value: 'aoscloud-dev' });
  expect(elbInterfaces()).toHaveLength(3);
  expect(elbInterfaces()[0]).toMatch(/^ELB app\/web\//);
});

test('interfaces outlive their load balancer, its security group stays for ever', async () => {
  const { aws, advance, placed, elbInterfaces } = arranged('network');
  await elbv2().send(new DeleteLoadBalancerCommand({ LoadBalancerArn: placed.arn }));
  expect((await elbv2().send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
  expect(elbInterfaces()).toHaveLength(3);
  advance(90);
  expect(aws.inspect(region, () => elbInterfaces())).toEqual([]);
  expect(aws.inventory(region)['elbv2:load-balancer']).toBeUndefined();
  await elbv2().send(new DeleteLoadBalancerCommand({ LoadBalancerArn: placed.arn }));
});

test('a protected load balancer is not deleted', async () => {
  const { placed } = arranged('application', true);
  await expect(
    elbv2().send(new DeleteLoadBalancerCommand({ LoadBalancerArn: placed.arn })),
  ).rejects.toMatchObject({ name: 'OperationNotPermittedException', Code: 'OperationNotPermitted' });
});

test('a target group goes after its load balancer', async () => {
  const { placed } = arranged('application');
  const { TargetGroups } = await elbv2().send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: placed.arn }),
  );
  const remove = () =>
    elbv2().send(new DeleteTargetGroupCommand({ TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }));
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUseException', Code: 'ResourceInUse' });
  await elbv2().send(new DeleteLoadBalancerCommand({ LoadBalancerArn: placed.arn }));
  await remove();
  expect((await elbv2().send(new DescribeTargetGroupsCommand({}))).TargetGroups).toEqual([]);
});

test('an unknown load balancer is not found by name or ARN', async () => {
  testAws();
  await expect(elbv2().send(new DescribeLoadBalancersCommand({ Names: ['none'] }))).rejects.toMatchObject({
    name: 'LoadBalancerNotFoundException',
    Code: 'LoadBalancerNotFound',
  });
  await expect(elb().send(new DescribeClassicCommand({ LoadBalancerNames: ['none'] }))).rejects.toMatchObject(
    { name: 'AccessPointNotFoundException', Code: 'LoadBalancerNotFound' },
  );
});

test('a classic load balancer is seen by the older API only', async () => {
  const { aws, advance, network, elbInterfaces } = arranged('classic');
  expect((await elbv2().send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
  const { LoadBalancerDescriptions } = await elb().send(new DescribeClassicCommand({}));
  expect(LoadBalancerDescriptions).toMatchObject([{ LoadBalancerName: 'web', VPCId: network.vpcId }]);
  const { TagDescriptions } = await elb().send(
    new DescribeClassicTagsCommand({ LoadBalancerNames: ['web'] }),
  );
  expect(TagDescriptions?.[0]?.Tags).toContainEqual({
    Key: 'kubernetes.io/cluster/aoscloud-dev',
    Value: 'owned',
  });
  await elb().send(new DeleteClassicCommand({ LoadBalancerName: 'web' }));
  advance(90);
  aws.inventory(region);
  expect(elbInterfaces()).toEqual([]);
});
