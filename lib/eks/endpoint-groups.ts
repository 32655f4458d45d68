/** Security groups of the environment's interface endpoints: seen in one call, changed at the rate EC2 allows. */
import { EC2Client, ModifyVpcEndpointCommand, type VpcEndpoint } from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { counts } from '#lib/aws/errors.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import { listVpcEndpoints } from '#lib/network/observe.ts';
import { ownershipFilters } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

export function ownedEndpoints(target: EnvironmentTarget): Promise<VpcEndpoint[]> {
  const isInterface = { Name: 'vpc-endpoint-type', Values: ['Interface'] };
  return listVpcEndpoints(client(EC2Client, target), [...ownershipFilters(target), isInterface]);
}

export function carries(endpoint: VpcEndpoint, groupId: string): boolean {
  return endpoint.Groups?.some((group) => group.GroupId === groupId) ?? false;
}

/** ModifyVpcEndpoint refills 0.3 a second into a bucket of four (aws-facts 15). */
const refillPerSecond = 0.3;
const callsPerLook = 4;

/** Seconds after which the next calls will be accepted, when `waiting` are still to be made. */
export function paceSeconds(waiting: number): number {
  return Math.ceil(Math.min(waiting, callsPerLook) / refillPerSecond);
}

export interface GroupChange {
  readonly endpointId: string;
  readonly add?: string;
  readonly remove?: readonly string[];
}

/**
 * Makes as many of the changes as EC2 accepts now and gives the endpoints of those it took. A call refused for rate is not
 * repeated within the invocation: the state machine waits, no Lambda does.
 */
export async function changeGroups(
  target: EnvironmentTarget,
  changes: readonly GroupChange[],
): Promise<string[]> {
  const ec2 = singleAttemptClient(EC2Client, target);
  const accepted: string[] = [];
  await expectCalls('ec2:ModifyVpcEndpoint', changes.length);
  for (const { endpointId, add, remove } of changes) {
    try {
      await ec2.send(
        new ModifyVpcEndpointCommand({
          VpcEndpointId: endpointId,
          ...(add ? { AddSecurityGroupIds: [add] } : {}),
          ...(remove ? { RemoveSecurityGroupIds: [...remove] } : {}),
        }),
      );
    } catch (error) {
      if (counts(error, ['throttled'])) break;
      // A change sends an endpoint back to `pending` for a moment, in which it takes no other.
      if (counts(error, ['pending'])) continue;
      throw error;
    }
    accepted.push(endpointId);
    log.info('endpoint groups changed', { endpointId, add, remove });
  }
  return accepted;
}
