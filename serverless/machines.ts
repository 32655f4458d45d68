/** What the state machines' definitions leave open, and the role each runs in: exactly the functions it names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { functionName } from './functions.ts';
import { stateMachineName } from './roles/control.ts';
import { role, substituted } from './roles/index.ts';

type Machine = 'provision' | 'deprovision' | 'fleet';

/** The machines each starts and waits for, by what its definition calls them. */
const startedBy: Readonly<Record<Machine, readonly ('provision' | 'deprovision')[]>> = {
  provision: ['deprovision'],
  deprovision: [],
  fleet: ['provision', 'deprovision'],
};
const idOf = { provision: 'ProvisionStateMachine', deprovision: 'DeprovisionStateMachine' } as const;

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
  return [...new Set(names)].filter((name) => !name.endsWith('StateMachine')).sort();
}

/** `DefinitionSubstitutions`. */
export function substitutions(machine: Machine): Record<string, object> {
  return {
    ...Object.fromEntries(
      functionsOf(machine).map((key) => [`${key}Arn`, { 'Fn::GetAtt': [`${key}LambdaFunction`, 'Arn'] }]),
    ),
    ...(startedBy[machine].length > 0 ? { AwsPartition: { Ref: 'AWS::Partition' } } : {}),
    ...Object.fromEntries(startedBy[machine].map((other) => [`${idOf[other]}Arn`, { Ref: idOf[other] }])),
    ...(machine === 'fleet' ? { FleetListBucket: { Ref: 'FleetListBucket' } } : {}),
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
    ...starts(startedBy[machine]),
    ...(machine === 'fleet' ? ofFleet : []),
    ...observed,
  ];
  return role('states.amazonaws.com', statements.map(substituted), ownAccount);
}

const home = (service: string, resource: string) =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;

/** `startExecution.sync:2` starts it, watches it through a rule that Step Functions manages, and can stop it. */
function starts(machines: readonly Machine[]): object[] {
  if (machines.length === 0) return [];
  return [
    {
      Effect: 'Allow',
      Action: ['states:StartExecution'],
      Resource: machines.map((machine) => home('states', `stateMachine:${stateMachineName(machine)}`)),
    },
    {
      Effect: 'Allow',
      Action: ['states:DescribeExecution', 'states:StopExecution'],
      Resource: machines.map((machine) => home('states', `execution:${stateMachineName(machine)}:*`)),
    },
    {
      Effect: 'Allow',
      Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      Resource: home('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
    },
  ];
}

/** By name, as everything a machine's role is about: machines.yml says the same. */
const fleetListBucket = '${self:service}-${sls:stage}-fleets-${AWS::AccountId}-${AWS::Region}';

/**
 * A distributed Map starts its items as executions of its own machine, and they are watched and stopped
 * (https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html); the list is an object.
 */
const ofFleet = [
  {
    Effect: 'Allow',
    Action: ['states:StartExecution'],
    Resource: home('states', `stateMachine:${stateMachineName('fleet')}`),
  },
  {
    Effect: 'Allow',
    Action: ['states:DescribeExecution', 'states:StopExecution'],
    // The first form is the page's, the second what the items' own ARNs look like.
    Resource: [':*', '/*:*'].map((rest) => home('states', `execution:${stateMachineName('fleet')}${rest}`)),
  },
  { Effect: 'Allow', Action: ['s3:GetObject'], Resource: `arn:\${AWS::Partition}:s3:::${fleetListBucket}/*` },
  // Without it, S3 answers "Access Denied" to a key that is not there.
  { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: `arn:\${AWS::Partition}:s3:::${fleetListBucket}` },
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
