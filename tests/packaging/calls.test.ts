/** Whole runs, each call judged by the role of the function that makes it. */
import { expect, it } from 'vitest';
import type { Judgement } from '#local/aws/authorization/authorizer.ts';
import { failAt } from '#local/fail-at.ts';
import { functionPermissions } from '#local/permissions.ts';
import { devRemoval, devRequest, runMachine } from '../support/workflow.ts';

const fullRequest = {
  ...devRequest,
  size: 'medium',
  deletionProtection: true,
  eks: { administrators: ['arn:aws:iam::111122223333:role/platform-admin'] },
  loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }] },
  elasticache: { authentication: 'iam' },
};

const unprotectedRequest = { ...fullRequest, deletionProtection: false, loadBalancer: { ingress: [] } };

it('allows every call that whole runs make, and every one AWS makes for them', {
  timeout: 120_000,
}, async () => {
  const judged = new Map<string, Judgement>();
  const authorize = functionPermissions({
    onJudgement: (judgement) => {
      const { principal, request } = judgement;
      judged.set(`${principal.name} ${request.action} ${request.resource}`, judgement);
    },
  });
  const made = await runMachine('provision', fullRequest, { authorize, name: 'made' });
  expect(made.result.cause).toBeUndefined();
  const unprotected = await runMachine('provision', unprotectedRequest, {
    authorize,
    from: made.store.snapshot(),
    name: 'changed',
  });
  expect(unprotected.result.cause).toBeUndefined();
  const removed = await runMachine(
    'deprovision',
    { ...devRemoval, deleteLogs: true },
    {
      authorize,
      from: unprotected.store.snapshot(),
      name: 'removed',
    },
  );
  expect(removed.result.cause).toBeUndefined();
  const failed = await runMachine('provision', fullRequest, {
    authorize,
    inject: failAt('eks-nodes'),
    name: 'failed',
  });
  expect(failed.result.cause).toContain('Everything this run made was taken back.');

  const refused = [...judged].filter(([, { decision }]) => decision !== 'allowed');
  expect(refused.map(([what]) => what)).toEqual([]);
  expect(judged.size).toBeGreaterThan(400);
});
