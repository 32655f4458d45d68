/** The run ended well: outputs and attestation go into the registry, the lock is released, others are told. */
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { emit } from '#lib/run/events.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { concludeEnvironment, type Execution } from '#lib/run/registry.ts';

export interface RecordResultEvent {
  readonly environment: EnvironmentPlan;
  readonly verification: { readonly rules: readonly unknown[]; readonly outputs: unknown };
  readonly execution: Execution;
}

export async function recordResult(event: RecordResultEvent): Promise<{ status: 'READY' }> {
  const { environment, verification, execution } = event;
  await concludeEnvironment(
    environment.name,
    execution,
    {
      status: 'READY',
      readyAt: new Date().toISOString(),
      outputs: verification.outputs,
      made: environment,
      tagKeys: Object.keys(environment.tags),
    },
    ['failure', 'drift', 'changing'],
  );
  await emit('Environment Ready', {
    environment: environment.name,
    region: environment.region,
    account: environment.account,
    execution: execution.name,
    outputs: verification.outputs,
  });
  return { status: 'READY' };
}

export const handler = lambdaHandler('record-result', recordResult);
