import { describe, expect, it } from 'vitest';
import { readEnvironment } from '#lib/run/registry.ts';
import { stepNames } from '#lib/run/steps.ts';
import { failAt } from '#local/fail-at.ts';
import { countsOf, devRemoval, devRequest, runMachine } from '../support/workflow.ts';

describe('a run that fails', () => {
  it.each(stepNames)('at %s takes back all it made and ends with the first cause', async (step) => {
    const run = await runMachine('provision', devRequest, { inject: failAt(step), name: 'run' });
    expect(run.result).toMatchObject({ status: 'FAILED', error: 'AwsRefusedError' });
    expect(run.result.cause).toMatch(
      new RegExp(`^${step}: \\w+:\\w+ was refused with AccessDenied: .*What to do: `),
    );
    expect(run.result.cause).toContain('Everything this run made was taken back.');
    expect(run.resources).toEqual({});
    const item = await readEnvironment('dev');
    expect(item).toMatchObject({
      status: 'FAILED',
      failure: { step, code: 'AccessDenied', execution: 'run' },
    });
    expect(item?.lock).toBeUndefined();
  });

  it('keeps what it made when the request says keep, and the next run continues', async () => {
    const request = { ...devRequest, onFailure: 'keep' };
    const failed = await runMachine('provision', request, { inject: failAt('aurora'), name: 'run-1' });
    expect(failed.result.status).toBe('FAILED');
    expect(failed.result.cause).toContain('was kept');
    const [vpc] = failed.resources['ec2:vpc'] as string[];
    const next = await runMachine('provision', request, { from: failed.store.snapshot(), name: 'run-2' });
    expect(next.result.status).toBe('SUCCEEDED');
    expect(next.resources['ec2:vpc']).toEqual([vpc]);
  });

  it('over a healthy environment touches nothing that was there before', async () => {
    const healthy = await runMachine('provision', devRequest, { name: 'run-1' });
    const wish = {
      ...devRequest,
      aurora: { instances: 2 },
      loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }] },
    };
    const failed = await runMachine('provision', wish, {
      from: healthy.store.snapshot(),
      inject: failAt('aurora'),
      name: 'run-2',
    });
    expect(failed.result).toMatchObject({ status: 'FAILED' });
    expect(failed.resources).toEqual(healthy.resources);
  });

  it('takes back protected databases, which never held data', async () => {
    const request = { ...devRequest, deletionProtection: true };
    const run = await runMachine('provision', request, { inject: failAt('eks-nodes'), name: 'run' });
    expect(run.result.status).toBe('FAILED');
    expect(run.resources).toEqual({});
  });
});

describe('a removal', () => {
  it('leaves nothing but final snapshots and the logs of the databases', async () => {
    const made = await runMachine('provision', devRequest, { name: 'run' });
    const removed = await runMachine('deprovision', devRemoval, {
      from: made.store.snapshot(),
      name: 'removal',
    });
    expect(removed.result.status, removed.result.cause).toBe('SUCCEEDED');
    expect(countsOf(removed.resources)).toEqual({
      'docdb:db-cluster-snapshot': 1,
      'elasticache:snapshot': 1,
      'logs:log-group': 3,
      'rds:db-cluster-snapshot': 1,
    });
    expect(await readEnvironment('dev')).toMatchObject({ status: 'GONE' });
  });

  it('leaves nothing at all where neither final snapshots nor logs are wished', async () => {
    const made = await runMachine('provision', devRequest, { name: 'run' });
    const input = { ...devRemoval, finalSnapshots: false, deleteLogs: true };
    const removed = await runMachine('deprovision', input, { from: made.store.snapshot(), name: 'removal' });
    expect(removed.resources).toEqual({});
  });

  it('of a protected environment is refused whole, before the first delete', async () => {
    const made = await runMachine('provision', { ...devRequest, deletionProtection: true }, { name: 'run' });
    const refused = await runMachine('deprovision', devRemoval, {
      from: made.store.snapshot(),
      name: 'removal',
    });
    expect(refused.result).toMatchObject({ status: 'FAILED', error: 'RemovalBlockedError' });
    expect(refused.result.cause).toContain('aoscloud-dev-aurora');
    expect(refused.resources).toEqual(made.resources);
    const trick = { ...devRemoval, createdBy: 'run', finalSnapshots: false };
    const tricked = await runMachine('deprovision', trick, { from: made.store.snapshot(), name: 'trick' });
    expect(tricked.result).toMatchObject({ status: 'FAILED', error: 'RemovalBlockedError' });
    expect(tricked.resources).toEqual(made.resources);
  });

  it('without the name repeated is refused', async () => {
    const made = await runMachine('provision', devRequest, { name: 'run' });
    const input = { ...devRemoval, confirm: 'prod' };
    const refused = await runMachine('deprovision', input, { from: made.store.snapshot(), name: 'removal' });
    expect(refused.result).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
    expect(refused.resources).toEqual(made.resources);
  });

  it('of what is not there succeeds', async () => {
    const removed = await runMachine('deprovision', devRemoval, { name: 'removal' });
    expect(removed.result.status).toBe('SUCCEEDED');
  });
});
