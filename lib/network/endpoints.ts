/** Interface endpoints one by one: what AWS answers to creating, changing and deleting them. */
import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  EC2Client,
  ModifyVpcEndpointCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { canonicalCode, counts } from '#lib/aws/errors.ts';
import { clientToken, tagSpecifications } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';

export type EndpointService = EnvironmentPlan['endpointServices'][number];

/** R19: private DNS for every service but S3. */
function wantsPrivateDns({ suffix }: EndpointService): boolean {
  return suffix !== 's3';
}

function endpointComponent({ suffix }: EndpointService): string {
  return `endpoint/${suffix}`;
}

/** `failed` stands for every state an endpoint never leaves by itself. */
export type EndpointPhase = 'coming' | 'available' | 'failed' | 'leaving' | 'gone';

const phases: Readonly<Record<string, EndpointPhase>> = {
  pending: 'coming',
  pendingacceptance: 'coming',
  available: 'available',
  failed: 'failed',
  rejected: 'failed',
  expired: 'failed',
  partial: 'failed',
  deleting: 'leaving',
  // It stays listed for a while after it is deleted.
  deleted: 'gone',
};

/** The wire says `available` and `pendingAcceptance`, the SDK's enum `Available` (aws-facts 0.4). */
export function phaseOf({ VpcEndpointId, State }: VpcEndpoint): EndpointPhase {
  const phase = phases[(State ?? '').toLowerCase()];
  if (!phase)
    throw new ResourceFailedError(
      `VPC endpoint ${VpcEndpointId} has the state ${State}, which this version does not know`,
      'look at it in the AWS console; when it is as it should be, run again',
    );
  return phase;
}

export function failureOf({ LastError, FailureReason }: VpcEndpoint): string {
  return LastError?.Message ?? LastError?.Code ?? FailureReason ?? 'AWS gives no reason';
}

export interface EndpointPlace {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly groupId: string;
}

/**
 * - `asked`: AWS made it. `slow down`: no more of these calls for seconds. `later`: not accepted now, for a
 *   reason that passes. `conflict`: the service's private DNS name is taken in this VPC. `DNS is off`: to this
 *   call, in the VPC whose attributes were set a moment ago.
 */
export type Asked =
  | { readonly answer: 'asked'; readonly id: string }
  | {
      readonly answer: 'slow down' | 'later' | 'conflict' | 'DNS is off';
      readonly code: string;
      readonly error: Error;
    };

/**
 * `predecessor` is the last endpoint of this service we knew, now gone: a token replayed after its endpoint died
 * answers with the corpse. The single attempt is because of the rate: the SDK's own repetitions only use it up,
 * and the token makes ours safe.
 */
export async function createEndpoint(
  environment: EnvironmentPlan,
  service: EndpointService,
  { vpcId, subnetId, groupIds }: Omit<EndpointPlace, 'groupId'> & { readonly groupIds: readonly string[] },
  predecessor: string | undefined,
): Promise<Asked> {
  const component = endpointComponent(service);
  try {
    const created = await singleAttemptClient(EC2Client, environment).send(
      new CreateVpcEndpointCommand({
        VpcId: vpcId,
        VpcEndpointType: 'Interface',
        ServiceName: service.serviceName,
        SubnetIds: [subnetId],
        SecurityGroupIds: [...groupIds],
        // Left out, AWS turns it on for S3 too and then wants a gateway endpoint for it (aws-facts 3).
        PrivateDnsEnabled: wantsPrivateDns(service),
        IpAddressType: 'ipv4',
        ClientToken: clientToken(vpcId, component, environment.execution, predecessor ?? ''),
        TagSpecifications: tagSpecifications(environment, 'vpc-endpoint', component),
      }),
    );
    return { answer: 'asked', id: created.VpcEndpoint!.VpcEndpointId! };
  } catch (error) {
    return { answer: refusalOf(error as Error), code: canonicalCode(error), error: error as Error };
  }
}

/** @throws what no later look changes. */
function refusalOf(error: Error): Exclude<Asked['answer'], 'asked'> {
  if (/conflicting DNS domain/i.test(error.message)) return 'conflict';
  if (/Enabling private DNS requires both/i.test(error.message)) return 'DNS is off';
  if (counts(error, ['throttled'])) return 'slow down';
  if (counts(error, ['pending', 'transient'])) return 'later';
  throw error;
}

/** What ours lacks of R19 and R20, as one change; undefined when nothing. Groups others added stay. */
export function repairOf(
  endpoint: VpcEndpoint,
  service: EndpointService,
  groupId: string,
): ModifyVpcEndpointCommand | undefined {
  const dnsIsRight = endpoint.PrivateDnsEnabled === wantsPrivateDns(service);
  const hasGroup = (endpoint.Groups ?? []).some((group) => group.GroupId === groupId);
  if (dnsIsRight && hasGroup) return undefined;
  return new ModifyVpcEndpointCommand({
    VpcEndpointId: endpoint.VpcEndpointId,
    ...(dnsIsRight ? {} : { PrivateDnsEnabled: wantsPrivateDns(service) }),
    ...(hasGroup ? {} : { AddSecurityGroupIds: [groupId] }),
  });
}

/** One call for all of them. AWS answers 200 and lists what it did not delete; that is thrown as the error it is. */
export async function deleteEndpoints(
  target: Parameters<typeof client>[1],
  endpoints: readonly VpcEndpoint[],
): Promise<void> {
  if (endpoints.length === 0) return;
  const { Unsuccessful } = await client(EC2Client, target).send(
    new DeleteVpcEndpointsCommand({ VpcEndpointIds: endpoints.map((one) => one.VpcEndpointId!) }),
  );
  for (const { ResourceId, Error: refusal } of Unsuccessful ?? []) {
    const error = Object.assign(new Error(`${ResourceId}: ${refusal?.Message ?? 'no reason given'}`), {
      name: refusal?.Code ?? 'Unknown',
      operation: 'ec2:DeleteVpcEndpoints',
      $metadata: {},
    });
    if (!counts(error, ['gone'])) throw error;
  }
}
