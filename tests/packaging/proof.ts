/**
 * What recorded requests prove of a role: a statement, and each action in it, is needed where some request is denied
 * without it.
 */
import type { Judgement } from '#embedded/authorization/authorizer.ts';
import { type AccessRequest, decide, type PolicyStatement } from '#embedded/authorization/policy.ts';

/** Different requests of each function, and the statements they were judged by. */
export class Recording {
  readonly #requests = new Map<string, Map<string, AccessRequest>>();
  readonly #statements = new Map<string, readonly PolicyStatement[]>();
  readonly denied: string[] = [];

  /** For `onJudgement`. */
  readonly note = ({ principal, request, decision }: Judgement): void => {
    const ofPrincipal = this.#requests.get(principal.name) ?? new Map<string, AccessRequest>();
    this.#requests.set(principal.name, ofPrincipal);
    this.#statements.set(principal.name, principal.statements);
    ofPrincipal.set(JSON.stringify(request), request);
    if (decision !== 'allowed')
      this.denied.push(`${principal.name}: ${request.action} on ${request.resource}`);
  };

  /** The functions; the role in another account is all of theirs together and needs no proof of its own. */
  get functions(): string[] {
    return [...this.#requests.keys()].filter((name) => !name.includes(' ')).sort();
  }

  requestsOf(principal: string): readonly AccessRequest[] {
    return [...(this.#requests.get(principal)?.values() ?? [])];
  }

  statementsOf(principal: string): readonly PolicyStatement[] {
    return this.#statements.get(principal) ?? [];
  }
}

/** `VpcEnsure ec2:DeleteVpc` for each action of each Allow that no recorded request needs. */
export function unproved(recording: Recording): string[] {
  return recording.functions.flatMap((principal) => {
    const statements = recording.statementsOf(principal);
    const requests = recording.requestsOf(principal);
    return statements.flatMap((statement, index) =>
      statement.Effect === 'Allow'
        ? [statement.Action ?? []]
            .flat()
            .filter((action) => {
              const without = statements.with(index, {
                ...statement,
                Action: [statement.Action ?? []].flat().filter((one) => one !== action),
              });
              return !requests
                .filter((request) => request.action === action)
                .some((request) => decide(without, request) !== 'allowed');
            })
            .map((action) => `${principal} ${action}${qualified(statements, action, index)}`)
        : [],
    );
  });
}

/** Which of several statements of one action it is: its resources and keys. */
function qualified(statements: readonly PolicyStatement[], action: string, index: number): string {
  const same = statements.filter(({ Action }) => [Action ?? []].flat().includes(action));
  if (same.length < 2) return '';
  const { Resource, Condition } = statements[index] as PolicyStatement;
  const types = [Resource ?? []].flat().map((one) => one.split(':').slice(5).join(':'));
  const keys = Object.values(Condition ?? {}).flatMap((operator) => Object.keys(operator));
  return ` (${[...types, ...keys].join(', ')})`;
}

/**
 * Condition keys that could be misspelt without anybody noticing: no recorded request is judged otherwise, nor one
 * that differs from it in the value of that key.
 */
export function unspelled(recording: Recording): string[] {
  return recording.functions.flatMap((principal) => {
    const statements = recording.statementsOf(principal);
    const requests = recording.requestsOf(principal);
    return statements.flatMap((statement, index) =>
      conditionsOf(statement)
        .filter(({ operator, key, wanted }) => {
          const misspelt = statements.with(index, withKey(statement, operator, key, `${key}x`));
          const actions = [statement.Action ?? []].flat();
          return !requests
            .filter(({ action }) => actions.includes(action))
            .flatMap((request) => variations(request, key, wanted))
            .some((request) => decide(statements, request) !== decide(misspelt, request));
        })
        .map(({ operator, key }) => `${principal} ${[statement.Action].flat().join(' ')} ${operator} ${key}`),
    );
  });
}

function conditionsOf({ Condition = {} }: PolicyStatement) {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => ({ operator, key, wanted: [wanted].flat() })),
  );
}

function withKey(statement: PolicyStatement, operator: string, key: string, as: string): PolicyStatement {
  const { [key]: value, ...rest } = statement.Condition?.[operator] ?? {};
  return {
    ...statement,
    Condition: { ...statement.Condition, [operator]: { ...rest, [as]: value as string } },
  };
}

function variations(request: AccessRequest, key: string, wanted: readonly string[]): AccessRequest[] {
  const values = [...wanted, 'something else'];
  const asList = Array.isArray(request.context[key]);
  return [
    request,
    ...values.map((value) => ({
      ...request,
      context: { ...request.context, [key]: asList ? [value] : value },
    })),
  ];
}
