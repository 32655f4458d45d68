/**
 * The role that environments in another account are made with: whom it trusts and what it may do. The permissions
 * are those of the service's own functions, put together: what a handler calls at home, it calls there.
 */
import { inEnvironment } from '../serverless/roles/index.ts';
import type { Statement } from '../serverless/roles/statement.ts';

export interface TargetRole {
  /** Twelve digits: the account the service is deployed in. */
  readonly serviceAccount: string;
  /** Twelve digits, or `*` for a document that fits any account. */
  readonly account: string;
  readonly partition: string;
  readonly externalId?: string;
  /** Whether environments may make the Kubernetes API public. */
  readonly publicEndpoint: boolean;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

/** The name the service's functions may assume, in whatever account (serverless.yml, `targetRoleName`). */
export const targetRoleName = 'aoscloud-provisioner';

/** A managed policy has at most this many characters, blanks not counted. */
const longestPolicy = 6144;

const document = (statements: readonly object[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** Only the service's functions get in: by their path, and with the external id where there is one. */
export function trustPolicy({ serviceAccount, partition, externalId }: TargetRole): PolicyDocument {
  return document([
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:${partition}:iam::${serviceAccount}:root` },
      Action: 'sts:AssumeRole',
      Condition: {
        ArnLike: { 'aws:PrincipalArn': `arn:${partition}:iam::${serviceAccount}:role/provisioning/*` },
        ...(externalId ? { StringEquals: { 'sts:ExternalId': externalId } } : {}),
      },
    },
  ]);
}

/** As few managed policies as hold it. */
export function permissionPolicies(role: TargetRole): PolicyDocument[] {
  const policies: object[][] = [[]];
  for (const statement of together(statementsOf(role))) {
    const filled = fill(statement, role);
    const last = policies.at(-1) as object[];
    if (lengthOf([...last, filled]) <= longestPolicy) last.push(filled);
    else policies.push([filled]);
  }
  return policies.map(document);
}

/** A guard of a function that only removes would bind those that make, now that they share a role. */
function statementsOf({ publicEndpoint }: TargetRole): Statement[] {
  return Object.entries(inEnvironment(publicEndpoint)).flatMap(([key, statements]) =>
    statements.filter(({ Effect }) => Effect === 'Allow' || key.endsWith('Ensure')),
  );
}

function lengthOf(statements: readonly object[]): number {
  return JSON.stringify(document(statements)).length;
}

/** Statements that differ in their actions only, or in their resources only, become one. */
function together(statements: readonly Statement[]): Statement[] {
  const lists = statements.map(({ Resource, ...rest }) => ({ ...rest, Resource: [Resource].flat() }));
  return merged(merged(lists, 'Action'), 'Resource').map((statement) => ({
    ...statement,
    Action: [...statement.Action].sort(),
    Resource: statement.Resource.length === 1 ? (statement.Resource[0] as string) : statement.Resource,
  }));
}

type Listed = Statement & { readonly Resource: readonly string[] };

function merged(statements: readonly Listed[], what: 'Action' | 'Resource'): Listed[] {
  const groups = new Map<string, Listed>();
  for (const statement of statements) {
    const { [what]: values, ...rest } = statement;
    const key = JSON.stringify(rest);
    const known = groups.get(key)?.[what] ?? [];
    groups.set(key, { ...statement, [what]: [...new Set([...known, ...values])].sort() });
  }
  return [...groups.values()];
}

/** The pseudo parameters CloudFormation would fill. */
function fill<T>(statement: T, { partition, account }: TargetRole): T {
  const text = JSON.stringify(statement)
    .replaceAll('${AWS::Partition}', partition)
    .replaceAll('${AWS::AccountId}', account);
  if (text.includes('${AWS::') || text.includes('${param:')) throw new Error(`cannot be filled: ${text}`);
  return JSON.parse(text);
}
