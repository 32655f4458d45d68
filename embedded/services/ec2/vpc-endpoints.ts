/** VPC endpoints: interface endpoints by call, those of other owners as they were arranged; gateway endpoints beside. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { type EndpointService, endpointServicesOf } from './endpoint-services.ts';
import { addToTables, createGatewayEndpoint, leaveTables } from './gateway-endpoints.ts';
import { requireWithin } from './limits.ts';
import { addNetworkInterface, freeAddressCount, removeNetworkInterface } from './network-interfaces.ts';
import {
  ec2State,
  find,
  requireResource,
  requireSecurityGroup,
  requireSubnet,
  requireVpc,
  type Subnet,
  type Vpc,
  type VpcEndpoint,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';
import { onceByToken } from './tokens.ts';

/** By id a new one is there within seconds; a listing may leave it out for longer. */
const mostListingDelaySeconds = 15;

function invalid(message: string): AwsFault {
  return new AwsFault('InvalidParameter', message);
}

function requireService(call: Call, name: string): EndpointService {
  const service = endpointServicesOf(call.region).find(
    (one) => one.name === name && one.type === 'Interface',
  );
  if (!service) throw new AwsFault('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
  return service;
}

function requireSubnets(
  call: Call,
  vpc: Vpc,
  service: EndpointService,
  subnetIds: readonly string[],
): Subnet[] {
  const subnets = subnetIds.map((id) => requireSubnet(call, id));
  for (const subnet of subnets) {
    if (subnet.vpcId !== vpc.id) throw invalid(`Subnet ${subnet.id} does not belong to VPC ${vpc.id}.`);
    if (!service.zoneIds.includes(subnet.zoneId)) {
      throw invalid(
        `The VPC endpoint service ${service.name} does not support the availability zone of the subnet: ${subnet.id}.`,
      );
    }
    if (freeAddressCount(call, subnet) < 1) {
      throw new AwsFault(
        'InsufficientFreeAddressesInSubnet',
        `There are insufficient free addresses in subnet '${subnet.id}'.`,
      );
    }
  }
  if (new Set(subnets.map((subnet) => subnet.zoneId)).size < subnets.length) {
    throw new AwsFault(
      'DuplicateSubnetsInSameZone',
      'Found another VPC endpoint subnet in the availability zone of one of the subnets.',
    );
  }
  return subnets;
}

function requireGroups(call: Call, vpcId: string, groupIds: readonly string[]): void {
  if (groupIds.length === 0) throw invalid('An endpoint must have at least one security group.');
  for (const id of groupIds) {
    if (requireSecurityGroup(call, id).vpcId !== vpcId) {
      throw invalid(`Security group ${id} does not belong to VPC ${vpcId}.`);
    }
  }
  requireWithin(call, 'groupsPerInterface', groupIds.length);
}

/** A name can be answered by one endpoint of a VPC, and one that is going still answers it. */
function requirePrivateDns(call: Call, vpc: Vpc, service: EndpointService): void {
  if (service.suffix === 's3') {
    throw invalid(
      `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${vpc.id} must have a Gateway endpoint for the service.`,
    );
  }
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    throw invalid(
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
    );
  }
  const taken = Object.values(ec2State(call).vpcEndpoints).some(
    (one) =>
      one.vpcId === vpc.id &&
      one.serviceName === service.name &&
      one.privateDnsEnabled &&
      one.state !== 'deleted',
  );
  if (taken) {
    throw invalid(
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${service.privateDnsName} in the VPC ${vpc.id}`,
    );
  }
}

interface NewEndpoint {
  readonly VpcId: string;
  readonly ServiceName: string;
  readonly SubnetIds?: readonly string[] | undefined;
  readonly RouteTableIds?: readonly string[] | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly PrivateDnsEnabled?: boolean | undefined;
}

function createEndpoint(input: NewEndpoint, tags: Record<string, string>, call: Call): VpcEndpoint {
  const vpc = requireVpc(call, input.VpcId);
  const service = requireService(call, input.ServiceName);
  if (!input.SubnetIds || input.RouteTableIds)
    throw invalid('An interface endpoint is made in subnets, and on no route table.');
  const subnets = requireSubnets(call, vpc, service, input.SubnetIds);
  const groupIds = [...(input.SecurityGroupIds ?? [vpc.defaultSecurityGroupId])];
  requireGroups(call, vpc.id, groupIds);
  // Left out, it is on: the surprise of terraform-provider-aws#37783.
  const privateDnsEnabled = input.PrivateDnsEnabled ?? true;
  if (privateDnsEnabled) requirePrivateDns(call, vpc, service);
  const { vpcEndpoints } = ec2State(call);
  const inVpc = Object.values(vpcEndpoints).filter((one) => one.vpcId === vpc.id && one.state !== 'deleted');
  requireWithin(call, 'endpointsPerVpc', inVpc.length + 1);
  const id = call.newId('vpce');
  const seen = visibleAt(call);
  const endpoint: VpcEndpoint = {
    id,
    tags,
    visibleAt: seen,
    listedAt: seen + call.between(0, mostListingDelaySeconds),
    vpcId: vpc.id,
    serviceName: service.name,
    subnetIds: subnets.map((subnet) => subnet.id),
    groupIds,
    networkInterfaceIds: subnets.map((subnet) =>
      addNetworkInterface(call, {
        subnetId: subnet.id,
        groupIds,
        description: `VPC Endpoint Interface ${id}`,
        interfaceType: 'vpc_endpoint',
        requesterId: 'amazon-vpc-endpoints',
      }),
    ),
    privateDnsEnabled,
    dnsLabel: call.hex(8),
    createdAt: call.now,
    state: 'pending',
  };
  vpcEndpoints[id] = endpoint;
  const fails = call.outcome === 'fails';
  call.schedule(
    fails ? 'ec2:vpcEndpointFailed' : 'ec2:vpcEndpointAvailable',
    id,
    fails ? call.between(20, 60) : call.between(60, 150),
  );
  return endpoint;
}

function setPrivateDns(endpoint: VpcEndpoint, wanted: boolean | undefined, call: Call): void {
  if (wanted === undefined || wanted === endpoint.privateDnsEnabled) return;
  if (wanted)
    requirePrivateDns(call, requireVpc(call, endpoint.vpcId), requireService(call, endpoint.serviceName));
  endpoint.privateDnsEnabled = wanted;
}

function modifyGroups(
  endpoint: VpcEndpoint,
  change: { add: readonly string[]; remove: readonly string[] },
  call: Call,
): void {
  if (endpoint.state !== 'available') {
    throw new AwsFault(
      // Not IncorrectState (hashicorp/terraform-provider-aws#42875, #42884, #42698).
      'OperationInProgress',
      `The VPC endpoint ${endpoint.id} is in the state ${endpoint.state} and cannot be modified.`,
    );
  }
  const groupIds = [...new Set([...endpoint.groupIds, ...change.add])].filter(
    (id) => !change.remove.includes(id),
  );
  requireGroups(call, endpoint.vpcId, groupIds);
  endpoint.groupIds = groupIds;
  for (const id of endpoint.networkInterfaceIds) {
    const networkInterface = ec2State(call).networkInterfaces[id];
    if (networkInterface) networkInterface.groupIds = [...groupIds];
  }
  // A change may send it back to pending for a moment.
  if (call.random() < 0.5) {
    endpoint.state = 'pending';
    call.schedule('ec2:vpcEndpointAvailable', endpoint.id, call.between(3, 15));
  }
}

function refusalToDelete(endpoint: VpcEndpoint | undefined, id: string) {
  if (!endpoint) {
    return { Code: 'InvalidVpcEndpoint.NotFound', Message: `The VpcEndpoint Id '${id}' does not exist` };
  }
  if (!endpoint.requesterManaged) return undefined;
  return {
    Code: 'OperationNotPermitted',
    Message: `Operation is not allowed for requester-managed VPC endpoint ${id}`,
  };
}

function deleteEndpoint(endpoint: VpcEndpoint, call: Call): void {
  if (endpoint.state === 'deleting' || endpoint.state === 'deleted') return;
  endpoint.state = 'deleting';
  leaveTables(endpoint, call);
  call.schedule('ec2:vpcEndpointDeleted', endpoint.id, call.between(60, 150));
}

/** What an endpoint has whose create names no policy. */
const fullAccess = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}';

function present(endpoint: VpcEndpoint, call: Call) {
  const suffix = endpoint.serviceName.split(`.${call.region}.`)[1] ?? 'vpce-svc';
  const privateDnsName = endpointServicesOf(call.region).find(
    (one) => one.name === endpoint.serviceName && one.type === 'Interface',
  )?.privateDnsName;
  const regional = `${endpoint.id}-${endpoint.dnsLabel}.${suffix}.${call.region}.vpce.amazonaws.com`;
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: endpoint.type ?? 'Interface',
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    State: endpoint.state,
    SubnetIds: endpoint.subnetIds,
    RouteTableIds: (endpoint.routeTableIds ?? []).filter((id) => ec2State(call).routeTables[id]),
    Groups: endpoint.groupIds.map((GroupId) => ({
      GroupId,
      GroupName: ec2State(call).securityGroups[GroupId]?.name,
    })),
    NetworkInterfaceIds: endpoint.networkInterfaceIds,
    PrivateDnsEnabled: endpoint.privateDnsEnabled,
    IpAddressType: 'ipv4',
    DnsEntries:
      endpoint.type === 'Gateway'
        ? []
        : [
            { DnsName: regional, HostedZoneId: 'Z273ZU8SZ5RJPC' },
            ...(endpoint.privateDnsEnabled
              ? [{ DnsName: privateDnsName, HostedZoneId: 'ZONEIDPENDING' }]
              : []),
          ],
    PolicyDocument: endpoint.policy ?? fullAccess,
    RequesterManaged: endpoint.requesterManaged ?? false,
    CreationTimestamp: new Date(endpoint.createdAt),
    OwnerId: call.account,
    ...(endpoint.lastError
      ? { LastError: { Code: endpoint.lastError.code, Message: endpoint.lastError.message } }
      : {}),
    Tags: tagList(endpoint),
  };
}

export const vpcEndpointOperations: Record<string, Operation> = {
  CreateVpcEndpoint: mutation(
    {
      VpcEndpointType: z.enum(['Interface', 'Gateway']),
      VpcId: z.string(),
      ServiceName: z.string(),
      SubnetIds: z.array(z.string()).min(1).optional(),
      RouteTableIds: z.array(z.string()).min(1).optional(),
      SecurityGroupIds: z.array(z.string()).min(1).optional(),
      PrivateDnsEnabled: z.boolean().optional(),
      IpAddressType: z.literal('ipv4').optional(),
      ClientToken: z.string().optional(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'vpc-endpoint');
      const endpoint = onceByToken(call, 'CreateVpcEndpoint', input, ec2State(call).vpcEndpoints, () =>
        input.VpcEndpointType === 'Gateway'
          ? createGatewayEndpoint(input, tags, call)
          : createEndpoint(input, tags, call),
      );
      return { ClientToken: input.ClientToken, VpcEndpoint: present(endpoint, call) };
    },
  ),

  ModifyVpcEndpoint: mutation(
    {
      VpcEndpointId: z.string(),
      AddSecurityGroupIds: z.array(z.string()).min(1).optional(),
      RemoveSecurityGroupIds: z.array(z.string()).min(1).optional(),
      AddRouteTableIds: z.array(z.string()).min(1).optional(),
      PrivateDnsEnabled: z.boolean().optional(),
    },
    (input, call) => {
      const endpoint = requireResource(call, 'vpcEndpoints', input.VpcEndpointId);
      const { AddSecurityGroupIds: add = [], RemoveSecurityGroupIds: remove = [] } = input;
      if (endpoint.type === 'Gateway') {
        addToTables(endpoint, input, call);
        return { Return: true };
      }
      if (input.AddRouteTableIds) throw invalid('An interface endpoint is on no route table.');
      setPrivateDns(endpoint, input.PrivateDnsEnabled, call);
      modifyGroups(endpoint, { add, remove }, call);
      return { Return: true };
    },
  ),

  // The call succeeds all the same; what it could not do is in the answer.
  DeleteVpcEndpoints: mutation({ VpcEndpointIds: z.array(z.string()).min(1) }, (input, call) => ({
    Unsuccessful: input.VpcEndpointIds.flatMap((ResourceId) => {
      const endpoint = find(call, ec2State(call).vpcEndpoints, ResourceId);
      const refusal = refusalToDelete(endpoint, ResourceId);
      if (endpoint && !refusal) deleteEndpoint(endpoint, call);
      return refusal ? [{ ResourceId, Error: refusal }] : [];
    }),
  })),

  DescribeVpcEndpoints: read({ VpcEndpointIds: ids, Filters: filters, ...paging }, (input, call) => {
    const endpoints = select(
      call,
      'vpcEndpoints',
      { ids: input.VpcEndpointIds, filters: input.Filters },
      {
        'vpc-endpoint-id': (endpoint) => [endpoint.id],
        'vpc-id': (endpoint) => [endpoint.vpcId],
        'service-name': (endpoint) => [endpoint.serviceName],
        'vpc-endpoint-state': (endpoint) => [endpoint.state],
        'vpc-endpoint-type': (endpoint) => [endpoint.type ?? 'Interface'],
      },
    );
    const { items, ...next } = page(endpoints, input);
    return { VpcEndpoints: items.map((endpoint) => present(endpoint, call)), ...next };
  }),
};

export const vpcEndpointEvents: Record<string, (id: string, call: Call) => void> = {
  'ec2:vpcEndpointAvailable': (id, call) => {
    const endpoint = ec2State(call).vpcEndpoints[id];
    if (endpoint?.state === 'pending') endpoint.state = 'available';
  },

  'ec2:vpcEndpointFailed': (id, call) => {
    const endpoint = ec2State(call).vpcEndpoints[id];
    if (endpoint?.state !== 'pending') return;
    endpoint.state = 'failed';
    endpoint.lastError = { code: 'InternalError', message: 'An internal error has occurred' };
  },

  'ec2:vpcEndpointDeleted': (id, call) => {
    const endpoint = ec2State(call).vpcEndpoints[id];
    if (!endpoint) return;
    endpoint.state = 'deleted';
    call.schedule('ec2:vpcEndpointForgotten', id, call.between(5, 30));
    for (const networkInterface of endpoint.networkInterfaceIds) {
      // They linger after the endpoint has gone from sight.
      call.schedule('ec2:vpcEndpointInterfaceGone', networkInterface, call.between(5, 60));
    }
  },

  'ec2:vpcEndpointForgotten': (id, call) => {
    delete ec2State(call).vpcEndpoints[id];
  },

  'ec2:vpcEndpointInterfaceGone': (id, call) => removeNetworkInterface(call, id),
};
