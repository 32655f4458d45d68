/** What runs are kept and told with, logs, load balancers, quotas. */

import {
  anywhere,
  arnIn,
  carrying,
  named,
  on,
  type Row,
  type Rows,
  requestTags,
  type Target,
} from '#embedded/authorization/request.ts';
import type { Call } from '#embedded/model.ts';
import { tagsOfLogGroup } from '#embedded/services/logs.ts';

const table =
  (action: string): Row =>
  (input, call) =>
    on(`dynamodb:${action}`, [named(arnIn(call, 'dynamodb', `table/${input.TableName}`))]);

const execution =
  (action: string): Row =>
  (input) =>
    on(`states:${action}`, [named(input.executionArn)]);

/** Judged with a tail, as in IAM's words: `…:log-group:<name>:log-stream:`. Tagging calls take an ARN without it. */
const logGroup =
  (action: string): Row =>
  (input, call) =>
    on(
      `logs:${action}`,
      [named(`${groupArn(call, input.logGroupName)}:log-stream:`)],
      requestTags(input.tags),
    );

export const groupArn = (call: Call, name: string) => arnIn(call, 'logs', `log-group:${name}`);

const logGroupByArn = (call: Call, arn: string): Target => carrying(arn, tagsOfLogGroup(call, arn));

/** Both generations of the API, one set of actions. */
const balancers: Rows = Object.fromEntries(
  ['elb', 'elbv2'].flatMap((service) =>
    ['DescribeLoadBalancers', 'DescribeTags'].map((action) => [
      `${service}:${action}`,
      () => anywhere(`elasticloadbalancing:${action}`),
    ]),
  ),
);

export const controlRows: Rows = {
  'dynamodb:GetItem': table('GetItem'),
  'dynamodb:PutItem': table('PutItem'),
  'dynamodb:UpdateItem': table('UpdateItem'),
  'dynamodb:DeleteItem': table('DeleteItem'),
  'dynamodb:Query': table('Query'),
  'dynamodb:Scan': table('Scan'),
  'states:StartExecution': (input) => on('states:StartExecution', [named(input.stateMachineArn)]),
  'states:ListExecutions': (input) => on('states:ListExecutions', [named(input.stateMachineArn)]),
  'states:DescribeExecution': execution('DescribeExecution'),
  'states:StopExecution': execution('StopExecution'),
  'events:PutEvents': (input, call) =>
    (input.Entries as { EventBusName?: string }[]).flatMap(({ EventBusName = 'default' }) =>
      on('events:PutEvents', [named(arnIn(call, 'events', `event-bus/${EventBusName}`))]),
    ),
  // Secrets Manager judges the secret's full ARN: its name, a hyphen and six characters of its own.
  'secretsmanager:GetSecretValue': (input, call) =>
    on('secretsmanager:GetSecretValue', [
      named(
        String(input.SecretId).startsWith('arn:')
          ? input.SecretId
          : arnIn(call, 'secretsmanager', `secret:${input.SecretId}-??????`.replaceAll('?', 'x')),
      ),
    ]),
  'servicequotas:GetServiceQuota': (input, call) =>
    on('servicequotas:GetServiceQuota', [
      named(arnIn(call, 'servicequotas', `${input.ServiceCode}/${input.QuotaCode}`), {
        'servicequotas:service': input.ServiceCode,
      }),
    ]),
  'servicequotas:GetAWSDefaultServiceQuota': () => anywhere('servicequotas:GetAWSDefaultServiceQuota'),
  'logs:DescribeLogGroups': () => anywhere('logs:DescribeLogGroups'),
  'logs:CreateLogGroup': logGroup('CreateLogGroup'),
  'logs:DeleteLogGroup': logGroup('DeleteLogGroup'),
  'logs:PutRetentionPolicy': logGroup('PutRetentionPolicy'),
  'logs:TagResource': (input, call) =>
    on('logs:TagResource', [logGroupByArn(call, input.resourceArn)], requestTags(input.tags)),
  'logs:UntagResource': (input, call) =>
    on('logs:UntagResource', [logGroupByArn(call, input.resourceArn)], { 'aws:TagKeys': input.tagKeys }),
  'logs:ListTagsForResource': (input) => on('logs:ListTagsForResource', [named(input.resourceArn)]),
  ...balancers,
};
