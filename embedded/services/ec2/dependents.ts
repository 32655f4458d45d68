/**
 * What others hang on a VPC: connections and gateways of kinds that no function here makes. They are arranged from
 * outside, told by their Describe calls, and keep the VPC from being deleted as long as they live.
 */
import { z } from 'zod';
import { type Call, type Operation, read } from '#embedded/model.ts';
import { filters, narrow, page, paging } from './describe.ts';
import { type Dependent, type DependentKind, ec2State } from './state.ts';
import { tagList } from './tags.ts';

const idPrefixes: Readonly<Record<DependentKind, string>> = {
  peering: 'pcx',
  'vpn-gateway': 'vgw',
  'egress-only-gateway': 'eigw',
  'carrier-gateway': 'cagw',
  'transit-gateway-attachment': 'tgw-attach',
  'instance-connect-endpoint': 'eice',
  'client-vpn-endpoint': 'cvpn-endpoint',
  'network-acl': 'acl',
};

const livingStates: Readonly<Record<DependentKind, string>> = {
  peering: 'active',
  'vpn-gateway': 'attached',
  'egress-only-gateway': 'attached',
  'carrier-gateway': 'available',
  'transit-gateway-attachment': 'available',
  'instance-connect-endpoint': 'create-complete',
  'client-vpn-endpoint': 'available',
  'network-acl': 'available',
};

/** Somebody makes one; its id. */
export function placeDependent(
  call: Call,
  kind: DependentKind,
  wanted: Pick<Dependent, 'vpcId'> & Partial<Dependent>,
): string {
  const dependents = (ec2State(call).dependents ??= []);
  const id = wanted.id ?? call.newId(idPrefixes[kind]);
  dependents.push({ tags: {}, state: livingStates[kind], ...wanted, kind, id });
  return id;
}

/** Somebody removes it. */
export function removeDependent(call: Call, id: string): void {
  const state = ec2State(call);
  state.dependents = (state.dependents ?? []).filter((one) => one.id !== id);
}

export function dependentsOf(call: Call, kind: DependentKind): Dependent[] {
  return (ec2State(call).dependents ?? []).filter((one) => one.kind === kind);
}

/** Does one of them keep the VPC from being deleted? */
export function hasLivingDependents(call: Call, vpcId: string): boolean {
  return (ec2State(call).dependents ?? []).some(
    (one) =>
      one.vpcId === vpcId && !/^(deleted|rejected|failed|expired|detached|delete-complete)$/.test(one.state),
  );
}

type Fields = Parameters<typeof narrow<Dependent>>[2];

const vpcAndState: Fields = {
  'vpc-id': ({ vpcId }) => [vpcId],
  state: ({ state }) => [state],
};

/** A listing with filters and pages, as most of these kinds have it. */
function listing(
  kind: DependentKind,
  member: string,
  fields: Fields,
  present: (one: Dependent, call: Call) => object,
): Operation {
  return read({ Filters: filters, ...paging }, (input, call) => {
    const { items, ...next } = page(narrow(dependentsOf(call, kind), input.Filters, fields), input);
    return { [member]: items.map((one) => ({ ...present(one, call), Tags: tagList(one) })), ...next };
  });
}

function attachments({ vpcId, state }: Dependent) {
  return [{ VpcId: vpcId, State: state }];
}

export const dependentOperations: Record<string, Operation> = {
  DescribeVpcPeeringConnections: listing(
    'peering',
    'VpcPeeringConnections',
    {
      'requester-vpc-info.vpc-id': ({ vpcId }) => [vpcId],
      'accepter-vpc-info.vpc-id': ({ otherId }) => [otherId],
      'status-code': ({ state }) => [state],
    },
    ({ id, vpcId, otherId, state }, call) => ({
      VpcPeeringConnectionId: id,
      RequesterVpcInfo: { VpcId: vpcId, OwnerId: call.account },
      AccepterVpcInfo: { VpcId: otherId, OwnerId: call.account },
      Status: { Code: state },
    }),
  ),

  // Neither pages nor more than the filters named here.
  DescribeVpnGateways: read({ Filters: filters }, (input, call) => ({
    VpnGateways: narrow(dependentsOf(call, 'vpn-gateway'), input.Filters, {
      'attachment.vpc-id': ({ vpcId }) => [vpcId],
      'attachment.state': ({ state }) => [state],
    }).map((one) => ({
      VpnGatewayId: one.id,
      State: 'available',
      Type: 'ipsec.1',
      VpcAttachments: attachments(one),
      Tags: tagList(one),
    })),
  })),

  // Its filters know tags only.
  DescribeEgressOnlyInternetGateways: listing(
    'egress-only-gateway',
    'EgressOnlyInternetGateways',
    {},
    (one) => ({
      EgressOnlyInternetGatewayId: one.id,
      Attachments: attachments(one),
    }),
  ),

  DescribeCarrierGateways: listing('carrier-gateway', 'CarrierGateways', vpcAndState, (one, call) => ({
    CarrierGatewayId: one.id,
    VpcId: one.vpcId,
    State: one.state,
    OwnerId: call.account,
  })),

  DescribeInstanceConnectEndpoints: listing(
    'instance-connect-endpoint',
    'InstanceConnectEndpoints',
    vpcAndState,
    (one, call) => ({
      InstanceConnectEndpointId: one.id,
      VpcId: one.vpcId,
      State: one.state,
      OwnerId: call.account,
    }),
  ),

  DescribeClientVpnEndpoints: read(
    { ClientVpnEndpointIds: z.array(z.string()).optional(), Filters: filters, ...paging },
    (input, call) => {
      const found = narrow(dependentsOf(call, 'client-vpn-endpoint'), input.Filters, {
        'endpoint-id': ({ id }) => [id],
      }).filter(({ id }) => input.ClientVpnEndpointIds?.includes(id) ?? true);
      const { items, ...next } = page(found, input);
      return {
        ClientVpnEndpoints: items.map((one) => ({
          ClientVpnEndpointId: one.id,
          VpcId: one.vpcId,
          Status: { Code: one.state },
          Tags: tagList(one),
        })),
        ...next,
      };
    },
  ),
};
