/** Users and user groups of Redis. A group has the user named `default`; one in use stays. No password is modelled (R32). */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import {
  answerPage,
  type CacheUser,
  type CacheUserGroup,
  cacheArn,
  cacheFault,
  elasticacheState,
  invalidCombination,
  invalidValue,
  paging,
  requireUser,
  requireUserGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

export const userOperations: Record<string, Operation> = {
  CreateUser: mutation(
    {
      UserId: z.string(),
      UserName: z.string(),
      Engine: z.enum(['redis', 'valkey']),
      AccessString: z.string(),
      AuthenticationMode: z.strictObject({ Type: z.enum(['iam', 'no-password-required']) }),
      Tags: tagListSchema,
    },
    (input, call) => {
      const id = identifier(input.UserId);
      if (elasticacheState(call).users?.[id])
        throw cacheFault('UserAlreadyExistsFault', `User ${id} already exists.`);
      if (input.AuthenticationMode.Type === 'iam' && input.UserName !== input.UserId)
        throw invalidCombination('For IAM authentication, user name and user id must be identical.');
      const user: CacheUser = {
        id,
        arn: cacheArn(call, 'user', id),
        name: input.UserName,
        engine: input.Engine,
        accessString: input.AccessString,
        authentication: input.AuthenticationMode.Type,
        status: 'active',
        tags: tagRecordOf(input.Tags),
      };
      (elasticacheState(call).users ??= {})[id] = user;
      return describedUser(call, user);
    },
  ),
  DescribeUsers: read({ UserId: z.string().optional(), ...paging }, (input, call) => {
    const users = input.UserId
      ? [requireUser(call, input.UserId)]
      : Object.values(elasticacheState(call).users ?? {});
    return answerPage(
      'Users',
      users.map((user) => describedUser(call, user)),
      input,
    );
  }),
  DeleteUser: mutation({ UserId: z.string() }, (input, call) => {
    const user = requireUser(call, input.UserId);
    if (user.name === 'default' && groupsOf(call, user.id).length > 0)
      throw cacheFault('DefaultUserAssociatedToUserGroupFault', `User ${user.id} is the default of a group.`);
    if (user.status !== 'active')
      throw cacheFault('InvalidUserStateFault', `User ${user.id} is ${user.status}.`);
    user.status = 'deleting';
    call.schedule('elasticache:userGone', user.id, call.between(2, 8));
    return describedUser(call, user);
  }),
  CreateUserGroup: mutation(
    {
      UserGroupId: z.string(),
      Engine: z.enum(['redis', 'valkey']),
      UserIds: z.array(z.string()),
      Tags: tagListSchema,
    },
    (input, call) => {
      const id = identifier(input.UserGroupId);
      if (elasticacheState(call).userGroups?.[id])
        throw cacheFault('UserGroupAlreadyExistsFault', `User group ${id} already exists.`);
      const users = input.UserIds.map((userId) => requireUser(call, userId));
      if (input.Engine === 'redis' && !users.some(({ name }) => name === 'default'))
        throw cacheFault('DefaultUserRequired', 'A user group of Redis OSS needs a user named default.');
      // "Only users that use an authentication mechanism" (ElastiCache user guide, "Role-Based Access Control").
      if (input.Engine === 'valkey' && users.some(({ authentication }) => authentication !== 'iam'))
        throw invalidCombination('A user group of Valkey takes no user without a password or IAM.');
      const group: CacheUserGroup = {
        id,
        arn: cacheArn(call, 'usergroup', id),
        engine: input.Engine,
        userIds: users.map((user) => user.id),
        status: 'creating',
        tags: tagRecordOf(input.Tags),
      };
      (elasticacheState(call).userGroups ??= {})[id] = group;
      call.schedule('elasticache:userGroupActive', id, call.between(5, 20));
      return describedUserGroup(call, group);
    },
  ),
  DescribeUserGroups: read({ UserGroupId: z.string().optional(), ...paging }, (input, call) => {
    const groups = input.UserGroupId
      ? [requireUserGroup(call, input.UserGroupId)]
      : Object.values(elasticacheState(call).userGroups ?? {});
    return answerPage(
      'UserGroups',
      groups.map((group) => describedUserGroup(call, group)),
      input,
    );
  }),
  DeleteUserGroup: mutation({ UserGroupId: z.string() }, (input, call) => {
    const group = requireUserGroup(call, input.UserGroupId);
    if (group.status !== 'active' || usersOf(call, group.id).length > 0)
      throw cacheFault(
        'InvalidUserGroupStateFault',
        `User group ${group.id} is ${group.status} or still associated with a replication group.`,
      );
    group.status = 'deleting';
    call.schedule('elasticache:userGroupGone', group.id, call.between(5, 20));
    return describedUserGroup(call, group);
  }),
};

export const userEvents: ServiceModel['events'] = {
  'elasticache:userGroupActive': (id, call) => {
    const group = elasticacheState(call).userGroups?.[id];
    if (group?.status === 'creating') group.status = 'active';
  },
  'elasticache:userGroupGone': (id, call) => {
    delete elasticacheState(call).userGroups?.[id];
  },
  'elasticache:userGone': (id, call) => {
    delete elasticacheState(call).users?.[id];
  },
};

function identifier(given: string): string {
  if (given.length > 40 || !/^[a-zA-Z][a-zA-Z0-9-]*$/.test(given))
    throw invalidValue(`Not a valid identifier: ${given}`);
  return given.toLowerCase();
}

function groupsOf(call: Call, userId: string): string[] {
  return Object.values(elasticacheState(call).userGroups ?? {})
    .filter(({ userIds }) => userIds.includes(userId))
    .map(({ id }) => id);
}

/** The replication groups that use a user group. */
function usersOf(call: Call, userGroupId: string): string[] {
  return Object.values(elasticacheState(call).replicationGroups)
    .filter((group) => group.userGroupIds?.includes(userGroupId))
    .map(({ id }) => id);
}

function describedUser(call: Call, user: CacheUser): object {
  return {
    UserId: user.id,
    UserName: user.name,
    Status: user.status,
    Engine: user.engine,
    AccessString: user.accessString,
    UserGroupIds: groupsOf(call, user.id),
    Authentication: {
      Type: user.authentication === 'iam' ? 'iam' : 'no-password',
      PasswordCount: 0,
    },
    ARN: user.arn,
  };
}

function describedUserGroup(call: Call, group: CacheUserGroup): object {
  return {
    UserGroupId: group.id,
    Status: group.status,
    Engine: group.engine,
    UserIds: group.userIds,
    ReplicationGroups: usersOf(call, group.id),
    ARN: group.arn,
  };
}
