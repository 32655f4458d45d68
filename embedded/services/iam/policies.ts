/** Policies on IAM roles, managed and inline, and the instance profiles that hold roles. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import { checkPolicy, modifiableRole, visibleRole } from './roles.ts';
import { iamFault, validationFault } from './state.ts';

/** Of AWS's managed policies, those that environments like ours attach. Customer managed ones are not modelled. */
const awsManagedPolicies: ReadonlySet<string> = new Set([
  'AmazonEKSClusterPolicy',
  'AmazonEKSServicePolicy',
  'AmazonEKSVPCResourceController',
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKSWorkerNodeMinimalPolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEC2ContainerRegistryReadOnly',
  'AmazonSSMManagedInstanceCore',
  'CloudWatchAgentServerPolicy',
  'service-role/AmazonEFSCSIDriverPolicy',
  'service-role/AmazonEBSCSIDriverPolicy',
]);

const policiesPerRole = 10;
/** How much later the services see an attachment. */
const attachLagSeconds = [1, 5] as const;

const paging = {
  Marker: z.string().optional(),
  MaxItems: z.number().optional(),
  PathPrefix: z.string().optional(),
};
const invalidMarker = () => validationFault('Invalid Marker.');

function isAwsManaged(call: Call, arn: string): boolean {
  const prefix = `arn:${call.partition}:iam::aws:policy/`;
  return arn.startsWith(prefix) && awsManagedPolicies.has(arn.slice(prefix.length));
}

function attach(call: Call, roleName: string, arn: string): void {
  const role = modifiableRole(call, roleName);
  if (!isAwsManaged(call, arn))
    throw iamFault('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
  if (arn in role.attached) return;
  if (Object.keys(role.attached).length >= policiesPerRole)
    throw iamFault('LimitExceeded', `Cannot exceed quota for PoliciesPerRole: ${policiesPerRole}`, 409);
  role.attached[arn] = call.now + call.between(...attachLagSeconds);
}

export const policyOperations: Record<string, Operation> = {
  AttachRolePolicy: mutation({ RoleName: z.string(), PolicyArn: z.string() }, (input, call) => {
    attach(call, input.RoleName, input.PolicyArn);
    return {};
  }),
  DetachRolePolicy: mutation({ RoleName: z.string(), PolicyArn: z.string() }, (input, call) => {
    const role = modifiableRole(call, input.RoleName);
    if (!(input.PolicyArn in role.attached))
      throw iamFault('NoSuchEntity', `Policy ${input.PolicyArn} was not found.`, 404);
    delete role.attached[input.PolicyArn];
    return {};
  }),
  ListAttachedRolePolicies: read({ RoleName: z.string(), ...paging }, (input, call) => {
    const arns = Object.keys(visibleRole(call, input.RoleName).attached).sort();
    const { items, next } = pageOf(arns, input.Marker, input.MaxItems ?? 100, invalidMarker);
    return {
      AttachedPolicies: items.map((arn) => ({ PolicyArn: arn, PolicyName: arn.split('/').at(-1) })),
      IsTruncated: next !== undefined,
      Marker: next,
    };
  }),
  PutRolePolicy: mutation(
    { RoleName: z.string(), PolicyName: z.string(), PolicyDocument: z.string() },
    (input, call) => {
      checkPolicy(input.PolicyDocument, 'permissions');
      modifiableRole(call, input.RoleName).inline[input.PolicyName] = input.PolicyDocument;
      return {};
    },
  ),
  GetRolePolicy: read({ RoleName: z.string(), PolicyName: z.string() }, (input, call) => {
    const role = visibleRole(call, input.RoleName);
    const document = role.inline[input.PolicyName];
    if (document === undefined)
      throw iamFault('NoSuchEntity', `The role policy with name ${input.PolicyName} cannot be found.`, 404);
    return {
      RoleName: role.name,
      PolicyName: input.PolicyName,
      PolicyDocument: encodeURIComponent(document),
    };
  }),
  DeleteRolePolicy: mutation({ RoleName: z.string(), PolicyName: z.string() }, (input, call) => {
    const role = modifiableRole(call, input.RoleName);
    if (!(input.PolicyName in role.inline))
      throw iamFault('NoSuchEntity', `The role policy with name ${input.PolicyName} cannot be found.`, 404);
    delete role.inline[input.PolicyName];
    return {};
  }),
  ListRolePolicies: read(
    { RoleName: z.string(), Marker: paging.Marker, MaxItems: paging.MaxItems },
    (input, call) => {
      const names = Object.keys(visibleRole(call, input.RoleName).inline).sort();
      const { items, next } = pageOf(names, input.Marker, input.MaxItems ?? 100, invalidMarker);
      return { PolicyNames: items, IsTruncated: next !== undefined, Marker: next };
    },
  ),
  ListInstanceProfilesForRole: read(
    { RoleName: z.string(), Marker: paging.Marker, MaxItems: paging.MaxItems },
    (input, call) => {
      const profiles = visibleRole(call, input.RoleName).instanceProfiles;
      const { items, next } = pageOf(profiles, input.Marker, input.MaxItems ?? 100, invalidMarker);
      return {
        InstanceProfiles: items.map((name) => ({
          InstanceProfileName: name,
          Path: '/',
          Arn: `arn:${call.partition}:iam::${call.account}:instance-profile/${name}`,
        })),
        IsTruncated: next !== undefined,
        Marker: next,
      };
    },
  ),
  RemoveRoleFromInstanceProfile: mutation(
    { InstanceProfileName: z.string(), RoleName: z.string() },
    (input, call) => {
      const role = modifiableRole(call, input.RoleName);
      if (!role.instanceProfiles.includes(input.InstanceProfileName))
        throw iamFault('NoSuchEntity', `Instance Profile ${input.InstanceProfileName} cannot be found.`, 404);
      role.instanceProfiles = role.instanceProfiles.filter((name) => name !== input.InstanceProfileName);
      return {};
    },
  ),
};
