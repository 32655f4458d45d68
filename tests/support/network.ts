/** What the step `vpc` would have handed over: a VPC with the plan's subnets, made through the EC2 client. */
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { tagSpecifications } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import type { TestAws } from './embedded.ts';

/** Longer than EC2 hides what was made a moment ago. */
const settlingSeconds = 5;

export async function testNetwork(
  test: TestAws,
  plan: EnvironmentPlan,
): Promise<Required<Pick<Resources, 'vpcId' | 'defaultSecurityGroupId' | 'subnetIds'>>> {
  const ec2 = client(EC2Client, plan);
  const made = await ec2.send(
    new CreateVpcCommand({
      CidrBlock: plan.vpcCidr,
      TagSpecifications: tagSpecifications(plan, 'vpc', 'vpc'),
    }),
  );
  const vpcId = made.Vpc?.VpcId as string;
  test.advance(settlingSeconds);
  const subnetIds: Record<string, string> = {};
  for (const { component, cidr, zone } of plan.subnets) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: vpcId,
        CidrBlock: cidr,
        AvailabilityZoneId: zone.id,
        TagSpecifications: tagSpecifications(plan, 'subnet', component),
      }),
    );
    subnetIds[component] = Subnet?.SubnetId as string;
  }
  test.advance(settlingSeconds);
  const groups = await ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: 'vpc-id', Values: [vpcId] },
        { Name: 'group-name', Values: ['default'] },
      ],
    }),
  );
  return { vpcId, defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId as string, subnetIds };
}
