/** The load balancer group goes with its last rule (R24), and AWS deletes none that an interface still carries. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { listNetworkInterfaces } from '#lib/network/observe.ts';
import { names } from '#lib/ownership/names.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import type { Change } from './change.ts';

/** Where the last rule is taken out of a group that is in use, its changes are refused, naming who uses it. */
export async function refusedWhileInUse(
  target: EnvironmentTarget,
  seen: Observation,
  isLastRule: boolean,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const group = seen.securityGroups.find(({ name }) => name === names(target).loadBalancerSecurityGroup);
  if (!group || !isLastRule) return changes;
  const carriesIt = [{ Name: 'group-id', Values: [group.id] }];
  const users = (await listNetworkInterfaces(client(EC2Client, target), carriesIt))
    // One that nothing holds any more is swept by the step; one that comes just now it names.
    .filter(({ Attachment }) => Attachment?.Status === 'attached')
    .map(
      ({ NetworkInterfaceId, Description }) => `${NetworkInterfaceId} (${Description || 'no description'})`,
    );
  if (users.length === 0) return changes;
  return changes.map(({ field, from, to, step, ...rest }) =>
    field.startsWith('loadBalancer.ingress[')
      ? {
          field,
          from,
          to,
          step,
          kind: 'refuse',
          why: `${group.id} goes with its last rule, and is in use by ${users.join(', ')}`,
          instead: 'delete the load balancers that have it first, or leave a rule in the list',
        }
      : { field, from, to, step, ...rest },
  );
}
