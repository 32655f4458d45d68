/** Security groups, their rules, and launch templates. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import type { Sequence } from '../ask.ts';
import { unknown } from './unknown.ts';

const securityGroups: Sequence = async (ask) => {
  const vpc = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = vpc?.Vpc?.VpcId as string;
  ask.settle();
  const Filters = [
    { Name: 'vpc-id', Values: [VpcId] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const defaults = await ask(
    'describe the default one',
    EC2Client,
    new DescribeSecurityGroupsCommand({ Filters }),
  );
  const defaultId = defaults?.SecurityGroups?.[0]?.GroupId as string;
  await ask(
    'describe its rules',
    EC2Client,
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [defaultId] }] }),
  );
  const create = (GroupName: string, more = {}) =>
    new CreateSecurityGroupCommand({ GroupName, Description: 'of the conformance suite', VpcId, ...more });
  const made = await ask('create', EC2Client, create('one'));
  const GroupId = made?.GroupId as string;
  ask.settle();
  await ask('create again', EC2Client, create('one'));
  await ask('create in an unknown VPC', EC2Client, create('two', { VpcId: unknown.vpc }));
  const permission = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }];
  const admit = (group: string) =>
    new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: permission });
  const rule = await ask('admit', EC2Client, admit(defaultId));
  await ask('admit again', EC2Client, admit(defaultId));
  await ask('admit to an unknown group', EC2Client, admit(unknown.securityGroup));
  ask.settle();
  const SecurityGroupRuleIds = [rule?.SecurityGroupRules?.[0]?.SecurityGroupRuleId as string];
  await ask(
    'describe by group',
    EC2Client,
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId] }] }),
  );
  const revoke = () => new RevokeSecurityGroupIngressCommand({ GroupId: defaultId, SecurityGroupRuleIds });
  await ask('revoke', EC2Client, revoke());
  await ask('revoke again', EC2Client, revoke());
  ask.settle();
  await ask('delete', EC2Client, new DeleteSecurityGroupCommand({ GroupId }));
  ask.settle();
  await ask('delete again', EC2Client, new DeleteSecurityGroupCommand({ GroupId }));
  await ask(
    'describe an unknown one',
    EC2Client,
    new DescribeSecurityGroupsCommand({ GroupIds: [unknown.securityGroup] }),
  );
  const referred = await ask('create another', EC2Client, create('referred'));
  ask.settle();
  const UserIdGroupPairs = [{ GroupId: referred?.GroupId }];
  await ask(
    'admit another',
    EC2Client,
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: defaultId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs }],
    }),
  );
  await ask(
    'delete while a rule refers to it',
    EC2Client,
    new DeleteSecurityGroupCommand({ GroupId: referred?.GroupId }),
  );
  await ask('delete the default one', EC2Client, new DeleteSecurityGroupCommand({ GroupId: defaultId }));
};

const launchTemplates: Sequence = async (ask) => {
  const create = () =>
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'nodes',
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 2 },
      },
      TagSpecifications: [
        { ResourceType: 'launch-template', Tags: [{ Key: 'owner', Value: 'conformance' }] },
      ],
    });
  const made = await ask('create', EC2Client, create());
  ask.settle();
  await ask('create again', EC2Client, create());
  const byName = (name: string) =>
    new DescribeLaunchTemplatesCommand({ Filters: [{ Name: 'launch-template-name', Values: [name] }] });
  await ask('describe by name', EC2Client, byName('nodes'));
  await ask('describe by a name nobody has', EC2Client, byName('nobody'));
  const LaunchTemplateId = made?.LaunchTemplate?.LaunchTemplateId;
  await ask('delete', EC2Client, new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  ask.settle();
  await ask('delete again', EC2Client, new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  await ask(
    'delete an unknown one',
    EC2Client,
    new DeleteLaunchTemplateCommand({ LaunchTemplateId: unknown.launchTemplate }),
  );
};

export const groupSequences: Record<string, Sequence> = {
  'security groups': securityGroups,
  'launch templates': launchTemplates,
};
