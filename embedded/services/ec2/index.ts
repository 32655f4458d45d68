/** EC2: networks and what they carry. */
import type { Call, ServiceModel } from '#embedded/model.ts';
import { accountOperations } from './account.ts';
import { addressOperations } from './addresses.ts';
import { blockPublicAccessOperations } from './block-public-access.ts';
import { dependentOperations } from './dependents.ts';
import { endpointServiceOperations } from './endpoint-services.ts';
import { flowLogOperations } from './flow-logs.ts';
import { instanceEvents, instanceOperations } from './instances.ts';
import { internetGatewayOperations } from './internet-gateways.ts';
import { launchTemplateOperations } from './launch-templates.ts';
import { natGatewayEvents, natGatewayOperations } from './nat-gateways.ts';
import { networkInterfaceEvents, networkInterfaceOperations } from './network-interface-operations.ts';
import { routeTableOperations } from './route-tables.ts';
import { routeOperations } from './routes.ts';
import { securityGroupRuleOperations } from './security-group-rules.ts';
import { securityGroupOperations } from './security-groups.ts';
import { ec2State, type Resource } from './state.ts';
import { subnetOperations } from './subnets.ts';
import { tagOperations } from './tags.ts';
import { transitGatewayEvents, transitGatewayOperations } from './transit-gateways.ts';
import { vpcEndpointEvents, vpcEndpointOperations } from './vpc-endpoints.ts';
import { vpcOperations } from './vpcs.ts';

/** What exists and is somebody's to take down: neither what is dead and still listed, nor what comes with a VPC. */
function inventory(call: Call): Record<string, string[]> {
  const state = ec2State(call);
  const idsOf = <R extends Resource>(
    resources: Record<string, R>,
    counts: (resource: R) => boolean = () => true,
  ) =>
    Object.values(resources)
      .filter(counts)
      .map((resource) => resource.id);
  return {
    'ec2:vpc': idsOf(state.vpcs),
    'ec2:subnet': idsOf(state.subnets),
    'ec2:internet-gateway': idsOf(state.internetGateways),
    'ec2:elastic-ip': idsOf(state.addresses),
    'ec2:nat-gateway': idsOf(state.natGateways, (gateway) => gateway.state !== 'deleted'),
    'ec2:route-table': idsOf(state.routeTables, (table) => !table.main),
    'ec2:vpc-endpoint': idsOf(state.vpcEndpoints, (endpoint) => endpoint.state !== 'deleted'),
    'ec2:security-group': idsOf(state.securityGroups, (group) => group.name !== 'default'),
    'ec2:security-group-rule': idsOf(state.securityGroupRules, (rule) => !rule.innate),
    'ec2:network-interface': idsOf(state.networkInterfaces),
    'ec2:launch-template': idsOf(state.launchTemplates),
    'ec2:flow-log': idsOf(state.flowLogs),
    'ec2:transit-gateway-attachment': idsOf(
      state.transitGatewayAttachments,
      ({ state }) => !/^(deleted|rejected|failed)$/.test(state),
    ),
    'ec2:instance': idsOf(state.instances, (instance) => instance.state !== 'terminated'),
  };
}

export const ec2: ServiceModel = {
  service: 'ec2',
  operations: {
    ...vpcOperations,
    ...blockPublicAccessOperations,
    ...dependentOperations,
    ...subnetOperations,
    ...internetGatewayOperations,
    ...addressOperations,
    ...natGatewayOperations,
    ...routeTableOperations,
    ...routeOperations,
    ...endpointServiceOperations,
    ...vpcEndpointOperations,
    ...securityGroupOperations,
    ...securityGroupRuleOperations,
    ...networkInterfaceOperations,
    ...launchTemplateOperations,
    ...instanceOperations,
    ...accountOperations,
    ...tagOperations,
    ...flowLogOperations,
    ...transitGatewayOperations,
  },
  events: {
    ...natGatewayEvents,
    ...vpcEndpointEvents,
    ...networkInterfaceEvents,
    ...instanceEvents,
    ...transitGatewayEvents,
  },
  inventory,
};
