/**
 * ElastiCache for Redis OSS or Valkey (R30): subnet group and one replication group, encrypted at rest and in transit, in the
 * base default security group, with a replica at least, to which it fails over by itself, over the zones. A second run finds it by
 * its name, and reads its tags once it has settled. A group that an earlier run left as `create-failed` never
 * held data and blocks the name: it is deleted and made anew. `remove.ts` beside this file takes it back.
 */
import {
  CreateCacheSubnetGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  ElastiCacheClient,
  paginateDescribeEvents,
  type Tag,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { replicationGroupStatuses } from '#lib/aws/statuses.ts';
import { acceptsSubnets, fitsNetwork, networkOf } from '#lib/data/network.ts';
import { assertOrigin } from '#lib/data/origin.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { names } from '#lib/ownership/names.ts';
import { withTags } from '#lib/ownership/tagged.ts';
import { createdByTag, tagList, tagValue } from '#lib/ownership/tags.ts';
import { secondsAfterRequest, secondsBesideControlPlane } from '#lib/run/cadence.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { assertKnownStatus } from '#lib/run/known-status.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { changeGroup } from './change.ts';
import { createReplicationGroup } from './create.ts';
import { findReplicationGroup, findSubnetGroup, tagsOf, tagsOfGroup } from './observe.ts';
import { tagCache } from './tags.ts';
import { ensureUsers } from './users.ts';

/** Seconds (aws-facts 0.6, 15): five minutes at the least, usually more. */
const groupSeconds = 360;

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment } = context;
  const elasticache = client(ElastiCacheClient, environment);
  const id = names(environment).replicationGroup;
  const group = await findReplicationGroup(elasticache, id);
  if (!group) return request(elasticache, context);
  const detail = `ElastiCache replication group ${id} is ${group.Status}`;
  assertKnownStatus(`replication group ${id}`, replicationGroupStatuses, group.Status);
  if (group.Status !== 'available' && group.Status !== 'create-failed')
    return pending(detail, secondsBesideControlPlane(context, group.ReplicationGroupCreateTime, true));
  const tags = await tagsOfGroup(elasticache, group);
  assertOwned(`replication group ${id}`, tags, environment);
  if (group.Status === 'create-failed') return replaceFailed(elasticache, context, id, tags);
  assertOrigin(`replication group ${id}`, tags, environment.elasticache.restoreFrom);
  const isOfThisRun = tagValue(tags, createdByTag) === environment.execution;
  const changing = await changeGroup(elasticache, context, group, isOfThisRun);
  if (changing) return changing;
  const { replicas } = environment.elasticache;
  return ready(`${detail} with ${replicas} replica${replicas === 1 ? '' : 's'}`);
}

/** Subnet group and replication group in one look: the subnet group is complete when its call returns. */
async function request(elasticache: ElastiCacheClient, context: StepContext): Promise<StepOutcome> {
  const { environment, elapsedSeconds } = context;
  const { replicationGroup, cacheSubnetGroup } = names(environment);
  const network = networkOf(context, 'elasticache');
  const subnetGroup = await findSubnetGroup(elasticache, cacheSubnetGroup);
  if (subnetGroup) {
    const tags = await tagsOf(elasticache, subnetGroup);
    assertOwned(`subnet group ${cacheSubnetGroup}`, tags, environment);
    if (!fitsNetwork(subnetGroup, network)) {
      await tolerating(['gone'], () =>
        elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: cacheSubnetGroup })),
      );
      return pending(`ElastiCache subnet group ${cacheSubnetGroup} of an earlier VPC is being replaced`, 2);
    }
  } else {
    const create = new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName: cacheSubnetGroup,
      CacheSubnetGroupDescription: `ElastiCache of AosCloud environment ${environment.name}`,
      SubnetIds: [...network.subnetIds],
      Tags: tagList(environment, 'elasticache/subnet-group'),
    });
    // `exists`: the answer to the SDK's first attempt was lost.
    const asked = await acceptsSubnets(elapsedSeconds, () =>
      tolerating(['exists'], () => elasticache.send(create)),
    );
    if (!asked) return { ...pending('ElastiCache does not see the new subnets yet', 5), requested: false };
  }
  const settling = await ensureUsers(elasticache, environment);
  if (settling) return settling;
  await createReplicationGroup(elasticache, environment, network.securityGroupId);
  return pending(
    `ElastiCache replication group ${replicationGroup} is being created`,
    secondsAfterRequest(context, groupSeconds),
  );
}

/** The group of an earlier run makes room; one of this run is not tried again, it would fail again. */
async function replaceFailed(
  elasticache: ElastiCacheClient,
  context: StepContext,
  id: string,
  tags: readonly Tag[],
): Promise<StepOutcome> {
  if (tagValue(tags, createdByTag) === context.environment.execution) {
    throw new ResourceFailedError(
      `replication group ${id} is create-failed: ${await failureReason(elasticache, id)}`,
      'choose another node type or other zones where AWS has no capacity, then run again; the failed group is replaced',
    );
  }
  await tolerating(['gone'], () =>
    elasticache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id })),
  );
  return pending(`ElastiCache replication group ${id} of an earlier run failed and is being replaced`, 30);
}

/** The group itself says nothing; its events, or those of its members (`<id>-001`), do. */
async function failureReason(elasticache: ElastiCacheClient, id: string): Promise<string> {
  const events = await allPages(
    paginateDescribeEvents({ client: elasticache }, { Duration: 24 * 60 }),
    (page) => page.Events,
  );
  const messages = events.flatMap(({ SourceIdentifier, Message }) =>
    SourceIdentifier?.startsWith(id) && Message ? [Message] : [],
  );
  return messages.length > 0 ? messages.join('; ') : 'AWS gives no reason in its events';
}

export const handler = stepHandler('elasticache', 'ensure', withTags(ensure, tagCache));
