/**
 * IAM's decision about one request, from the identity-based policies of who makes it: an explicit Deny wins, then
 * any Allow, and what no statement speaks of is denied (IAM user guide, "Policy evaluation logic"). What this does
 * not know (principals, dates, addresses, most policy variables) it refuses loudly.
 */
import { type Conditions, type Context, meets } from './conditions.ts';
import { matchesArn, matchesPattern } from './patterns.ts';

type OneOrMore = string | readonly string[];

/** A statement as it stands in a policy, with everything CloudFormation fills in filled in. */
export interface PolicyStatement {
  readonly Effect: string;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Conditions;
}

/** One thing that is to be allowed: a call that touches several resources is as many of these. */
export interface AccessRequest {
  /** `ec2:CreateVpc` */
  readonly action: string;
  /** An ARN, or `*` where the action has no resources. */
  readonly resource: string;
  readonly context: Context;
  /**
   * There is no such resource, so nothing is known of its tags. Whoever may do this to such resources under some
   * condition is told by the service that it is not there.
   */
  readonly absent?: boolean;
}

export type Decision = 'allowed' | 'denied explicitly' | 'not allowed';

export function decide(statements: readonly PolicyStatement[], request: AccessRequest): Decision {
  const speaking = statements.filter((statement) => concerns(statement, request));
  const holds = ({ Condition }: PolicyStatement) => meets(Condition ?? {}, request.context);
  if (speaking.some((one) => one.Effect === 'Deny' && holds(one))) return 'denied explicitly';
  const allows = speaking.filter(({ Effect }) => Effect === 'Allow');
  return allows.some((one) => request.absent || holds(one)) ? 'allowed' : 'not allowed';
}

/** Do action and resource of the statement match? Actions are matched without regard to case, ARNs with it. */
function concerns(statement: PolicyStatement, { action, resource }: AccessRequest): boolean {
  return (
    listed(statement.Action, statement.NotAction, (pattern) =>
      matchesPattern(action.toLowerCase(), pattern.toLowerCase()),
    ) && listed(statement.Resource, statement.NotResource, (pattern) => matchesResource(resource, pattern))
  );
}

function listed(
  patterns: OneOrMore | undefined,
  excluded: OneOrMore | undefined,
  matches: (pattern: string) => boolean,
): boolean {
  if ((patterns === undefined) === (excluded === undefined))
    throw new Error('a statement has either an element or its Not… counterpart');
  return patterns === undefined ? ![excluded ?? []].flat().some(matches) : [patterns].flat().some(matches);
}

function matchesResource(resource: string, pattern: string): boolean {
  return pattern === '*' || (resource !== '*' && matchesArn(resource, pattern));
}
