/** The instances of a database cluster: made, described, and replaced where an earlier run left a broken one. */
import type { Tag } from '@aws-sdk/client-docdb';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { createdByTag, isOwned, tagList, tagValue } from '#lib/ownership/tags.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import type { ServiceNetwork } from './network.ts';
import { tagsOfInstance } from './observe.ts';
import { successorOf, writerOf } from './readers.ts';
import type { DatabaseCalls, DatabaseCluster, DatabaseInstance, DatabaseService } from './service.ts';
import { adviceFor, conditionOf } from './status.ts';

/** One look at one database. */
export interface Look {
  readonly service: DatabaseService;
  readonly context: StepContext;
  readonly calls: DatabaseCalls;
  readonly network: ServiceNetwork;
  /** The cluster's. */
  readonly identifier: string;
  readonly subnetGroup: string;
}

/** Seconds. A failover typically takes under 35 (Aurora user guide, "High availability for Amazon Aurora"). */
const replaceSeconds = 60;
const failoverSeconds = 30;

/** All at once: the cluster is available, and the first that comes up is its writer. */
export async function createInstances(look: Look, missing: readonly string[]): Promise<void> {
  const { service, context, calls, identifier } = look;
  const { environment } = context;
  const plan = service.plan(environment);
  await forEach(missing, 3, async (name) => {
    const index = Number(name.slice(identifier.length + 1)) - 1;
    const made = await tolerating(['exists'], () =>
      calls.createInstance({
        DBInstanceIdentifier: name,
        DBInstanceClass: plan.instanceClass,
        Engine: service.engine,
        DBClusterIdentifier: identifier,
        AvailabilityZone: plan.instanceZones[index],
        // Failover prefers the lower tier. AWS knows 0 to 15, and a plan has at most 16 instances.
        PromotionTier: index,
        AutoMinorVersionUpgrade: true,
        Tags: tagList(environment, `${service.step}/instance-${index + 1}`),
      }),
    );
    if (!made) await assertMember(look, name);
  });
}

/** The name is taken: by the instance whose answer was lost, or by one outside the cluster, which stays missing. */
async function assertMember(look: Look, name: string): Promise<void> {
  const { calls, identifier } = look;
  const found = await allPages(
    calls.instancePages({ DBInstanceIdentifier: name }),
    (page) => page.DBInstances,
  );
  if (found.every((instance) => instance.DBClusterIdentifier === identifier)) return;
  throw new NotOurResourceError(
    `instance ${name} exists already outside cluster ${identifier}`,
    'remove or rename it, or choose another environment name, then run again',
  );
}

/**
 * An instance of an earlier run that broke makes room for a new one; its data is the cluster's. One of this
 * run is not tried again: it would break again, so every instance is replaced at most once a run.
 */
export async function replaceInstances(
  look: Look,
  cluster: DatabaseCluster,
  instances: readonly DatabaseInstance[],
  stuck: readonly DatabaseInstance[],
): Promise<StepOutcome> {
  const { service, context, calls } = look;
  const { environment } = context;
  const tagged = await forEach(stuck, 3, async (instance) => ({
    instance,
    tags: await tagsOfInstance(calls, instance),
  }));
  for (const { instance, tags } of tagged) {
    if (isReplaceable(instance, tags, environment)) continue;
    throw new ResourceFailedError(
      describeInstances(service, [instance]),
      `${adviceFor(instance.DBInstanceStatus)}`,
    );
  }
  const handing = await handOver(look, cluster, instances, stuck);
  if (handing) return handing;
  // Without a successor nothing works that a delete could end.
  await forEach(stuck, 3, (instance) => tolerating(['gone'], () => calls.deleteInstance(instance)));
  return pending(`${describeInstances(service, stuck)}: being replaced`, replaceSeconds);
}

/** A broken writer hands over to an instance that works, where there is one, before it goes. */
async function handOver(
  { service, calls, identifier }: Look,
  cluster: DatabaseCluster,
  instances: readonly DatabaseInstance[],
  stuck: readonly DatabaseInstance[],
): Promise<StepOutcome | undefined> {
  const writer = writerOf(cluster);
  if (!stuck.some(({ DBInstanceIdentifier: name }) => name === writer)) return undefined;
  const successor = successorOf(cluster, instances, stuck)?.DBInstanceIdentifier;
  if (!successor) return undefined;
  await calls.failoverCluster({ DBClusterIdentifier: identifier, TargetDBInstanceIdentifier: successor });
  return pending(
    `${service.title} cluster ${identifier} fails over from ${writer}, which is broken, to ${successor}`,
    failoverSeconds,
  );
}

function isReplaceable(
  instance: DatabaseInstance,
  tags: readonly Tag[],
  environment: StepContext['environment'],
): boolean {
  if (conditionOf(instance.DBInstanceStatus) !== 'broken') return false;
  return isOwned(tags, environment) && tagValue(tags, createdByTag) !== environment.execution;
}

export function describeInstances(service: DatabaseService, instances: readonly DatabaseInstance[]): string {
  const each = instances.map(
    (instance) => `${instance.DBInstanceIdentifier} is ${instance.DBInstanceStatus}`,
  );
  return `${service.title} instance ${each.join(', ')}`;
}
