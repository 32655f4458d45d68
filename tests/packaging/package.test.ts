import { beforeAll, describe, expect, it } from 'vitest';
import { configured, type Packaged, packaged, statementsOf } from './packaged.ts';
import { rolesSuite } from './roles.ts';
import { templateSuite } from './template.ts';

let dev: Packaged;

beforeAll(async () => {
  dev = await packaged('dev');
}, 120_000);

describe('the packaged template', () => templateSuite(() => dev));
describe('the roles', () => rolesSuite(() => dev));

describe('stages', () => {
  it('deny public cluster endpoints but where a parameter allows them', async () => {
    const prod = await configured('prod');
    const fromProd = prod.resources.Resources.EksClusterEnsureRole;
    const deniesPublic = (role: Parameters<typeof statementsOf>[0]) =>
      statementsOf(role).some(
        ({ Effect, Condition }) =>
          Effect === 'Deny' && Condition.BoolIfExists?.['eks:endpointPublicAccess'] === 'true',
      );
    expect(deniesPublic(dev.template.Resources.EksClusterEnsureRole)).toBe(false);
    expect(deniesPublic(fromProd)).toBe(true);
  });

  it('start no removal for an event that poses as a nested run', () => {
    const { Properties } = dev.template.Resources.RetiredRule as { Properties: { EventPattern: object } };
    expect(Properties.EventPattern).toMatchObject({
      detail: { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: [{ exists: false }] },
    });
  });

  it('are part of every name, so that two fit into one account', () => {
    const properties = [
      'FunctionName',
      'StateMachineName',
      'TableName',
      'QueueName',
      'TopicName',
      'LogGroupName',
    ];
    const named = Object.values(dev.template.Resources).flatMap(({ Properties }) =>
      properties.map((property) => Properties?.[property]).filter((name) => typeof name === 'string'),
    );
    expect(named.length).toBeGreaterThan(50);
    for (const name of named) expect(name).toContain('aoscloud-provisioning-dev');
  });
});
