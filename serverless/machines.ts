/** What the state machines' definitions leave open, and the role each runs in: exactly the functions it names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateMachineName } from './roles/control.ts';
import { role, substituted } from './roles/index.ts';

type Machine = 'provision' | 'deprovision';

/** The functions a definition refers to. */
function functionsOf(machine: Machine): string[] {
  const file = join(import.meta.dirname, '..', 'statemachines', `${machine}.asl.json`);
  const names = [...readFileSync(file, 'utf8').matchAll(/"\$\{(\w+)Arn\}"/g)].map(
    ([, name]) => name as string,
  );
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
      Resource: functionsOf(machine).map((key) => ({ 'Fn::GetAtt': [`${key}LambdaFunction`, 'Arn'] })),
    },
    ...(machine === 'provision' ? startsDeprovision : []),
    ...observed,
  ];
  return role('states.amazonaws.com', statements, ownAccount);
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
].map(substituted);

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
