/** What a request says of its network beyond the seed's shape: all of it is off where it is left out. */
import * as z from 'zod';
import { roleArnPattern, roleArnProblem } from '#lib/aws/role-arn.ts';
import { cidr, matching, text, unique } from './fields.ts';
import { flowLogDelivery, natAddressCount, transitRouteProblem, withRule } from './rules.ts';

export const network = withRule(
  z.strictObject({
    natGateways: z.enum(['one', 'per-zone']).default('one').meta({
      description:
        'One NAT gateway for all zones, or one in each: three addresses, three private route tables, and no zone that depends on another to reach the internet.',
    }),
    s3GatewayEndpoint: z.boolean().default(false).meta({
      description:
        'Adds an S3 gateway endpoint to the route tables of the EKS subnets, so that image layers do not pass the NAT gateway.',
    }),
    natAddresses: unique(
      z.array(
        matching(/^eipalloc-[0-9a-f]{8,17}$/, 'must be an allocation id such as eipalloc-0123456789abcdef0', {
          description: 'The allocation id of an Elastic IP.',
        }),
      ),
    )
      .default([])
      .meta({
        description:
          'Elastic IPs of yours for the NAT gateways, in the order of the zones: one, or three with natGateways "per-zone". They are neither tagged nor released. Default: own ones.',
      }),
    flowLogs: withRule(
      z.strictObject({
        destination: matching(
          /^arn:aws[a-z-]*:(s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s]{1,500})?|logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]{1,512})$/,
          'must be the ARN of an S3 bucket, with a folder or without, or of a CloudWatch log group',
          {
            description:
              'An S3 bucket or a CloudWatch log group that is there. Neither is made, changed or deleted.',
          },
        ),
        roleArn: text((arn) => roleArnProblem(arn, 'which delivers nothing'), {
          description: 'The role that delivers into a log group. Required for one, refused for a bucket.',
          pattern: roleArnPattern,
        }).optional(),
        trafficType: z
          .enum(['all', 'accept', 'reject'])
          .default('all')
          .meta({ description: 'What is recorded: everything, what was let through, or what was not.' }),
      }),
      flowLogDelivery,
    )
      .optional()
      .meta({ description: 'Records the traffic of the VPC.' }),
    transitGateway: z
      .strictObject({
        id: matching(/^tgw-[0-9a-f]{8,17}$/, 'must be a transit gateway id such as tgw-0123456789abcdef0', {
          description: 'An existing transit gateway, of this account or shared with it.',
        }),
        routes: unique(
          z
            .array(cidr('A block behind the transit gateway.', transitRouteProblem))
            .min(1, 'must list at least one block')
            .max(40, 'must list at most 40 blocks: a route table takes 50 routes'),
        ).meta({ description: 'What the private route tables send to it.' }),
      })
      .optional()
      .meta({
        description:
          'Attaches the VPC to a transit gateway, with an interface in each zone, and routes these blocks to it.',
      }),
  }),
  natAddressCount,
);
