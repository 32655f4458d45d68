/** One role a function: what it may do in the environment's account and at home, its own log group, its traces. */
import { controlAtHome, controlInEnvironment, reports } from './control.ts';
import { data } from './data.ts';
import { eks } from './eks.ts';
import { network } from './network.ts';
import { allow, anywhere, type Statement } from './statement.ts';

/** By function: what it does to or asks of an environment. The union is what a role in another account needs. */
export function inEnvironment(allowPublicEndpoint: boolean): Record<string, readonly Statement[]> {
  return { ...network, ...eks(allowPublicEndpoint), ...data, ...controlInEnvironment };
}

/** By function: the registry, executions, events. */
function atHome(key: string): readonly Statement[] {
  const own = controlAtHome[key];
  if (own) return own;
  if (/(Ensure|Remove)$/.test(key)) return [reports];
  throw new Error(`serverless/roles has no entry for the function ${key}`);
}

/** A role's path keeps it out of every `role/aoscloud-*` that the steps may touch. */
const servicePath = '/provisioning/';

const tracing = anywhere(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']);

/** An environment in another account: the roles its request may name. */
const otherAccounts = allow('sts:AssumeRole', 'arn:${AWS::Partition}:iam::*:role/${param:targetRoleName}');

/** The CloudFormation role of one function. */
export function functionRole(key: string, allowPublicEndpoint: boolean): object {
  const work = inEnvironment(allowPublicEndpoint)[key];
  const statements = [...(work ? [...work, otherAccounts] : []), ...atHome(key), tracing];
  return role('lambda.amazonaws.com', [
    ...statements.map(substituted),
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::Sub': `\${${key}LogGroup.Arn}` },
    },
  ]);
}

/** `trust`: under which condition the service may have it. */
export function role(service: string, statements: readonly object[], trust?: object): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Path: servicePath,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: service },
            Action: 'sts:AssumeRole',
            ...(trust ? { Condition: trust } : {}),
          },
        ],
      },
      Policies: [
        { PolicyName: 'own-work', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      ],
    },
  };
}

/** `${AWS::…}` becomes CloudFormation's to fill, wherever it stands in a statement. */
export function substituted(statement: object): object {
  return filled(statement) as object;
}

function filled(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('${AWS::') ? { 'Fn::Sub': value } : value;
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
}
