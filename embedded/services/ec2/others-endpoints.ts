/**
 * Endpoints that somebody else, often an AWS service, puts into a VPC: GuardDuty's runtime monitoring into every one
 * with an EKS cluster, Network Firewall where it stands, a gateway endpoint onto route tables.
 */
import type { Call } from '#embedded/model.ts';
import { enterTable } from './gateway-endpoints.ts';
import { addNetworkInterface } from './network-interfaces.ts';
import { addSecurityGroup } from './security-group-state.ts';
import { ec2State, type VpcEndpoint } from './state.ts';

type Wanted = Pick<VpcEndpoint, 'vpcId' | 'serviceName'> & Partial<VpcEndpoint>;

/** Its id. Interfaces are made in the subnets it names. */
export function placeEndpoint(call: Call, wanted: Wanted): string {
  const id = call.newId('vpce');
  const { subnetIds = [], groupIds = [] } = wanted;
  ec2State(call).vpcEndpoints[id] = {
    tags: {},
    visibleAt: call.now,
    privateDnsEnabled: false,
    dnsLabel: call.hex(8),
    createdAt: call.now,
    state: 'available',
    ...wanted,
    id,
    subnetIds,
    groupIds,
    networkInterfaceIds: subnetIds.map((subnetId) =>
      addNetworkInterface(call, {
        subnetId,
        groupIds,
        description: `VPC Endpoint Interface ${id}`,
        interfaceType: 'vpc_endpoint',
        requesterId: 'amazon-vpc-endpoints',
      }),
    ),
  };
  return id;
}

/** A gateway endpoint: its route stands on each table, and goes with it. */
export function placeGatewayEndpoint(
  call: Call,
  vpcId: string,
  routeTableIds: readonly string[],
  service = 's3',
): string {
  const serviceName = `com.amazonaws.${call.region}.${service}`;
  const id = placeEndpoint(call, { vpcId, serviceName, type: 'Gateway', routeTableIds });
  for (const tableId of routeTableIds) {
    const table = ec2State(call).routeTables[tableId];
    if (table) enterTable(table, ec2State(call).vpcEndpoints[id]!);
  }
  return id;
}

/** Runtime monitoring with automated agents is on (or off) from now on. */
export function monitorRuntimes(call: Call, on: boolean): void {
  ec2State(call).guardDuty = on;
}

/** EKS has nodes in this VPC: where the account has runtime monitoring, GuardDuty puts its endpoint and group there. */
export function guardDutyComes(call: Call, vpcId: string, subnetIds: readonly string[]): void {
  const state = ec2State(call);
  const tags = { GuardDutyManaged: 'true' };
  const name = `GuardDutyManagedSecurityGroup-${vpcId}`;
  const stands = Object.values(state.securityGroups).some((one) => one.vpcId === vpcId && one.name === name);
  if (!state.guardDuty || stands) return;
  const description = `Associated with ${vpcId} and tagged as GuardDutyManaged`;
  const groupId = addSecurityGroup(call, { vpcId, name, description, tags });
  placeEndpoint(call, {
    vpcId,
    serviceName: `com.amazonaws.${call.region}.guardduty-data`,
    subnetIds: [...subnetIds],
    groupIds: [groupId],
    privateDnsEnabled: true,
    tags,
  });
}
