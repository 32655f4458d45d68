/**
 * Who may speak to Redis, where the request asks for IAM: one user that signs in with a short-lived token of its IAM
 * identity, so that there is still no password to keep (R32), and the user `default`, which every group must have,
 * switched off (ElastiCache user guide, "Authenticating with IAM", "Role-Based Access Control"). Made before the
 * replication group, found by their ids, removed after it. Of Redis OSS whatever the engine: Valkey takes their group, too, and
 * one of its own has no room for a user without a password, however switched off ("Role-Based Access Control").
 */
import {
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteUserCommand,
  DeleteUserGroupCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  type ElastiCacheClient,
  type ReplicationGroup,
  type User,
  type UserGroup,
} from '@aws-sdk/client-elasticache';
import { tolerating } from '#lib/aws/errors.ts';
import { cacheUserStatuses } from '#lib/aws/statuses.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { tagList } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { assertKnownStatus } from '#lib/run/known-status.ts';
import { pending, type StepOutcome } from '#lib/run/step.ts';
import { tagsOf } from './observe.ts';

const userSeconds = 5;
const groupSeconds = 15;

function plannedUsers(target: EnvironmentTarget) {
  const { cacheUser, cacheDefaultUser } = names(target);
  return [
    // With IAM, a user's id and name must be the same.
    {
      UserId: cacheUser,
      UserName: cacheUser,
      AccessString: 'on ~* &* +@all',
      AuthenticationMode: { Type: 'iam' as const },
    },
    {
      UserId: cacheDefaultUser,
      UserName: 'default',
      AccessString: 'off ~* -@all',
      AuthenticationMode: { Type: 'no-password-required' as const },
    },
  ];
}

/** The user group of the replication group, where there is to be one. */
export function userGroupOf(environment: EnvironmentPlan): string | undefined {
  return environment.elasticache.authentication === 'iam' ? names(environment).cacheUserGroup : undefined;
}

/** Undefined once users and group are active, or none are wished. */
export async function ensureUsers(
  elasticache: ElastiCacheClient,
  environment: EnvironmentPlan,
): Promise<StepOutcome | undefined> {
  const UserGroupId = userGroupOf(environment);
  if (!UserGroupId) return undefined;
  const planned = plannedUsers(environment);
  for (const wish of planned) {
    const found = await findUser(elasticache, wish.UserId);
    if (found) {
      assertOwned(`user ${wish.UserId}`, await tagsOf(elasticache, found), environment);
      assertKnownStatus(`user ${wish.UserId}`, cacheUserStatuses, found.Status);
      if (found.Status === 'active') continue;
      return pending(`ElastiCache user ${wish.UserId} is ${found.Status}`, userSeconds);
    }
    // `exists`: the answer to the SDK's first attempt was lost.
    await tolerating(['exists'], () =>
      elasticache.send(
        new CreateUserCommand({ ...wish, Engine: 'redis', Tags: tagList(environment, 'elasticache/user') }),
      ),
    );
  }
  const group = await findUserGroup(elasticache, UserGroupId);
  if (!group) {
    await tolerating(['exists'], () =>
      elasticache.send(
        new CreateUserGroupCommand({
          UserGroupId,
          Engine: 'redis',
          UserIds: planned.map(({ UserId }) => UserId),
          Tags: tagList(environment, 'elasticache/user-group'),
        }),
      ),
    );
    return pending(`ElastiCache user group ${UserGroupId} is being created`, groupSeconds);
  }
  assertOwned(`user group ${UserGroupId}`, await tagsOf(elasticache, group), environment);
  assertKnownStatus(`user group ${UserGroupId}`, cacheUserStatuses, group.Status);
  return group.Status === 'active'
    ? undefined
    : pending(`ElastiCache user group ${UserGroupId} is ${group.Status}`, groupSeconds);
}

/** Without a replication group that uses them: group, then users. Undefined when nothing of this removal is left. */
export async function removeUsers(
  elasticache: ElastiCacheClient,
  target: RemovalTarget,
  staying: ReplicationGroup | undefined,
): Promise<StepOutcome | undefined> {
  const { cacheUserGroup } = names(target);
  if (staying?.UserGroupIds?.includes(cacheUserGroup)) return undefined;
  const group = await findUserGroup(elasticache, cacheUserGroup);
  if (group && isInScope(await tagsOf(elasticache, group), target)) {
    if (group.Status !== 'deleting')
      await tolerating(['gone'], () =>
        elasticache.send(new DeleteUserGroupCommand({ UserGroupId: cacheUserGroup })),
      );
    return pending(`ElastiCache user group ${cacheUserGroup} is being deleted`, groupSeconds);
  }
  const going: string[] = [];
  for (const { UserId } of plannedUsers(target)) {
    const user = await findUser(elasticache, UserId);
    if (!user || !isInScope(await tagsOf(elasticache, user), target)) continue;
    going.push(UserId);
    if (user.Status !== 'deleting')
      await tolerating(['gone'], () => elasticache.send(new DeleteUserCommand({ UserId })));
  }
  return going.length > 0
    ? pending(`ElastiCache users ${going.join(', ')} are being deleted`, userSeconds)
    : undefined;
}

async function findUser(elasticache: ElastiCacheClient, UserId: string): Promise<User | undefined> {
  const found = await tolerating(['gone'], () => elasticache.send(new DescribeUsersCommand({ UserId })));
  return found?.Users?.[0];
}

async function findUserGroup(
  elasticache: ElastiCacheClient,
  UserGroupId: string,
): Promise<UserGroup | undefined> {
  const found = await tolerating(['gone'], () =>
    elasticache.send(new DescribeUserGroupsCommand({ UserGroupId })),
  );
  return found?.UserGroups?.[0];
}
