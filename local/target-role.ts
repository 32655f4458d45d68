/** The role in another account that a request names, on the embedded AWS: as `target-role` has an administrator make it. */
import type { EmbeddedAws } from '#embedded/engine.ts';
import { homeAccount } from '#embedded/engine.ts';
import { placeRole } from '#embedded/services/iam/roles.ts';

/** Has it exist, trusting the service's account and, where one is given, this external id. */
export function arrangeTargetRole(aws: EmbeddedAws, roleArn: string, externalId?: string): void {
  const [, , , , account = '', path = ''] = roleArn.split(':');
  const name = path.split('/').at(-1) as string;
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${homeAccount}:root` },
    Action: 'sts:AssumeRole',
    ...(externalId ? { Condition: { StringEquals: { 'sts:ExternalId': externalId } } } : {}),
  };
  aws.inspect(
    'us-east-1',
    (call) =>
      placeRole(call, {
        name,
        path: path.slice('role'.length, -name.length),
        trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    account,
  );
}
