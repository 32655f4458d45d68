/** The four network steps one after the other, and faults put into their calls. */
import { EC2Client } from '@aws-sdk/client-ec2';
import type { CallRecord, Fault } from '#embedded/engine.ts';
import { ensure as ensureEndpoints } from '#functions/endpoints/ensure.ts';
import { ensure as ensureRouting } from '#functions/routing/ensure.ts';
import { ensure as ensureSecurityGroups } from '#functions/security-groups/ensure.ts';
import { ensure as ensureVpc } from '#functions/vpc/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import type { StepName } from '#lib/run/steps.ts';
import { type TestAws, untilDone } from './embedded.ts';
import { samplePlan } from './plan.ts';

const ensures = [
  ['vpc', ensureVpc],
  ['routing', ensureRouting],
  ['endpoints', ensureEndpoints],
  ['security-groups', ensureSecurityGroups],
] as const;

/** Ensures the steps up to `last`, and answers every id known then. */
export async function ensureNetwork(
  test: TestAws,
  plan: EnvironmentPlan,
  last: StepName = 'security-groups',
): Promise<Resources> {
  let resources: Resources = {};
  for (const [step, ensure] of ensures) {
    resources = (await untilDone(test, step, ensure, plan, resources)).answer.resources;
    if (step === last) return resources;
  }
  return resources;
}

/** For arranging what somebody else did. */
export function ec2(): EC2Client {
  return client(EC2Client, samplePlan());
}

/** Longer than EC2 hides what was made a moment ago. */
export const settledSeconds = 5;

/** How many of each type exist. */
export function countsOf(test: TestAws): Record<string, number> {
  const inventory = Object.entries(test.aws.inventory(samplePlan().region));
  return Object.fromEntries(inventory.map(([type, ids]) => [type, ids.length]));
}

export function mutationsOf(test: TestAws, operation: string): CallRecord[] {
  return test.aws.mutations.filter((call) => call.operation === operation);
}

/** A fault for the first call of `operation` from now on that AWS itself does not refuse. */
export function once(
  test: TestAws,
  operation: string,
  fault: Fault,
): (call: CallRecord) => Fault | undefined {
  const before = mutationsOf(test, operation).length;
  return (call) =>
    call.operation === operation && mutationsOf(test, operation).length === before ? fault : undefined;
}

/** Runs until the first call of `operation` takes effect, where the process dies. */
export async function killedAfter(
  test: TestAws,
  operation: string,
  run: () => Promise<unknown>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    test.aws.inject = once(test, operation, { kind: 'kill', effect: true, onKill: resolve });
    run().then(() => reject(new Error(`${operation} was never called`)), reject);
  });
  test.aws.inject = undefined;
}
