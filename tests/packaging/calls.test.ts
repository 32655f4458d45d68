import { expect, it } from 'vitest';
import type { EngineOptions } from '#local/aws/engine.ts';
import { failAt } from '#local/fail-at.ts';
import { currentInvocation } from '#local/lambda.ts';
import { functionRoles } from '../../serverless/functions.ts';
import { devRemoval, devRequest, type RunOptions, runMachine } from '../support/workflow.ts';
import { needsNoPermission } from './actions.ts';
import { type Resource, statementsOf } from './packaged.ts';

/** SDK packages of this project whose operations IAM knows under another prefix. */
const iamPrefix: Readonly<Record<string, string>> = {
  docdb: 'rds',
  efs: 'elasticfilesystem',
  elb: 'elasticloadbalancing',
  elbv2: 'elasticloadbalancing',
};

/** What each function has called so far: `VpcEnsure ec2:CreateVpc`. */
const called = new Set<string>();

function recording(inject?: EngineOptions['inject']): RunOptions {
  return {
    inject: (call) => {
      const [service, action] = call.operation.split(':') as [string, string];
      const key = currentInvocation()?.functionKey;
      if (key) called.add(`${key} ${iamPrefix[service] ?? service}:${action}`);
      return inject?.(call);
    },
  };
}

const fullRequest = {
  ...devRequest,
  size: 'medium',
  deletionProtection: true,
  eks: { administrators: ['arn:aws:iam::111122223333:role/platform-admin'] },
  loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }] },
};

const unprotectedRequest = { ...fullRequest, deletionProtection: false, loadBalancer: { ingress: [] } };

it('allows every call that whole runs make', { timeout: 120_000 }, async () => {
  const made = await runMachine('provision', fullRequest, { ...recording(), name: 'made' });
  expect(made.result.status).toBe('SUCCEEDED');
  const unprotected = await runMachine('provision', unprotectedRequest, {
    ...recording(),
    from: made.store.snapshot(),
    name: 'changed',
  });
  expect(unprotected.result.cause).toBeUndefined();
  expect(unprotected.result.status).toBe('SUCCEEDED');
  const removed = await runMachine('deprovision', devRemoval, {
    ...recording(),
    from: unprotected.store.snapshot(),
    name: 'removed',
  });
  expect(removed.result.status).toBe('SUCCEEDED');
  const failed = await runMachine('provision', fullRequest, {
    ...recording(failAt('eks-nodes')),
    name: 'failed',
  });
  expect(failed.result.status).toBe('FAILED');

  const roles = functionRoles(false) as Record<string, Resource>;
  const refused = [...called].filter((entry) => {
    const [key, action] = entry.split(' ') as [string, string];
    return (
      !(action in needsNoPermission) &&
      !statementsOf(roles[`${key}Role`]).some(
        (statement) => statement.Effect === 'Allow' && statement.Action.includes(action),
      )
    );
  });
  expect(called.size).toBeGreaterThan(150);
  expect(refused).toEqual([]);
});
