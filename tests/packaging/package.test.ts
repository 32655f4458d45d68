import { beforeAll, describe, expect, it } from 'vitest';
import { type Packaged, packaged, statementsOf } from './packaged.ts';
import { rolesSuite } from './roles.ts';
import { templateSuite } from './template.ts';

let dev: Packaged;
let prod: Packaged;

beforeAll(async () => {
  // One after the other: both write the same artifacts.
  dev = await packaged('dev');
  prod = await packaged('prod');
}, 120_000);

describe('the packaged template', () => templateSuite(() => dev));
describe('the roles', () => rolesSuite(() => dev));

describe('stages', () => {
  const publicEndpointIsDenied = ({ template }: Packaged) =>
    statementsOf(template.Resources.EksClusterEnsureRole).some(
      ({ Effect, Condition }) => Effect === 'Deny' && Condition.Bool?.['eks:endpointPublicAccess'] === 'true',
    );

  it('deny public cluster endpoints but where a parameter allows them', () => {
    expect(publicEndpointIsDenied(dev)).toBe(false);
    expect(publicEndpointIsDenied(prod)).toBe(true);
  });

  it('differ in names, so that two fit into one account', () => {
    const named = ({ template }: Packaged) =>
      Object.values(template.Resources).flatMap(({ Properties }) =>
        [
          'FunctionName',
          'StateMachineName',
          'TableName',
          'QueueName',
          'TopicName',
          'LogGroupName',
          'DashboardName',
        ]
          .map((property) => Properties?.[property])
          .filter((name) => typeof name === 'string'),
      );
    const ofProd = new Set(named(prod));
    expect(ofProd.size).toBeGreaterThan(50);
    expect(named(dev).filter((name) => ofProd.has(name))).toEqual([]);
  });
});
