/**
 * Can the NAT gateways have the Elastic IPs that the request names? A gateway keeps its address for life, and allow-lists
 * hang on it: one that stands is not replaced for another address, the request is refused.
 */
import type { Address } from '@aws-sdk/client-ec2';
import { natGatewayComponents } from '#lib/network/options.ts';
import { componentTag, environmentTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askNatAddresses({ account, request, target }: Context): Promise<Findings> {
  const findings = noFindings();
  const { natAddresses, natGateways } = request.network;
  const addresses = await account.addresses();
  const gateways = (await account.natGateways()).filter(({ Tags }) => isOwned(Tags, target));
  const planned = natGateways === 'per-zone' ? natGatewayComponents : natGatewayComponents.slice(0, 1);
  planned.forEach((component, index) => {
    const wanted = natAddresses[index];
    const gateway = gateways.find(({ Tags }) => tagValue(Tags, componentTag) === component);
    const held = gateway?.NatGatewayAddresses?.[0]?.AllocationId;
    const ofOurs = addresses.some(({ AllocationId, Tags }) => AllocationId === held && isOwned(Tags, target));
    const problem =
      (wanted ? unusable(wanted, held, addresses, target.region) : undefined) ??
      (held && held !== wanted && (wanted || !ofOurs)
        ? change(gateway?.NatGatewayId, held, ofOurs)
        : undefined);
    if (problem) findings.problems.push(problem);
  });
  return findings;
}

/** Why no NAT gateway of this environment can have it. */
function unusable(
  wanted: string,
  held: string | undefined,
  addresses: readonly Address[],
  region: string,
): Finding | undefined {
  const found = addresses.find(({ AllocationId }) => AllocationId === wanted);
  const field = `network.natAddresses ${wanted}:`;
  if (!found)
    return { what: `${field} no such address in ${region} of this account`, todo: 'name one that is there' };
  if (found.Domain !== undefined && found.Domain !== 'vpc')
    return { what: `${field} is of the domain ${found.Domain}, not vpc`, todo: 'name one for VPCs' };
  const environment = tagValue(found.Tags, environmentTag);
  if (environment !== undefined)
    return {
      what: `${field} carries the tag ${environmentTag} of environment ${environment}, with which it is released`,
      todo: 'name an address of your own, or take that tag off',
    };
  if (found.AssociationId && held !== wanted)
    return {
      what: `${field} is associated with ${found.InstanceId ?? found.NetworkInterfaceId ?? found.AssociationId}`,
      todo: 'disassociate it, or name another',
    };
  return undefined;
}

function change(gateway: string | undefined, held: string, ofOurs: boolean): Finding {
  const todo = ofOurs ? 'leave network.natAddresses out' : `name ${held} in network.natAddresses`;
  return {
    what: `network.natAddresses: NAT gateway ${gateway} has address ${held}, and a gateway keeps its address for life`,
    todo,
  };
}
