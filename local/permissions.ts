/**
 * Permissions on the embedded AWS: a call is judged by the role of the function that makes it, or, where a role in
 * another account was assumed, by that role's policies.
 */

import { type AuthorizerOptions, authorizer, type Principal } from '#embedded/authorization/authorizer.ts';
import type { PolicyStatement } from '#embedded/authorization/policy.ts';
import { type EngineOptions, homeAccount } from '#embedded/engine.ts';
import type { Call } from '#embedded/model.ts';
import { functionRoles } from '../serverless/functions.ts';
import { homeRegion, registryTable } from './account.ts';
import { currentInvocation } from './lambda.ts';
import { permissionPolicies, targetRoleName } from './target-policy.ts';

/** What CloudFormation fills in, and the packaging before it. */
interface Filling {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  /** Any text that stands for another: `${self:service}-${sls:stage}-environments` for a table's name. */
  readonly names?: Readonly<Record<string, string>>;
}

interface RoleResource {
  readonly Properties: {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly object[] } }[];
  };
}

/** The statements of a role in a CloudFormation template, filled in. */
function statementsOfRole(role: object, filling: Filling): PolicyStatement[] {
  return (role as RoleResource).Properties.Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map((statement) => filled(statement, filling) as PolicyStatement),
  );
}

/** `Fn::Sub` and `Ref` become text. What neither knows stays as it is written, and so matches nothing. */
function filled(value: unknown, filling: Filling): unknown {
  if (typeof value === 'string') return text(value, filling);
  if (Array.isArray(value)) return value.map((one) => filled(one, filling));
  if (value === null || typeof value !== 'object') return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Fn::Sub') return text(argument as string, filling);
  if (others.length === 0 && name === 'Ref') return text(`\${${argument}}`, filling);
  if (others.length === 0 && name === 'Fn::GetAtt') return [argument].flat().join('.');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, filling)]));
}

function text(written: string, { account, partition, region, names = {} }: Filling): string {
  const all = {
    ...names,
    '${AWS::AccountId}': account,
    '${AWS::Partition}': partition,
    '${AWS::Region}': region,
  };
  const replaced = Object.entries(all).reduce((so, [from, to]) => so.replaceAll(from, to), written);
  // A reference to a resource of the template: nothing of the embedded AWS.
  return replaced.replace(/\$\{(\w+(?:\.\w+)?)\}/g, '$1');
}

/** Where the embedded service keeps its own things, in the words of serverless/. */
const embeddedNames = {
  '${self:service}-${sls:stage}-environments': registryTable,
  '${self:service}-${sls:stage}-provision': 'provision',
  '${self:service}-${sls:stage}-deprovision': 'deprovision',
  '${self:service}-${sls:stage}-fleet': 'fleet',
  '${self:service}-${sls:stage}': 'aoscloud',
  '${param:eventBusName}': 'default',
  '${param:targetRoleName}': targetRoleName,
};

const embedded: Filling = {
  account: homeAccount,
  partition: 'aws',
  region: homeRegion,
  names: embeddedNames,
};

export interface PermissionOptions {
  /** May environments make the Kubernetes API public? */
  readonly publicEndpoint?: boolean;
  /** By function key, instead of the roles of serverless/functions.ts: those of a packaged template. */
  readonly statementsOf?: (functionKey: string) => readonly PolicyStatement[] | undefined;
  readonly onJudgement?: AuthorizerOptions['onJudgement'];
}

/** Every call of a function is judged; those of the world outside the functions are not. */
export function functionPermissions({
  publicEndpoint = false,
  statementsOf = ownStatements(publicEndpoint),
  onJudgement,
}: PermissionOptions = {}): NonNullable<EngineOptions['authorize']> {
  const ofTarget = targetStatements(publicEndpoint);
  return authorizer({
    principalOf: (call) => {
      const name = currentInvocation()?.functionKey;
      if (!name) return undefined;
      const session = sessionOf(call);
      if (session)
        return { name: `${name} in ${targetRoleName}`, arn: call.caller, statements: ofTarget(call) };
      return functionPrincipal(name, statementsOf(name), call);
    },
    onJudgement,
  });
}

function functionPrincipal(
  name: string,
  statements: readonly PolicyStatement[] | undefined,
  call: Call,
): Principal {
  if (!statements) throw new Error(`the function ${name} has no role`);
  const arn = `arn:${call.partition}:sts::${call.account}:assumed-role/${name}Role/${name}`;
  return { name, arn, statements };
}

/** Is a role of another account at work? Functions of the service itself have no session of their own here. */
function sessionOf({ caller }: Call): string | undefined {
  return /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(caller)?.[1];
}

function ownStatements(publicEndpoint: boolean): (key: string) => readonly PolicyStatement[] | undefined {
  const roles = functionRoles(publicEndpoint);
  const known = new Map<string, readonly PolicyStatement[]>();
  return (key) => {
    const role = roles[`${key}Role`];
    if (!known.has(key) && role) known.set(key, statementsOfRole(role, embedded));
    return known.get(key);
  };
}

function targetStatements(publicEndpoint: boolean): (call: Call) => readonly PolicyStatement[] {
  const known = new Map<string, readonly PolicyStatement[]>();
  return ({ account, partition }) => {
    const statements =
      known.get(account) ??
      permissionPolicies({ serviceAccount: homeAccount, account, partition, publicEndpoint }).flatMap(
        (policy) => policy.Statement as PolicyStatement[],
      );
    known.set(account, statements);
    return statements;
  };
}
