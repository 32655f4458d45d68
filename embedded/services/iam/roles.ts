/** IAM roles. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import {
  checkTags,
  iamFault,
  iamState,
  isServiceLinked,
  mergeTags,
  noSuchRole,
  type RoleRecord,
  requireRole,
  validationFault,
} from './state.ts';

export const tagList = z.array(z.strictObject({ Key: z.string(), Value: z.string() }));
const name = z.string();
const paging = { Marker: z.string().optional(), MaxItems: z.number().optional() };

/** Reads lag behind writes by up to two seconds, services by six to ten. */
const readLagSeconds = [0, 2] as const;
const useLagSeconds = [6, 10] as const;

function described(role: RoleRecord): object {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    // IAM answers policies percent-encoded (RFC 3986).
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    MaxSessionDuration: role.maxSessionDuration,
    ...(role.description === undefined ? {} : { Description: role.description }),
    ...(role.permissionsBoundary === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: 'Policy',
            PermissionsBoundaryArn: role.permissionsBoundary,
          },
        }),
  };
}

export function visibleRole(call: Call, roleName: string): RoleRecord {
  const role = requireRole(call, roleName);
  if (call.now < role.visibleAt) throw noSuchRole(roleName);
  return role;
}

export function modifiableRole(call: Call, roleName: string): RoleRecord {
  const role = requireRole(call, roleName);
  if (isServiceLinked(role)) {
    throw iamFault(
      'UnmodifiableEntity',
      `Cannot perform the operation on the protected role '${roleName}' - this role is only modifiable by AWS`,
    );
  }
  return role;
}

export function checkPolicy(document: string, kind: 'trust' | 'permissions'): void {
  let policy: { Statement?: unknown };
  try {
    policy = JSON.parse(document);
  } catch {
    throw iamFault('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
  const statements = [policy.Statement ?? []].flat() as Record<string, unknown>[];
  if (statements.length === 0) throw iamFault('MalformedPolicyDocument', 'Syntax errors in policy.');
  for (const statement of statements) {
    if (kind === 'trust' && !statement.Principal)
      throw iamFault('MalformedPolicyDocument', 'AssumeRole policy must contain a Principal.');
    if (kind === 'trust' && statement.Resource)
      throw iamFault('MalformedPolicyDocument', 'Has prohibited field Resource');
    if (kind === 'permissions' && statement.Principal)
      throw iamFault('MalformedPolicyDocument', 'Policy document should not specify a principal.');
    if (kind === 'permissions' && !statement.Resource && !statement.NotResource)
      throw iamFault('MalformedPolicyDocument', 'Policy statement must contain resources.');
    if (!statement.Action && !statement.NotAction)
      throw iamFault('MalformedPolicyDocument', 'Policy statement must contain actions.');
  }
}

function addRole(call: Call, given: { name: string; path: string; trustPolicy: string }): RoleRecord {
  const { roles } = iamState(call);
  if (!/^[\w+=,.@-]{1,64}$/.test(given.name)) {
    throw validationFault(
      `The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- (at most 64): ${given.name}`,
    );
  }
  if (roles[given.name.toLowerCase()])
    throw iamFault('EntityAlreadyExists', `Role with name ${given.name} already exists.`, 409);
  const quota = limitOf(call, 'L-FE177D64');
  if (Object.keys(roles).length >= quota)
    throw iamFault('LimitExceeded', `Cannot exceed quota for RolesPerAccount: ${quota}`, 409);
  const role: RoleRecord = {
    ...given,
    id: `AROA${call.hex(17).toUpperCase()}`,
    arn: `arn:${call.partition}:iam::${call.account}:role${given.path}${given.name}`,
    createdAt: call.now,
    visibleAt: call.now + call.between(...readLagSeconds),
    usableAt: call.now + call.between(...useLagSeconds),
    maxSessionDuration: 3600,
    tags: [],
    attached: {},
    inline: {},
    instanceProfiles: [],
  };
  roles[given.name.toLowerCase()] = role;
  return role;
}

/** A role that has been there for a while, made outside the API. Placing it twice is placing it once. */
export function placeRole(call: Call, given: { name: string; path: string; trustPolicy: string }): void {
  const known = iamState(call).roles[given.name.toLowerCase()];
  const role = known ?? addRole(call, given);
  role.trustPolicy = given.trustPolicy;
  role.visibleAt = role.usableAt = call.now;
  role.placed = true;
}

function deleteRole(call: Call, roleName: string): void {
  const role = modifiableRole(call, roleName);
  const conflict = (message: string) => iamFault('DeleteConflict', message, 409);
  if (role.instanceProfiles.length > 0)
    throw conflict('Cannot delete entity, must remove roles from instance profile first.');
  if (Object.keys(role.attached).length > 0)
    throw conflict('Cannot delete entity, must detach all policies first.');
  if (Object.keys(role.inline).length > 0)
    throw conflict('Cannot delete entity, must delete policies first.');
  delete iamState(call).roles[roleName.toLowerCase()];
}

export const roleOperations: Record<string, Operation> = {
  CreateRole: mutation(
    {
      RoleName: name,
      AssumeRolePolicyDocument: z.string(),
      Path: z.string().optional(),
      Description: z.string().optional(),
      MaxSessionDuration: z.number().min(3600).max(43200).optional(),
      PermissionsBoundary: z.string().optional(),
      Tags: tagList.optional(),
    },
    (input, call) => {
      checkPolicy(input.AssumeRolePolicyDocument, 'trust');
      checkTags(input.Tags ?? []);
      const role = addRole(call, {
        name: input.RoleName,
        path: input.Path ?? '/',
        trustPolicy: input.AssumeRolePolicyDocument,
      });
      role.tags = input.Tags ?? [];
      role.maxSessionDuration = input.MaxSessionDuration ?? 3600;
      if (input.Description !== undefined) role.description = input.Description;
      if (input.PermissionsBoundary !== undefined) role.permissionsBoundary = input.PermissionsBoundary;
      return { Role: { ...described(role), Tags: role.tags } };
    },
  ),
  GetRole: read({ RoleName: name }, (input, call) => {
    const role = visibleRole(call, input.RoleName);
    return { Role: { ...described(role), Tags: role.tags } };
  }),
  // ListRoles leaves the tags out; ListRoleTags or GetRole has them.
  ListRoles: read({ ...paging, PathPrefix: z.string().optional() }, (input, call) => {
    const roles = Object.values(iamState(call).roles)
      .filter((role) => call.now >= role.visibleAt && role.path.startsWith(input.PathPrefix ?? '/'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, next } = pageOf(roles, input.Marker, input.MaxItems ?? 100, () =>
      validationFault('Invalid Marker.'),
    );
    return { Roles: items.map(described), IsTruncated: next !== undefined, Marker: next };
  }),
  UpdateAssumeRolePolicy: mutation({ RoleName: name, PolicyDocument: z.string() }, (input, call) => {
    checkPolicy(input.PolicyDocument, 'trust');
    modifiableRole(call, input.RoleName).trustPolicy = input.PolicyDocument;
    return {};
  }),
  DeleteRole: mutation({ RoleName: name }, (input, call) => {
    deleteRole(call, input.RoleName);
    return {};
  }),
  TagRole: mutation({ RoleName: name, Tags: tagList }, (input, call) => {
    const role = modifiableRole(call, input.RoleName);
    role.tags = mergeTags(role.tags, input.Tags);
    return {};
  }),
  UntagRole: mutation({ RoleName: name, TagKeys: z.array(z.string()) }, (input, call) => {
    const role = modifiableRole(call, input.RoleName);
    role.tags = role.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
    return {};
  }),
  ListRoleTags: read({ RoleName: name, ...paging }, (input, call) => {
    const { items, next } = pageOf(
      visibleRole(call, input.RoleName).tags,
      input.Marker,
      input.MaxItems ?? 100,
      () => validationFault('Invalid Marker.'),
    );
    return { Tags: items, IsTruncated: next !== undefined, Marker: next };
  }),
  CreateServiceLinkedRole: mutation(
    { AWSServiceName: z.string(), Description: z.string().optional() },
    (input, call) => {
      const roleName = serviceLinkedRoles[input.AWSServiceName];
      if (!roleName)
        throw iamFault(
          'InvalidInput',
          `Service principal ${input.AWSServiceName} does not support service-linked roles.`,
        );
      if (iamState(call).roles[roleName.toLowerCase()]) {
        throw iamFault(
          'InvalidInput',
          `Service role name ${roleName} has been taken in this account, please try a different suffix.`,
        );
      }
      const role = addRole(call, {
        name: roleName,
        path: `/aws-service-role/${input.AWSServiceName}/`,
        trustPolicy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: input.AWSServiceName }, Action: 'sts:AssumeRole' },
          ],
        }),
      });
      return { Role: described(role) };
    },
  ),
};

const serviceLinkedRoles: Readonly<Record<string, string>> = {
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'rds.amazonaws.com': 'AWSServiceRoleForRDS',
  'elasticache.amazonaws.com': 'AWSServiceRoleForElastiCache',
  'elasticfilesystem.amazonaws.com': 'AWSServiceRoleForAmazonElasticFileSystem',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
};
