/** DB subnet groups: at least two Availability Zones of one VPC, which never changes. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { ec2State, find, type Subnet } from '#embedded/services/ec2/state.ts';
import {
  answerPage,
  arnOf,
  type Client,
  filters,
  paging,
  rdsFault,
  rdsState,
  requireSubnetGroup,
  type SubnetGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

export function subnetGroupOperations(client: Client): Record<string, Operation> {
  return {
    CreateDBSubnetGroup: mutation(
      {
        DBSubnetGroupName: z.string(),
        DBSubnetGroupDescription: z.string(),
        SubnetIds: z.array(z.string()),
        Tags: tagListSchema,
      },
      (input, call) => {
        const name = groupName(input.DBSubnetGroupName);
        const { subnetGroups } = rdsState(call);
        if (subnetGroups[name])
          throw rdsFault('DBSubnetGroupAlreadyExistsFault', `The DB subnet group '${name}' already exists.`);
        if (Object.keys(subnetGroups).length >= limitOf(call, 'L-48C6BF61'))
          throw rdsFault(
            'DBSubnetGroupQuotaExceededFault',
            'The request would result in the user exceeding the allowed number of DB subnet groups.',
          );
        const tags = tagRecordOf(input.Tags);
        const subnets = subnetsOf(call, input.SubnetIds);
        const group: SubnetGroup = {
          name,
          arn: arnOf(call, 'subgrp', name),
          description: input.DBSubnetGroupDescription,
          vpcId: subnets[0]!.vpcId,
          subnets: subnets.map(({ id, zoneName }) => ({ id, zoneName })),
          client,
          tags,
        };
        subnetGroups[name] = group;
        return { DBSubnetGroup: describedSubnetGroup(group) };
      },
    ),
    DescribeDBSubnetGroups: read(
      { DBSubnetGroupName: z.string().optional(), Filters: filters, ...paging },
      (input, call) => {
        const groups = input.DBSubnetGroupName
          ? [requireSubnetGroup(call, input.DBSubnetGroupName)]
          : Object.values(rdsState(call).subnetGroups);
        return answerPage('DBSubnetGroups', groups.map(describedSubnetGroup), input);
      },
    ),
    DeleteDBSubnetGroup: mutation({ DBSubnetGroupName: z.string() }, (input, call) => {
      const { name } = requireSubnetGroup(call, input.DBSubnetGroupName);
      const user = Object.values(rdsState(call).clusters).find((cluster) => cluster.subnetGroup === name);
      if (user)
        throw rdsFault(
          'InvalidDBSubnetGroupStateFault',
          `Cannot delete the subnet group '${name}' because at least one database cluster: ${user.id} is still using it.`,
        );
      delete rdsState(call).subnetGroups[name];
      return {};
    }),
  };
}

function groupName(given: string): string {
  const name = given.toLowerCase();
  if (name === 'default' || !/^[a-z0-9._ -]{1,255}$/.test(name))
    throw rdsFault(
      'InvalidParameterValue',
      `The parameter DBSubnetGroupName must be provided and must not be blank, 'default' or longer than 255 letters, numbers, periods, underscores, spaces or hyphens: ${given}`,
    );
  return name;
}

/** Subnets made a moment ago may not be there yet for RDS: it asks EC2 as everybody does. */
function subnetsOf(call: Call, ids: readonly string[]): Subnet[] {
  const subnets = ids.map((id) => find(call, ec2State(call).subnets, id));
  const vpcs = new Set(subnets.map((subnet) => subnet?.vpcId));
  if (subnets.includes(undefined) || vpcs.size > 1)
    throw rdsFault(
      'InvalidSubnet',
      `The requested subnet is not valid, or multiple subnets were requested that are not all in a common VPC: ${ids.join(', ')}`,
    );
  const found = subnets as Subnet[];
  if (new Set(found.map(({ zoneName }) => zoneName)).size < 2)
    throw rdsFault(
      'DBSubnetGroupDoesNotCoverEnoughAZs',
      `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${[...new Set(found.map(({ zoneName }) => zoneName))].join(', ')}. Add subnets to cover at least 2 AZs.`,
    );
  return found;
}

export function describedSubnetGroup(group: SubnetGroup): object {
  return {
    DBSubnetGroupName: group.name,
    DBSubnetGroupDescription: group.description,
    DBSubnetGroupArn: group.arn,
    VpcId: group.vpcId,
    SubnetGroupStatus: 'Complete',
    SupportedNetworkTypes: ['IPV4'],
    Subnets: group.subnets.map(({ id, zoneName }) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: zoneName },
      SubnetStatus: 'Active',
    })),
  };
}
