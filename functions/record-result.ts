/** The run ended well: outputs and attestation go into the registry, the lock is released. */
import type { EnvironmentPlan } from '#lib/environment.ts';
import { lambdaHandler } from '#lib/handler.ts';
import { type Execution, releaseEnvironment } from '#lib/registry.ts';

export interface RecordResultEvent {
  readonly environment: EnvironmentPlan;
  readonly verification: { readonly rules: readonly unknown[]; readonly outputs: unknown };
  readonly execution: Execution;
}

export async function recordResult(event: RecordResultEvent): Promise<{ status: 'READY' }> {
  const { environment, verification, execution } = event;
  await releaseEnvironment(
    environment.name,
    execution.id,
    { status: 'READY', readyAt: new Date().toISOString(), outputs: verification.outputs },
    ['failure'],
  );
  return { status: 'READY' };
}

export const handler = lambdaHandler('record-result', recordResult);
