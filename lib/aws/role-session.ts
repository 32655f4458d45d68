/**
 * Sessions in other accounts: who works there assumes the role the request names, with the name of its execution,
 * so that CloudTrail over there says which run did what. Kept for the life of the sandbox and renewed in time.
 *
 * The role is assumed at the STS endpoint of the service's own region: sessions of a regional endpoint are valid in
 * every region, also in one that is enabled only in the other account.
 */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';

/** Long enough for every call of one invocation. */
const renewBeforeEndMilliseconds = 5 * 60 * 1000;

/** What STS takes as a session's name: 2 to 64 characters of `[\w+=,.@-]`. Execution names have up to 80. */
export function sessionName(execution: string): string {
  return execution
    .replace(/[^\w+=,.@-]/g, '-')
    .slice(0, 64)
    .padEnd(2, '-');
}

interface Session {
  readonly credentials: Promise<AwsCredentialIdentity>;
  /** Milliseconds since the epoch; infinite until STS has said. */
  endsAt: number;
}

export class RoleSessions {
  readonly #sts: () => STSClient;
  readonly #sessions = new Map<string, Session>();

  constructor(sts: () => STSClient) {
    this.#sts = sts;
  }

  /** Credentials good for minutes at least; asked for once, however many ask. A refusal is not remembered. */
  async credentials(roleArn: string, name: string): Promise<AwsCredentialIdentity> {
    // A sandbox serves many executions: what ends is let go.
    for (const [key, { endsAt }] of this.#sessions) {
      if (endsAt - Date.now() < renewBeforeEndMilliseconds) this.#sessions.delete(key);
    }
    const key = `${roleArn} ${name}`;
    const known = this.#sessions.get(key);
    if (known) return known.credentials;
    const session: Session = {
      credentials: this.#assume(roleArn, name),
      endsAt: Number.POSITIVE_INFINITY,
    };
    this.#sessions.set(key, session);
    try {
      const credentials = await session.credentials;
      session.endsAt = credentials.expiration?.getTime() ?? 0;
      return credentials;
    } catch (error) {
      this.#sessions.delete(key);
      throw error;
    }
  }

  async #assume(RoleArn: string, RoleSessionName: string): Promise<AwsCredentialIdentity> {
    const ExternalId = process.env.EXTERNAL_ID || undefined;
    const { Credentials } = await this.#sts().send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName, ExternalId }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
      sessionToken: Credentials?.SessionToken as string,
      expiration: Credentials?.Expiration as Date,
    };
  }
}
