/** What the state machines' definitions leave open, and the role each runs in: exactly the functions it names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { functionName } from './functions.ts';
import { stateMachineName } from './roles/control.ts';
import { role, substituted } from './roles/index.ts';

type Machine = 'provision' | 'deprovision';

/**
 * `DefinitionString`. As text: of an object the framework drops every null, and CloudFormation takes none
 * (docs/adr/0006). The framework leaves `${VpcEnsureArn}` alone, which names no source of a variable of its own.
 */
export function definition(machine: Machine): string {
  return readFileSync(join(import.meta.dirname, '..', 'statemachines', `${machine}.asl.json`), 'utf8');
}

/** The functions a definition refers to. */
function functionsOf(machine: Machine): string[] {
  const names = [...definition(machine).matchAll(/"\$\{(\w+)Arn\}"/g)].map(([, name]) => name as string);
  return [...new Set(names)].filter((name) => name !== 'DeprovisionStateMachine').sort();
}

/** `DefinitionSubstitutions`. */
export function substitutions(machine: Machine): Record<string, object> {
  return {
    ...Object.fromEntries(
      functionsOf(machine).map((key) => [`${key}Arn`, { 'Fn::GetAtt': [`${key}LambdaFunction`, 'Arn'] }]),
    ),
    ...(machine === 'provision'
      ? {
          AwsPartition: { Ref: 'AWS::Partition' },
          DeprovisionStateMachineArn: { Ref: 'DeprovisionStateMachine' },
        }
      : {}),
  };
}

/** Step Functions sends whose machine it works for: not those of another account. */
const ownAccount = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

export function machineRole(machine: Machine): object {
  const statements = [
    {
      Effect: 'Allow',
      Action: ['lambda:InvokeFunction'],
      // By name, not GetAtt: so the role is made with the first resources, long before the machine. IAM takes a while
      // to know a role everywhere, and a machine made too soon after is refused: "not authorized to create
      // managed-rule" (terraform-aws-modules/terraform-aws-step-functions#11, #41).
      Resource: functionsOf(machine).map((key) => home('lambda', `function:${functionName(key)}`)),
    },
    ...(machine === 'provision' ? startsDeprovision : []),
    ...observed,
  ];
  return role('states.amazonaws.com', statements.map(substituted), ownAccount);
}

const home = (service: string, resource: string) =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;

/** `startExecution.sync:2` starts it, watches it through a rule that Step Functions manages, and can stop it. */
const startsDeprovision = [
  {
    Effect: 'Allow',
    Action: ['states:StartExecution'],
    Resource: home('states', `stateMachine:${stateMachineName('deprovision')}`),
  },
  {
    Effect: 'Allow',
    Action: ['states:DescribeExecution', 'states:StopExecution'],
    Resource: home('states', `execution:${stateMachineName('deprovision')}:*`),
  },
  {
    Effect: 'Allow',
    Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    Resource: home('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
  },
];

const observed = [
  {
    Effect: 'Allow',
    Action: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    Resource: '*',
  },
  {
    Effect: 'Allow',
    Action: [
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
    ],
    Resource: '*',
  },
];
