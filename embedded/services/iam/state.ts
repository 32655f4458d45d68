/**
 * What IAM keeps, and what other services ask of it. The account has one IAM for all regions. Writes hold at
 * once; reads, and the services that use a role, see them only after a while: IAM is eventually consistent.
 */
import { AwsFault, type Call } from '#embedded/model.ts';

export interface Tag {
  Key: string;
  Value: string;
}

export interface RoleRecord {
  name: string;
  id: string;
  path: string;
  arn: string;
  createdAt: number;
  /** Reads do not see the role before. */
  visibleAt: number;
  /** Services cannot assume the role before. */
  usableAt: number;
  trustPolicy: string;
  description?: string;
  maxSessionDuration: number;
  permissionsBoundary?: string;
  tags: Tag[];
  /** Managed policy ARN -> when services begin to see the attachment. */
  attached: Record<string, number>;
  /** Inline policies by name. */
  inline: Record<string, string>;
  instanceProfiles: string[];
  /** Stood there before anybody called: part of the account's furniture, and of no inventory. */
  placed?: boolean;
}

export interface OidcProviderRecord {
  arn: string;
  /** Without `https://`, as IAM answers it. */
  url: string;
  clientIds: string[];
  thumbprints: string[];
  createdAt: number;
  tags: Tag[];
}

export interface IamState {
  /** By lower-case name: role names differ by more than case. */
  roles: Record<string, RoleRecord>;
  oidcProviders: Record<string, OidcProviderRecord>;
}

export function iamState(call: Call): IamState {
  return call.globalState('iam', () => ({ roles: {}, oidcProviders: {} }));
}

/** IAM's modelled errors are named `…Exception`; the wire has the bare code. */
export function iamFault(code: string, message: string, status = 400): AwsFault {
  return new AwsFault(`${code}Exception`, message, { status, wireCode: code });
}

/** IAM's own validation is not a modelled error: the code is bare. */
export function validationFault(message: string): AwsFault {
  return new AwsFault('ValidationError', message, { wireCode: 'ValidationError' });
}

export function noSuchRole(name: string): AwsFault {
  return iamFault('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
}

/** The role a write names: writes see every write before them. */
export function requireRole(call: Call, name: string): RoleRecord {
  const role = iamState(call).roles[name.toLowerCase()];
  if (!role) throw noSuchRole(name);
  return role;
}

export function isServiceLinked(role: RoleRecord): boolean {
  return role.path.startsWith('/aws-service-role/');
}

export function checkTags(tags: readonly Tag[]): void {
  if (tags.length > 50) throw iamFault('LimitExceeded', 'Cannot exceed quota for TagsPerResource: 50', 409);
  const keys = new Set<string>();
  for (const { Key, Value } of tags) {
    if (/^aws:/i.test(Key)) throw iamFault('InvalidInput', `The tag key ${Key} uses a reserved prefix.`);
    if (
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) ||
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)
    ) {
      throw validationFault(`Value at 'tags' failed to satisfy constraint: ${Key}=${Value}`);
    }
    if (keys.has(Key.toLowerCase()))
      throw iamFault(
        'InvalidInput',
        `Duplicate tag keys found. Please note that Tag keys are case insensitive.`,
      );
    keys.add(Key.toLowerCase());
  }
}

export function mergeTags(existing: readonly Tag[], added: readonly Tag[]): Tag[] {
  checkTags(added);
  const merged = new Map([...existing, ...added].map((tag) => [tag.Key, tag]));
  const tags = [...merged.values()];
  checkTags(tags);
  return tags;
}

interface Statement {
  Effect?: string;
  Principal?: { Service?: string | string[] };
}

function statements(policy: string): Statement[] {
  const statement = (JSON.parse(policy) as { Statement?: Statement | Statement[] }).Statement ?? [];
  return Array.isArray(statement) ? statement : [statement];
}

function trusts(role: RoleRecord, service: string): boolean {
  return statements(role.trustPolicy).some(
    (statement) =>
      statement.Effect === 'Allow' && [statement.Principal?.Service ?? []].flat().includes(service),
  );
}

/** How another service finds a role it is to assume. */
export type RoleView = 'unusable' | { readonly role: RoleRecord; readonly policies: readonly string[] };

/**
 * The role as the service behind `principal` sees it at this moment: not at all (unknown, too new, or its trust
 * policy names somebody else), or with the managed policies it sees attached.
 */
export function roleSeenBy(call: Call, arn: string, principal: string): RoleView {
  const role = Object.values(iamState(call).roles).find((candidate) => candidate.arn === arn);
  if (!role || call.now < role.usableAt || !trusts(role, principal)) return 'unusable';
  const policies = Object.entries(role.attached)
    .filter(([, effectiveAt]) => call.now >= effectiveAt)
    .map(([policy]) => policy);
  return { role, policies };
}

/** The principal of EC2 instances, the one service that has its own in China. */
export function ec2Principal(call: Call): string {
  return call.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com';
}

/** The id of the role of that ARN, which tells it from an earlier one; undefined where there is none. */
export function roleIdOf(call: Call, arn: string): string | undefined {
  return Object.values(iamState(call).roles).find((role) => role.arn === arn)?.id;
}

/** Has the role reached the services? */
export function roleIsKnown(call: Call, arn: string): boolean {
  return Object.values(iamState(call).roles).some((role) => role.arn === arn && call.now >= role.usableAt);
}

export function roleExists(call: Call, arn: string): boolean {
  return Object.values(iamState(call).roles).some((role) => role.arn === arn);
}

export function oidcProviderExists(call: Call, issuer: string): boolean {
  const url = issuer.replace(/^https:\/\//, '');
  return Object.values(iamState(call).oidcProviders).some((provider) => provider.url === url);
}

/** A service (EKS for its nodes) puts a role into an instance profile of its own. */
export function addInstanceProfile(call: Call, roleArn: string, profile: string): void {
  const role = Object.values(iamState(call).roles).find((candidate) => candidate.arn === roleArn);
  role?.instanceProfiles.push(profile);
}

/** It takes its instance profile away again. */
export function dropInstanceProfile(call: Call, profile: string): void {
  for (const role of Object.values(iamState(call).roles))
    role.instanceProfiles = role.instanceProfiles.filter((name) => name !== profile);
}
