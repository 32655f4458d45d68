/** What Step Functions asks IAM with the role of a state machine: for its Tasks, its log and its traces. */

import type { AccessRequest } from '#embedded/authorization/policy.ts';
import { anywhere, named, on } from '#embedded/authorization/request.ts';

/** A Task as the deployed definition has it, with its references filled in. */
export interface Task {
  readonly Resource: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
}

export interface MachineCall {
  readonly when: string;
  readonly source: string;
  /** What is asked for because of this Task; nothing where it is of another kind. */
  readonly ofTask?: (task: Task) => AccessRequest[];
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
