/** One part of the step on its own: EC2 behind a mock that answers what a test arranges, on a clock that stands still. */
import {
  EC2Client,
  type EC2ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  type Tag,
} from '@aws-sdk/client-ec2';
import { type AwsStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, vi } from 'vitest';
import { tagList } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';
import { samplePlan } from './plan.ts';

export const plan = samplePlan();
const now = Date.parse('2026-11-01T00:00:00Z');

type Ec2 = AwsStub<ServiceInputTypes, ServiceOutputTypes, EC2ClientResolvedConfig>;

/** Filled anew before each test of the file that asks for it. */
export function mockedEc2(): { ec2: Ec2 } {
  const holder = {} as { ec2: Ec2 };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    holder.ec2 = mockClient(EC2Client);
  });
  afterEach(() => {
    holder.ec2.restore();
    vi.useRealTimers();
  });
  return holder;
}

export function contextOf(
  resources: Resources = {},
  environment: EnvironmentPlan = plan,
): StepContext & { readonly kept: Resources[] } {
  const kept: Resources[] = [];
  return { environment, resources, elapsedSeconds: 0, keep: (found) => kept.push(found), kept };
}

export function ago(seconds: number): Date {
  return new Date(now - seconds * 1000);
}

export function madeAgo(seconds: number, ...ids: string[]): Resources {
  return { madeAt: Object.fromEntries(ids.map((id) => [id, ago(seconds).toISOString()])) };
}

export function tagsOf(component: string, environment: EnvironmentPlan = plan): Tag[] {
  return tagList(environment, component);
}

/** As a client throws it. */
export function refusal(operation: string, name: string, message = name): Error {
  return Object.assign(new Error(message), { name, operation, $metadata: {} });
}
