/** STS: who am I, and sessions of roles, in the caller's account or another. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, read, type ServiceModel } from '#embedded/model.ts';
import { iamState, type RoleRecord } from '#embedded/services/iam/state.ts';

interface Session {
  arn: string;
  endsAt: number;
}

interface StsState {
  /** By access key, in the role's account. */
  sessions: Record<string, Session>;
}

const stsState = (call: Call) => call.globalState<StsState>('sts', () => ({ sessions: {} }));

interface Statement {
  readonly Effect: string;
  readonly Principal?: { readonly AWS?: string | readonly string[] };
  readonly Action?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Whether a trust policy lets the caller in. Conditions other than on the external id are not modelled. */
function trusts(role: RoleRecord, call: Call, externalId: string | undefined): boolean {
  const policy = JSON.parse(role.trustPolicy) as { Statement: Statement | Statement[] };
  return [policy.Statement].flat().some(({ Effect, Principal, Action, Condition = {} }) => {
    const conditions = Object.entries(Condition).flatMap(([test, keys]) =>
      Object.keys(keys).map((key) => `${test} ${key}`),
    );
    const unknown = conditions.find((one) => one !== 'StringEquals sts:ExternalId');
    if (unknown) throw new Error(`the embedded AWS does not model the trust condition ${unknown}`);
    const wanted = Condition.StringEquals?.['sts:ExternalId'];
    return (
      Effect === 'Allow' &&
      [Action ?? []].flat().includes('sts:AssumeRole') &&
      [Principal?.AWS ?? []].flat().includes(`arn:${call.partition}:iam::${call.account}:root`) &&
      (wanted === undefined || wanted === externalId)
    );
  });
}

interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly ExternalId?: string | undefined;
  readonly DurationSeconds?: number | undefined;
}

/** STS does not say which it was: no such role, or one that does not trust the caller. */
function assumeRole(input: AssumeRoleInput, call: Call): object {
  const account = input.RoleArn.split(':')[4] as string;
  const there = call.inAccount(account);
  const role = Object.values(iamState(there).roles).find(({ arn }) => arn === input.RoleArn);
  if (!role || there.now < role.usableAt || !trusts(role, call, input.ExternalId)) {
    throw new AwsFault(
      'AccessDenied',
      `User: ${call.caller} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      { status: 403 },
    );
  }
  const seconds = input.DurationSeconds ?? 3600;
  const AccessKeyId = `ASIA${account}${call.hex(8).toUpperCase()}`;
  const endsAt = call.now + seconds * 1000;
  const arn = `arn:${call.partition}:sts::${account}:assumed-role/${role.name}/${input.RoleSessionName}`;
  const { sessions } = stsState(there);
  for (const [key, session] of Object.entries(sessions)) if (session.endsAt < call.now) delete sessions[key];
  sessions[AccessKeyId] = { arn, endsAt };
  return {
    Credentials: {
      AccessKeyId,
      SecretAccessKey: 'embedded',
      SessionToken: call.hex(32),
      Expiration: new Date(endsAt),
    },
    AssumedRoleUser: { Arn: arn, AssumedRoleId: `${role.id}:${input.RoleSessionName}` },
  };
}

export const sts: ServiceModel = {
  service: 'sts',
  operations: {
    GetCallerIdentity: read({}, (_input, call) => ({
      Account: call.account,
      Arn: call.caller,
      UserId: 'AIDAEMBEDDED',
    })),
    AssumeRole: mutation(
      {
        RoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/),
        RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
        ExternalId: z.string().min(2).max(1224).optional(),
        DurationSeconds: z.int().min(900).max(3600).optional(),
      },
      assumeRole,
    ),
  },
  callerOf: (accessKeyId, call) => {
    const session = stsState(call).sessions[accessKeyId];
    if (!session || session.endsAt <= call.now)
      throw new AwsFault('ExpiredToken', 'The security token included in the request is expired', {
        status: 403,
      });
    return session.arn;
  },
};
