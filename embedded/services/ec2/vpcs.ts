/** VPCs, with the default group, the main route table and the default network ACL each one comes with. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { parseBlock } from './cidr.ts';
import { dependentsOf, hasLivingDependents } from './dependents.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import { addSecurityGroup, rulesOf } from './security-group-state.ts';
import { dependencyViolation, ec2State, listed, requireVpc, type Vpc, visibleAt } from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';

/** A VPC or subnet stays `pending` for a moment after it is first seen. */
/** A VPC or subnet that can be seen is pending for about this long. */
export const pendingMilliseconds = 1000;

export function pendingOrAvailable(resource: { readonly visibleAt: number }, call: Call): string {
  return call.now < resource.visibleAt + pendingMilliseconds ? 'pending' : 'available';
}

/** @throws `InvalidParameterValue` for what is no block, `range` for one that is not between /16 and /28. */
export function requireBlock(cidr: string, range: 'InvalidVpc.Range' | 'InvalidSubnet.Range') {
  const block = parseBlock(cidr);
  if (!block) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if (block.prefix < 16 || block.prefix > 28) throw new AwsFault(range, `The CIDR '${cidr}' is invalid.`);
  return block;
}

function createVpc(cidr: string, tags: Record<string, string>, call: Call): Vpc {
  const state = ec2State(call);
  const id = call.newId('vpc');
  const seen = visibleAt(call);
  const mainRouteTableId = call.newId('rtb');
  const vpc: Vpc = {
    id,
    tags,
    visibleAt: seen,
    cidr,
    enableDnsSupport: true,
    enableDnsHostnames: false,
    defaultSecurityGroupId: addSecurityGroup(call, {
      vpcId: id,
      name: 'default',
      description: 'default VPC security group',
      selfIngress: true,
      visibleAt: seen,
    }),
    mainRouteTableId,
    networkAclId: call.newId('acl'),
  };
  // Neither the group nor the table carries the tags of the create call (aws-facts 0.7).
  state.routeTables[mainRouteTableId] = {
    id: mainRouteTableId,
    tags: {},
    visibleAt: seen,
    vpcId: id,
    main: true,
    routes: [{ destination: cidr, target: 'local', origin: 'CreateRouteTable' }],
    associations: {},
    mainAssociationId: call.newId('rtbassoc'),
  };
  state.vpcs[id] = vpc;
  call.note('ec2:vpcAvailable', id, seen + pendingMilliseconds - call.now);
  return vpc;
}

function present(vpc: Vpc, call: Call) {
  return {
    VpcId: vpc.id,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [
      {
        AssociationId: vpc.id.replace('vpc-', 'vpc-cidr-assoc-'),
        CidrBlock: vpc.cidr,
        CidrBlockState: { State: 'associated' },
      },
    ],
    DhcpOptionsId: 'dopt-default',
    InstanceTenancy: 'default',
    IsDefault: false,
    OwnerId: call.account,
    State: pendingOrAvailable(vpc, call),
    Tags: tagList(vpc),
  };
}

function deleteVpc(vpc: Vpc, call: Call): void {
  const state = ec2State(call);
  const inVpc = [
    ...Object.values(state.subnets),
    ...Object.values(state.internetGateways),
    ...Object.values(state.vpcEndpoints).filter((one) => one.state !== 'deleted'),
    ...Object.values(state.securityGroups).filter((one) => one.id !== vpc.defaultSecurityGroupId),
    ...Object.values(state.routeTables).filter((one) => !one.main),
    ...Object.values(state.networkInterfaces),
    ...Object.values(state.transitGatewayAttachments).filter(
      (one) => !/^(deleted|rejected|failed)$/.test(one.state),
    ),
  ].some((one) => one.vpcId === vpc.id);
  if (inVpc || hasLivingDependents(call, vpc.id))
    throw dependencyViolation(`The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
  for (const rule of rulesOf(call, vpc.defaultSecurityGroupId)) delete state.securityGroupRules[rule.id];
  delete state.securityGroups[vpc.defaultSecurityGroupId];
  delete state.routeTables[vpc.mainRouteTableId];
  delete state.vpcs[vpc.id];
}

function networkAcls(call: Call) {
  const everything = { CidrBlock: '0.0.0.0/0', Protocol: '-1' };
  const state = ec2State(call);
  return listed(call, state.vpcs).map((vpc) => ({
    NetworkAclId: vpc.networkAclId,
    VpcId: vpc.id,
    IsDefault: true as boolean,
    OwnerId: call.account,
    Entries: [true, false].flatMap((Egress) => [
      { ...everything, Egress, RuleAction: 'allow', RuleNumber: 100 },
      { ...everything, Egress, RuleAction: 'deny', RuleNumber: 32767 },
    ]),
    Associations: listed(call, state.subnets)
      .filter((subnet) => subnet.vpcId === vpc.id)
      .map((subnet) => ({
        NetworkAclAssociationId: subnet.id.replace('subnet-', 'aclassoc-'),
        NetworkAclId: vpc.networkAclId,
        SubnetId: subnet.id,
      })),
    Tags: [] as { Key: string; Value: string }[],
  }));
}

/** Those that somebody made beside the default ones, with no subnet of their own. */
function customNetworkAcls(call: Call): ReturnType<typeof networkAcls> {
  return dependentsOf(call, 'network-acl').map((acl) => ({
    NetworkAclId: acl.id,
    VpcId: acl.vpcId,
    IsDefault: false,
    OwnerId: call.account,
    Entries: [],
    Associations: [],
    Tags: tagList(acl),
  }));
}

const flag = z.strictObject({ Value: z.boolean() }).optional();
const attributes = {
  enableDnsSupport: 'EnableDnsSupport',
  enableDnsHostnames: 'EnableDnsHostnames',
} as const;

export const vpcOperations: Record<string, Operation> = {
  CreateVpc: mutation(
    {
      CidrBlock: z.string(),
      InstanceTenancy: z.literal('default').optional(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'vpc');
      requireBlock(input.CidrBlock, 'InvalidVpc.Range');
      requireWithin(call, 'vpcs', Object.keys(ec2State(call).vpcs).length + 1);
      return { Vpc: { ...present(createVpc(input.CidrBlock, tags, call), call), State: 'pending' } };
    },
  ),

  DeleteVpc: mutation({ VpcId: z.string() }, (input, call) => {
    deleteVpc(requireVpc(call, input.VpcId), call);
    return {};
  }),

  DescribeVpcs: read({ VpcIds: ids, Filters: filters, ...paging }, (input, call) => {
    const vpcs = select(
      call,
      'vpcs',
      { ids: input.VpcIds, filters: input.Filters },
      {
        'vpc-id': (vpc) => [vpc.id],
        cidr: (vpc) => [vpc.cidr],
        'cidr-block-association.cidr-block': (vpc) => [vpc.cidr],
        'is-default': () => [false],
        'owner-id': () => [call.account],
        state: (vpc) => [pendingOrAvailable(vpc, call)],
      },
    );
    const { items, ...next } = page(vpcs, input);
    return { Vpcs: items.map((vpc) => present(vpc, call)), ...next };
  }),

  ModifyVpcAttribute: mutation(
    { VpcId: z.string(), EnableDnsSupport: flag, EnableDnsHostnames: flag },
    (input, call) => {
      const vpc = requireVpc(call, input.VpcId);
      const { EnableDnsSupport: support, EnableDnsHostnames: hostnames } = input;
      if ((support === undefined) === (hostnames === undefined)) {
        throw new AwsFault('InvalidParameterCombination', 'Exactly one attribute can be modified at a time.');
      }
      if (hostnames?.Value && !vpc.enableDnsSupport) {
        throw new AwsFault('InvalidParameterValue', 'DNS hostnames need DNS support to be enabled first.');
      }
      if (support) vpc.enableDnsSupport = support.Value;
      if (hostnames) vpc.enableDnsHostnames = hostnames.Value;
      return {};
    },
  ),

  DescribeVpcAttribute: read(
    { VpcId: z.string(), Attribute: z.enum(['enableDnsSupport', 'enableDnsHostnames']) },
    (input, call) => {
      const vpc = requireVpc(call, input.VpcId);
      return { VpcId: vpc.id, [attributes[input.Attribute]]: { Value: vpc[input.Attribute] } };
    },
  ),

  DescribeNetworkAcls: read({ Filters: filters, ...paging }, (input, call) => {
    const fits = (filter: string, value: string) =>
      (input.Filters ?? []).filter((one) => one.Name === filter).every((one) => one.Values.includes(value));
    const unknown = (input.Filters ?? []).find((one) => !['vpc-id', 'default'].includes(one.Name));
    if (unknown) throw new Error(`the embedded AWS does not model the filter ${unknown.Name} of this call`);
    const all = [...networkAcls(call), ...customNetworkAcls(call)].filter(
      (acl) => fits('vpc-id', acl.VpcId) && fits('default', String(acl.IsDefault)),
    );
    const { items, ...next } = page(all, input);
    return { NetworkAcls: items, ...next };
  }),
};
