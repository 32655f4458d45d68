/** What Step Functions asks IAM with the role of a state machine: for its Tasks, its log and its traces. */

import type { AccessRequest } from '#embedded/authorization/policy.ts';
import { anywhere, named, on } from '#embedded/authorization/request.ts';

/** A Task as the deployed definition has it, with its references filled in. */
export interface Task {
  readonly Resource: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
}

/** A Map as the deployed definition has it. */
export interface MapState {
  readonly ItemProcessor?: { readonly ProcessorConfig?: { readonly Mode?: string } };
}

export interface MachineCall {
  readonly when: string;
  readonly source: string;
  /** What is asked for because of this Task; nothing where it is of another kind. */
  readonly ofTask?: (task: Task) => AccessRequest[];
  /** The same of a Map; `machine`: the ARN of the machine it stands in. */
  readonly ofMap?: (map: MapState, machine: string) => AccessRequest[];
  /** What is asked for whatever the Tasks are. */
  readonly ofMachine?: () => AccessRequest[];
}

const managedRule = 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule';
const syncOfExecution = /:states:::states:startExecution\.sync(:2)?$/;

/** `arn:aws:states:eu-central-1:111122223333`, of an ARN in it. */
const placeOf = (arn: string) => arn.split(':').slice(0, 5).join(':');

function nested({ Resource, Parameters }: Task): AccessRequest[] {
  if (!syncOfExecution.test(Resource)) return [];
  const machine = Parameters?.StateMachineArn as string;
  const executions = named(`${machine.replace(':stateMachine:', ':execution:')}:some-execution`);
  const rule = named(`${placeOf(machine).replace(':states:', ':events:')}:${managedRule}`);
  return [
    ...on('states:StartExecution', [named(machine)]),
    ...on('states:DescribeExecution', [executions]),
    ...on('states:StopExecution', [executions]),
    ...['events:PutTargets', 'events:PutRule', 'events:DescribeRule'].flatMap((action) => on(action, [rule])),
  ];
}

/**
 * AWS names `execution:<machine>:*` as what is needed; the items' own ARNs are `execution:<machine>/<label of the Map>:<id>`
 * (API reference, DescribeExecution). Whoever has both is on the safe side.
 */
function distributed({ ItemProcessor }: MapState, machine: string): AccessRequest[] {
  if (ItemProcessor?.ProcessorConfig?.Mode !== 'DISTRIBUTED') return [];
  const executions = machine.replace(':stateMachine:', ':execution:');
  const items = [`${executions}:some-execution`, `${executions}/label:some-execution`];
  return [
    ...on('states:StartExecution', [named(machine)]),
    ...items.flatMap((item) => [
      ...on('states:DescribeExecution', [named(item)]),
      ...on('states:StopExecution', [named(item)]),
    ]),
  ];
}

const logDelivery = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
];
const traces = ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'];

export const machineCalls: readonly MachineCall[] = [
  {
    when: 'a Task is a Lambda function',
    source: 'step-functions/latest/dg/lambda-iam.html',
    ofTask: ({ Resource }) =>
      /^arn:[^:]+:lambda:/.test(Resource) ? on('lambda:InvokeFunction', [named(Resource)]) : [],
  },
  {
    when: 'a Task starts an execution and waits for it: Step Functions watches through a rule it manages, and stops it',
    source: 'step-functions/latest/dg/stepfunctions-iam.html (Synchronous)',
    ofTask: nested,
  },
  {
    when: 'a Map is distributed: Step Functions starts the machine itself for each item, and watches and stops it',
    source:
      'step-functions/latest/dg/iam-policies-eg-dist-map.html; step-functions/latest/apireference/API_DescribeExecution.html (executionArn)',
    ofMap: distributed,
  },
  {
    when: 'a Task reads an object through the SDK integration',
    source: 'step-functions/latest/dg/supported-services-awssdk.html',
    ofTask: ({ Resource, Parameters }) =>
      /:states:::aws-sdk:s3:getObject$/.test(Resource)
        ? on('s3:GetObject', [named(`arn:aws:s3:::${Parameters?.Bucket}/some/key.json`)])
        : [],
  },
  {
    when: 'such a Task is to hear that there is no object of this key: without it, S3 answers Access Denied',
    source: 'AmazonS3/latest/API/API_GetObject.html, "Permissions"',
    ofTask: ({ Resource, Parameters }) =>
      /:states:::aws-sdk:s3:getObject$/.test(Resource)
        ? on('s3:ListBucket', [named(`arn:aws:s3:::${Parameters?.Bucket}`)])
        : [],
  },
  {
    when: 'the machine writes a log',
    source: 'step-functions/latest/dg/cw-logs.html; aws/aws-cdk aws-stepfunctions/lib/state-machine.ts',
    ofMachine: () => logDelivery.flatMap((action) => anywhere(`logs:${action}`, {})),
  },
  {
    when: 'the machine is traced',
    source: 'step-functions/latest/dg/concepts-xray-tracing.html',
    ofMachine: () => traces.flatMap((action) => anywhere(`xray:${action}`, {})),
  },
];
