/**
 * The flow log of the VPC that a request may ask for (`network.flowLogs`), into a bucket or a log group of the operator's:
 * what was recorded outlives the environment. Found by ownership tag. AWS changes none: one that differs from the
 * request is deleted and made anew, and one that the request no longer asks for goes.
 */
import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  EC2Client,
  type Filter,
  type FlowLog,
  type UnsuccessfulItem,
  type Vpc,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { listFlowLogs } from '#lib/network/observe.ts';
import { flowLogComponent, isFlowLogOf } from '#lib/network/options.ts';
import { isFresh, keepMade, visibleWithinSeconds } from '#lib/network/visibility.ts';
import { clientToken, createdByTag, isOwned, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, RemovalTarget } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';

const lookAgainSeconds = 2;

/** Undefined where it is as the request asks. A VPC of this very run has none of an earlier one. */
export async function ensureFlowLog(context: StepContext, vpc: Vpc): Promise<StepOutcome | undefined> {
  const { environment, resources } = context;
  const vpcId = vpc.VpcId!;
  const wish = environment.network.flowLogs;
  if (!wish && tagValue(vpc.Tags, createdByTag) === environment.execution) return undefined;
  const ec2 = client(EC2Client, environment);
  const all = await listFlowLogs(ec2, [{ Name: 'resource-id', Values: [vpcId] }]);
  const ours = all.filter(({ Tags }) => isOwned(Tags, environment));
  const [kept, ...doubles] = wish ? ours.filter((one) => isFlowLogOf(factsOf(one), wish)) : [];
  const surplus = [...doubles, ...ours.filter((one) => one !== kept && !doubles.includes(one))];
  if (surplus.length > 0) {
    await deleteFlowLogs(ec2, surplus);
    return pending(
      `flow log ${idsOf(surplus)}, which the request does not ask for, is deleted`,
      lookAgainSeconds,
    );
  }
  if (!wish || kept) return undefined;
  if (isFresh(resources, resources.flowLogId))
    return pending(`flow log ${resources.flowLogId} is not visible yet`, lookAgainSeconds);
  return create(context, ec2, vpcId, wish);
}

function factsOf({ LogDestination, LogGroupName, DeliverLogsPermissionArn, TrafficType }: FlowLog) {
  return {
    destination: LogDestination ?? LogGroupName ?? '',
    roleArn: DeliverLogsPermissionArn,
    trafficType: (TrafficType ?? '').toLowerCase(),
  };
}

async function create(
  context: StepContext,
  ec2: EC2Client,
  vpcId: string,
  { destination, roleArn, trafficType }: NonNullable<EnvironmentPlan['network']['flowLogs']>,
): Promise<StepOutcome> {
  const { environment, resources, elapsedSeconds } = context;
  const toBucket = destination.includes(':s3:');
  const answer = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [vpcId],
      ResourceType: 'VPC',
      TrafficType: trafficType === 'all' ? 'ALL' : trafficType === 'accept' ? 'ACCEPT' : 'REJECT',
      LogDestinationType: toBucket ? 's3' : 'cloud-watch-logs',
      LogDestination: destination,
      ...(roleArn && { DeliverLogsPermissionArn: roleArn }),
      // A token replayed after its flow log was deleted answers with that.
      ClientToken: clientToken(
        vpcId,
        flowLogComponent,
        environment.execution,
        destination,
        trafficType,
        resources.flowLogId ?? '',
      ),
      TagSpecifications: tagSpecifications(environment, 'vpc-flow-log', flowLogComponent),
    }),
  );
  const what = `flow log of VPC ${vpcId} into ${destination}`;
  const taken = answer.Unsuccessful?.find(({ Error: error }) => error?.Code === 'FlowLogAlreadyExists');
  if (taken) return alreadyThere(elapsedSeconds, what, taken);
  refuseUnsuccessful(what, answer.Unsuccessful);
  const [flowLogId] = answer.FlowLogIds ?? [];
  if (flowLogId) keepMade(context, flowLogId, { flowLogId });
  return pending(`flow log ${flowLogId} of VPC ${vpcId} is made`, lookAgainSeconds);
}

/** An earlier run's whose listing is late; or somebody else's, and AWS takes no second one of the same kind. */
function alreadyThere(elapsedSeconds: number, what: string, { Error: error }: UnsuccessfulItem): StepOutcome {
  if (elapsedSeconds < visibleWithinSeconds)
    return pending(`${what}: AWS has one and does not list it yet`, lookAgainSeconds);
  throw new NotOurResourceError(
    `${what}: ${error?.Message}, and that does not carry the tags of this environment`,
    'delete it, or take network.flowLogs out of the request, then run again',
  );
}

/** AWS answers with success and says in it what it did not do (API_CreateFlowLogs, Unsuccessful). */
function refuseUnsuccessful(what: string, unsuccessful: readonly UnsuccessfulItem[] = []): void {
  const error = unsuccessful[0]?.Error;
  if (!error) return;
  throw new ResourceFailedError(
    `${what} was refused with ${error.Code}: ${error.Message}`,
    'let AWS write there (a policy of the bucket that allows delivery.logs.amazonaws.com; a role that vpc-flow-logs.amazonaws.com may assume), or correct network.flowLogs, then run again',
  );
}

async function deleteFlowLogs(ec2: EC2Client, flowLogs: readonly FlowLog[]): Promise<void> {
  const FlowLogIds = flowLogs.flatMap(({ FlowLogId }) => FlowLogId ?? []);
  const { Unsuccessful = [] } = await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds }));
  // One that is gone already is done.
  const left = Unsuccessful.filter(({ Error: error }) => !error?.Code?.endsWith('NotFound'));
  refuseUnsuccessful(`deletion of flow log ${FlowLogIds.join(', ')}`, left);
}

/** Those of the scope; what they recorded stays. Undefined where none is left. */
export async function removeFlowLogs(
  ec2: EC2Client,
  target: RemovalTarget,
  scope: Filter[],
): Promise<StepOutcome | undefined> {
  const left = await listFlowLogs(ec2, scope);
  if (left.length === 0) return undefined;
  await deleteFlowLogs(ec2, left);
  return pending(`flow log ${idsOf(left)} of environment ${target.name} is deleted`, lookAgainSeconds);
}

function idsOf(flowLogs: readonly FlowLog[]): string {
  return flowLogs.map(({ FlowLogId }) => FlowLogId).join(', ');
}
