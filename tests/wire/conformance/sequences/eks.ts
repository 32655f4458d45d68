/** EKS clusters and node groups. */
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateAddonCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Ask, Sequence } from '../ask.ts';
import { unknown } from './unknown.ts';

async function arrange(ask: Ask) {
  const role = async (name: string, service: string, policies: string[]) => {
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: service }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
      ],
    });
    const made = await ask(
      `create the role ${name}`,
      IAMClient,
      new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }),
    );
    for (const policy of policies)
      await ask(
        `attach ${policy}`,
        IAMClient,
        new AttachRolePolicyCommand({ RoleName: name, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }),
      );
    return made?.Role?.Arn as string;
  };
  const clusterRole = await role('cluster', 'eks.amazonaws.com', ['AmazonEKSClusterPolicy']);
  const nodeRole = await role('nodes', 'ec2.amazonaws.com', [
    'AmazonEKSWorkerNodePolicy',
    'AmazonEC2ContainerRegistryPullOnly',
    'AmazonEKS_CNI_Policy',
  ]);
  const vpc = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  ask.settle();
  const subnets: string[] = [];
  for (const [index, letter] of ['a', 'b'].entries()) {
    const made = await ask(
      `create subnet ${letter}`,
      EC2Client,
      new CreateSubnetCommand({
        VpcId: vpc?.Vpc?.VpcId,
        CidrBlock: `10.1.${index}.0/24`,
        AvailabilityZone: `eu-central-1${letter}`,
      }),
    );
    subnets.push(made?.Subnet?.SubnetId as string);
  }
  ask.settle();
  return { clusterRole, nodeRole, subnets };
}

const clusters: Sequence = async (ask) => {
  const { clusterRole, nodeRole, subnets } = await arrange(ask);
  const create = (more = {}) =>
    new CreateClusterCommand({
      name: 'conformance',
      version: '1.35',
      roleArn: clusterRole,
      resourcesVpcConfig: { subnetIds: subnets, endpointPrivateAccess: true, endpointPublicAccess: false },
      accessConfig: { authenticationMode: 'API' },
      bootstrapSelfManagedAddons: false,
      tags: { owner: 'conformance' },
      ...more,
    });
  await ask('create', EKSClient, create());
  ask.settle();
  await ask('create again', EKSClient, create());
  await ask('describe', EKSClient, new DescribeClusterCommand({ name: 'conformance' }));
  await ask('describe an unknown one', EKSClient, new DescribeClusterCommand({ name: 'nobody' }));
  await ask('list', EKSClient, new ListClustersCommand({}));
  await ask(
    'create in unknown subnets',
    EKSClient,
    create({ name: 'other', resourcesVpcConfig: { subnetIds: [unknown.subnet, subnets[0] as string] } }),
  );
  await ask('versions', EKSClient, new DescribeClusterVersionsCommand({}));
  const clusterName = 'conformance';
  await ask('add-ons', EKSClient, new ListAddonsCommand({ clusterName }));
  await ask('create an add-on', EKSClient, new CreateAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  await ask('describe an add-on', EKSClient, new DescribeAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  await ask('access entries', EKSClient, new ListAccessEntriesCommand({ clusterName }));
  await ask('Fargate profiles', EKSClient, new ListFargateProfilesCommand({ clusterName }));
  const nodes = (more = {}) =>
    new CreateNodegroupCommand({
      clusterName,
      nodegroupName: 'nodes',
      nodeRole,
      subnets,
      amiType: 'BOTTLEROCKET_x86_64',
      instanceTypes: ['t3a.2xlarge'],
      scalingConfig: { minSize: 1, maxSize: 2, desiredSize: 1 },
      ...more,
    });
  await ask('create nodes', EKSClient, nodes());
  ask.settle();
  await ask('create nodes again', EKSClient, nodes());
  await ask('create nodes of an unknown cluster', EKSClient, nodes({ clusterName: 'nobody' }));
  await ask(
    'describe nodes',
    EKSClient,
    new DescribeNodegroupCommand({ clusterName, nodegroupName: 'nodes' }),
  );
  await ask(
    'describe unknown nodes',
    EKSClient,
    new DescribeNodegroupCommand({ clusterName, nodegroupName: 'nobody' }),
  );
  await ask('list nodes', EKSClient, new ListNodegroupsCommand({ clusterName }));
  await ask(
    'list nodes of an unknown cluster',
    EKSClient,
    new ListNodegroupsCommand({ clusterName: 'nobody' }),
  );
  await ask('delete the cluster with nodes', EKSClient, new DeleteClusterCommand({ name: clusterName }));
  await ask('delete nodes', EKSClient, new DeleteNodegroupCommand({ clusterName, nodegroupName: 'nodes' }));
  ask.settle();
  await ask(
    'delete nodes again',
    EKSClient,
    new DeleteNodegroupCommand({ clusterName, nodegroupName: 'nodes' }),
  );
  await ask(
    'update',
    EKSClient,
    new UpdateClusterConfigCommand({
      name: clusterName,
      resourcesVpcConfig: { endpointPublicAccess: true, endpointPrivateAccess: true },
    }),
  );
  ask.settle();
  await ask(
    'update an unknown one',
    EKSClient,
    new UpdateClusterConfigCommand({ name: 'nobody', resourcesVpcConfig: { endpointPublicAccess: true } }),
  );
  await ask('delete', EKSClient, new DeleteClusterCommand({ name: clusterName }));
  ask.settle();
  await ask('delete again', EKSClient, new DeleteClusterCommand({ name: clusterName }));
};

export const eksSequences: Record<string, Sequence> = { 'EKS clusters': clusters };
