/**
 * Flow logs of VPCs. Those that are asked for and cannot be are told in an answer of success, as AWS does. Buckets are
 * not modelled: which may be written to is arranged from outside.
 */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { logGroupExists } from '#embedded/services/logs.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { ec2State, type FlowLog, find, requireVpc, visibleAt } from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';
import { onceByToken } from './tokens.ts';

/** Somebody's bucket takes flow logs of this account. */
export function placeFlowLogBucket(call: Call, arn: string): void {
  (ec2State(call).flowLogBuckets ??= []).push(arn);
}

interface NewFlowLog {
  readonly ResourceIds: readonly string[];
  readonly TrafficType: FlowLog['trafficType'];
  readonly LogDestinationType: FlowLog['destinationType'];
  readonly LogDestination: string;
  readonly DeliverLogsPermissionArn?: string | undefined;
}

/** Why AWS does not make it. */
function refusalOf(
  call: Call,
  vpcId: string,
  input: NewFlowLog,
): { Code: string; Message: string } | undefined {
  const { LogDestination: destination, TrafficType, DeliverLogsPermissionArn: role } = input;
  const same = Object.values(ec2State(call).flowLogs).find(
    (one) => one.vpcId === vpcId && one.destination === destination && one.trafficType === TrafficType,
  );
  if (same)
    return {
      Code: 'FlowLogAlreadyExists',
      Message: `There is an existing Flow Log with the same configuration and log destination: ${same.id}`,
    };
  const bucket = destination.split('/')[0] as string;
  if (input.LogDestinationType === 's3')
    return ec2State(call).flowLogBuckets?.includes(bucket)
      ? undefined
      : {
          Code: '400',
          Message: `Access Denied for LogDestination: ${bucket}. Please check LogDestination permission`,
        };
  const known = Object.values(iamState(call).roles).find(({ arn }) => arn === role);
  if (!known?.trustPolicy.includes('vpc-flow-logs.amazonaws.com'))
    return { Code: '400', Message: `The role ${role} cannot be assumed by vpc-flow-logs.amazonaws.com` };
  return undefined;
}

function present(one: FlowLog, call: Call) {
  return {
    FlowLogId: one.id,
    FlowLogStatus: 'ACTIVE',
    ResourceId: one.vpcId,
    TrafficType: one.trafficType,
    LogDestinationType: one.destinationType,
    LogDestination: one.destination,
    ...(one.destinationType === 's3' ? {} : { LogGroupName: one.destination.split(':log-group:')[1] }),
    ...(one.roleArn === undefined ? {} : { DeliverLogsPermissionArn: one.roleArn }),
    // Told once the first records were to be delivered.
    ...(call.now < one.createdAt + 600_000
      ? {}
      : { DeliverLogsStatus: one.deliveryError ? 'FAILED' : 'SUCCESS' }),
    ...(one.deliveryError === undefined ? {} : { DeliverLogsErrorMessage: one.deliveryError }),
    CreationTime: new Date(one.createdAt),
    MaxAggregationInterval: 600,
    Tags: tagList(one),
  };
}

export const flowLogOperations: Record<string, Operation> = {
  CreateFlowLogs: mutation(
    {
      ResourceIds: z.array(z.string()).length(1),
      ResourceType: z.literal('VPC'),
      TrafficType: z.enum(['ALL', 'ACCEPT', 'REJECT']),
      LogDestinationType: z.enum(['s3', 'cloud-watch-logs']),
      LogDestination: z.string(),
      DeliverLogsPermissionArn: z.string().optional(),
      ClientToken: z.string().optional(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'vpc-flow-log');
      const vpc = requireVpc(call, input.ResourceIds[0] as string);
      if ((input.LogDestinationType === 's3') === (input.DeliverLogsPermissionArn !== undefined))
        throw new AwsFault(
          'InvalidParameter',
          'DeliverLogsPermissionArn is required for delivery to CloudWatch Logs, and for that only.',
        );
      const { flowLogs } = ec2State(call);
      const known = input.ClientToken && ec2State(call).tokens[`CreateFlowLogs ${input.ClientToken}`];
      const refusal = known ? undefined : refusalOf(call, vpc.id, input);
      if (refusal) return { FlowLogIds: [], Unsuccessful: [{ ResourceId: vpc.id, Error: refusal }] };
      const made = onceByToken(call, 'CreateFlowLogs', input, flowLogs, () => {
        const one: FlowLog = {
          id: call.newId('fl'),
          tags,
          visibleAt: visibleAt(call),
          vpcId: vpc.id,
          trafficType: input.TrafficType,
          destinationType: input.LogDestinationType,
          destination: input.LogDestination,
          ...(input.DeliverLogsPermissionArn ? { roleArn: input.DeliverLogsPermissionArn } : {}),
          createdAt: call.now,
          // AWS makes it, and finds out when it delivers.
          ...(input.LogDestinationType === 's3' ||
          logGroupExists(call, input.LogDestination.split(':log-group:')[1] ?? '')
            ? {}
            : { deliveryError: 'Access error' }),
        };
        flowLogs[one.id] = one;
        return one;
      });
      return { ClientToken: input.ClientToken, FlowLogIds: [made.id], Unsuccessful: [] };
    },
  ),

  DeleteFlowLogs: mutation({ FlowLogIds: z.array(z.string()).min(1) }, (input, call) => {
    const { flowLogs } = ec2State(call);
    const missing = input.FlowLogIds.filter((id) => !find(call, flowLogs, id));
    for (const id of input.FlowLogIds) delete flowLogs[id];
    return {
      Unsuccessful: missing.map((id) => ({
        ResourceId: id,
        Error: {
          Code: 'InvalidFlowLogId.NotFound',
          Message: `These flow log ids in the input list are not found: [${id}]`,
        },
      })),
    };
  }),

  // With DescribeNatGateways the one whose parameter is `Filter`.
  DescribeFlowLogs: read({ FlowLogIds: ids, Filter: filters, ...paging }, (input, call) => {
    const found = select(
      call,
      'flowLogs',
      { ids: input.FlowLogIds, filters: input.Filter },
      {
        'flow-log-id': ({ id }) => [id],
        'resource-id': ({ vpcId }) => [vpcId],
        'traffic-type': ({ trafficType }) => [trafficType],
        'log-destination-type': ({ destinationType }) => [destinationType],
      },
    );
    const { items, ...next } = page(found, input);
    return { FlowLogs: items.map((one) => present(one, call)), ...next };
  }),
};
