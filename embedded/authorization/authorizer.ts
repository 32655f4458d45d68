/** The engine's `authorize`: every call is judged by the policies of the role that makes it. */
import type { AwsFault, Call } from '#embedded/model.ts';
import { type AccessRequest, type Decision, decide, type PolicyStatement } from './policy.ts';
import { refusal, sentence } from './refusal.ts';
import { demandsOf } from './table.ts';

/** Who makes a call, and what its policies say. */
export interface Principal {
  /** Tells principals apart; a function's key. */
  readonly name: string;
  /** As AWS names it in a refusal. */
  readonly arn: string;
  readonly statements: readonly PolicyStatement[];
}

/** What was asked of a principal's policies, and their answer. */
export interface Judgement {
  readonly principal: Principal;
  /** The engine's word for the call. */
  readonly operation: string;
  readonly request: AccessRequest;
  readonly decision: Decision;
}

export interface AuthorizerOptions {
  /** Undefined where the call is nobody's whose policies are known: it is not judged. */
  readonly principalOf: (call: Call) => Principal | undefined;
  readonly onJudgement?: (judgement: Judgement) => void;
}

/** Undefined where the call may go on. */
export type Authorize = (operation: string, input: unknown, call: Call) => AwsFault | undefined;

export function authorizer({ principalOf, onJudgement }: AuthorizerOptions): Authorize {
  return (operation, input, call) => {
    const principal = principalOf(call);
    if (!principal) return undefined;
    for (const { request, hidden } of demandsOf(operation, input, call)) {
      const decision = decide(principal.statements, request);
      onJudgement?.({ principal, operation, request, decision });
      if (decision === 'allowed') continue;
      const told = sentence(principal.arn, request, decision);
      return hidden?.refusal?.(request, told) ?? refusal(operation.split(':')[0] as string, told);
    }
    return undefined;
  };
}
