/** Client tokens: a create that is repeated with its token makes nothing and answers with what it made. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { ec2State } from './state.ts';

/**
 * The resource this token already made, dead or alive, or a new one. Without a token every call makes one.
 * @throws `IdempotentParameterMismatch` where the token came with other parameters before.
 */
export function onceByToken<R extends { readonly id: string }>(
  call: Call,
  operation: string,
  input: { readonly ClientToken?: string | undefined },
  resources: Record<string, R>,
  make: () => R,
): R {
  const { ClientToken: token, ...rest } = input;
  if (token === undefined) return make();
  if (token.length > 64) {
    throw new AwsFault('InvalidParameterValue', 'ClientToken must be at most 64 ASCII characters long.');
  }
  const { tokens } = ec2State(call);
  const parameters = JSON.stringify(sorted(rest));
  const known = tokens[`${operation} ${token}`];
  if (known && known.parameters !== parameters) {
    throw new AwsFault(
      'IdempotentParameterMismatch',
      `The client token ${token} was used before with other parameters.`,
    );
  }
  if (known) return resources[known.resource.id] ?? (known.resource as R);
  const made = make();
  tokens[`${operation} ${token}`] = { resource: structuredClone(made), parameters };
  return made;
}

/** With members in order of name, so that equal parameters are equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, sorted(member)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
