/**
 * The authorization table: what a call must be allowed, and what the service asks for beside it. An operation
 * without a row is refused loudly: add one, from the service authorization reference.
 */

import { dataHidden } from '#embedded/authorization/hidden/data.ts';
import { eksHidden } from '#embedded/authorization/hidden/eks.ts';
import type { HiddenCall } from '#embedded/authorization/hidden/hidden-call.ts';
import { networkHidden } from '#embedded/authorization/hidden/network.ts';
import { controlRows } from '#embedded/authorization/rows/control.ts';
import { dataRows } from '#embedded/authorization/rows/data.ts';
import { ec2Read, ec2Rows } from '#embedded/authorization/rows/ec2.ts';
import { eksRows } from '#embedded/authorization/rows/eks.ts';
import { iamRows } from '#embedded/authorization/rows/iam.ts';
import type { Call } from '#embedded/model.ts';
import type { AccessRequest } from './policy.ts';
import type { Row, Rows } from './request.ts';

const rows: Rows = { ...ec2Rows, ...eksRows, ...iamRows, ...dataRows, ...controlRows };

/** What a service does behind its caller's back; kept true of AWS by its sources, held to the roles by the tests. */
export const hiddenCalls: readonly HiddenCall[] = [...networkHidden, ...eksHidden, ...dataHidden];

export function rowOf(operation: string): Row | undefined {
  return rows[operation] ?? ec2Read(operation);
}

export interface Demand {
  readonly request: AccessRequest;
  /** The service's, where it is not the call's own. */
  readonly hidden?: HiddenCall;
}

/** Everything `operation` must be allowed, in the order it is asked for. */
export function demandsOf(operation: string, input: unknown, call: Call): Demand[] {
  const row = rowOf(operation);
  if (!row)
    throw new Error(`the authorization table has no row for ${operation} (embedded/authorization/rows)`);
  return [
    ...row(input, call).map((request) => ({ request })),
    ...hiddenCalls
      .filter(({ of }) => of.includes(operation))
      .flatMap((hidden) => hidden.asks(input, call).map((request) => ({ request, hidden }))),
  ];
}
