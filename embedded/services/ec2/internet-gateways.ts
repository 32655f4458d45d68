/** Internet gateways. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import {
  dependencyViolation,
  ec2State,
  type InternetGateway,
  requireResource,
  requireVpc,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';

/** The gateway attached to a VPC. */
export function internetGatewayOf(call: Call, vpcId: string): InternetGateway | undefined {
  return Object.values(ec2State(call).internetGateways).find((gateway) => gateway.vpcId === vpcId);
}

function present(gateway: InternetGateway, call: Call) {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: call.account,
    // Attached is `available` here, whatever the SDK's enum says (aws-facts 0.4).
    Attachments: gateway.vpcId === undefined ? [] : [{ VpcId: gateway.vpcId, State: 'available' }],
    Tags: tagList(gateway),
  };
}

function attach(gateway: InternetGateway, vpcId: string, call: Call): void {
  if (gateway.vpcId !== undefined) {
    throw new AwsFault(
      'Resource.AlreadyAssociated',
      `resource ${gateway.id} is already attached to network ${gateway.vpcId}`,
    );
  }
  if (internetGatewayOf(call, vpcId)) {
    throw new AwsFault('InvalidParameterValue', `Network ${vpcId} already has an internet gateway attached`);
  }
  gateway.vpcId = vpcId;
}

function detach(gateway: InternetGateway, vpcId: string, call: Call): void {
  if (gateway.vpcId !== vpcId) {
    throw new AwsFault('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${vpcId}`);
  }
  const mapped = Object.values(ec2State(call).networkInterfaces).some(
    (one) => one.vpcId === vpcId && one.publicIp !== undefined,
  );
  if (mapped) {
    throw dependencyViolation(
      `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
  delete gateway.vpcId;
}

const gatewayAndVpc = { InternetGatewayId: z.string(), VpcId: z.string() };

export const internetGatewayOperations: Record<string, Operation> = {
  CreateInternetGateway: mutation({ TagSpecifications: tagSpecifications }, (input, call) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'internet-gateway');
    const gateways = ec2State(call).internetGateways;
    requireWithin(call, 'internetGateways', Object.keys(gateways).length + 1);
    const gateway: InternetGateway = { id: call.newId('igw'), tags, visibleAt: visibleAt(call) };
    gateways[gateway.id] = gateway;
    return { InternetGateway: present(gateway, call) };
  }),

  AttachInternetGateway: mutation(gatewayAndVpc, (input, call) => {
    const gateway = requireResource(call, 'internetGateways', input.InternetGatewayId);
    attach(gateway, requireVpc(call, input.VpcId).id, call);
    return {};
  }),

  DetachInternetGateway: mutation(gatewayAndVpc, (input, call) => {
    const gateway = requireResource(call, 'internetGateways', input.InternetGatewayId);
    detach(gateway, requireVpc(call, input.VpcId).id, call);
    return {};
  }),

  DeleteInternetGateway: mutation({ InternetGatewayId: z.string() }, (input, call) => {
    const gateway = requireResource(call, 'internetGateways', input.InternetGatewayId);
    if (gateway.vpcId !== undefined) {
      throw dependencyViolation(
        `The internetGateway '${gateway.id}' has dependencies and cannot be deleted.`,
      );
    }
    delete ec2State(call).internetGateways[gateway.id];
    return {};
  }),

  DescribeInternetGateways: read({ InternetGatewayIds: ids, Filters: filters, ...paging }, (input, call) => {
    const gateways = select(
      call,
      'internetGateways',
      { ids: input.InternetGatewayIds, filters: input.Filters },
      {
        'internet-gateway-id': (gateway) => [gateway.id],
        'attachment.vpc-id': (gateway) => [gateway.vpcId],
        'attachment.state': (gateway) => (gateway.vpcId === undefined ? [] : ['available']),
      },
    );
    const { items, ...next } = page(gateways, input);
    return { InternetGateways: items.map((gateway) => present(gateway, call)), ...next };
  }),
};
