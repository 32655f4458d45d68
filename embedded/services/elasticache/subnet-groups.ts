/** Cache subnet groups: subnets of one VPC. Unlike those of RDS, one zone is enough. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { ec2State, find, type Subnet } from '#embedded/services/ec2/state.ts';
import {
  answerPage,
  type CacheSubnetGroup,
  cacheArn,
  cacheFault,
  elasticacheState,
  invalidValue,
  paging,
  requireSubnetGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

export const subnetGroupOperations: Record<string, Operation> = {
  CreateCacheSubnetGroup: mutation(
    {
      CacheSubnetGroupName: z.string(),
      CacheSubnetGroupDescription: z.string(),
      SubnetIds: z.array(z.string()).min(1),
      Tags: tagListSchema,
    },
    (input, call) => {
      const name = input.CacheSubnetGroupName.toLowerCase();
      if (!/^[a-z0-9-]{1,255}$/.test(name))
        throw invalidValue(
          `The parameter CacheSubnetGroupName must be 1 to 255 letters, digits or hyphens: ${name}`,
        );
      const { subnetGroups } = elasticacheState(call);
      if (subnetGroups[name])
        throw cacheFault('CacheSubnetGroupAlreadyExistsFault', `Cache subnet group ${name} already exists.`);
      const tags = tagRecordOf(input.Tags);
      const subnets = subnetsOf(call, input.SubnetIds);
      const group: CacheSubnetGroup = {
        name,
        arn: cacheArn(call, 'subnetgroup', name),
        description: input.CacheSubnetGroupDescription,
        vpcId: subnets[0]!.vpcId,
        subnets: subnets.map(({ id, zoneName }) => ({ id, zoneName })),
        tags,
      };
      subnetGroups[name] = group;
      return { CacheSubnetGroup: described(group) };
    },
  ),
  DescribeCacheSubnetGroups: read(
    { CacheSubnetGroupName: z.string().optional(), ...paging },
    (input, call) => {
      const groups = input.CacheSubnetGroupName
        ? [requireSubnetGroup(call, input.CacheSubnetGroupName)]
        : Object.values(elasticacheState(call).subnetGroups);
      return answerPage('CacheSubnetGroups', groups.map(described), input);
    },
  ),
  DeleteCacheSubnetGroup: mutation({ CacheSubnetGroupName: z.string() }, (input, call) => {
    const { name } = requireSubnetGroup(call, input.CacheSubnetGroupName);
    const { replicationGroups, subnetGroups } = elasticacheState(call);
    const user = Object.values(replicationGroups).find((group) => group.subnetGroup === name);
    if (user)
      throw cacheFault(
        'CacheSubnetGroupInUse',
        `Cache subnet group ${name} is currently in use by a cache cluster of ${user.id}.`,
      );
    delete subnetGroups[name];
    return {};
  }),
};

function subnetsOf(call: Call, ids: readonly string[]): Subnet[] {
  const subnets = ids.map((id) => find(call, ec2State(call).subnets, id));
  if (subnets.includes(undefined) || new Set(subnets.map((subnet) => subnet?.vpcId)).size > 1)
    throw cacheFault(
      'InvalidSubnet',
      `The requested subnet is invalid, or multiple subnets were requested that are not all in a common VPC: ${ids.join(', ')}`,
    );
  return subnets as Subnet[];
}

function described(group: CacheSubnetGroup): object {
  return {
    CacheSubnetGroupName: group.name,
    CacheSubnetGroupDescription: group.description,
    ARN: group.arn,
    VpcId: group.vpcId,
    SupportedNetworkTypes: ['ipv4'],
    Subnets: group.subnets.map(({ id, zoneName }) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: zoneName },
      SupportedNetworkTypes: ['ipv4'],
    })),
  };
}
