/** The accepted plan: the request, and what preflight chose for it. Pure. */

import type { EnvironmentPlan, EnvironmentTarget, SubnetPlan, Zone } from '#lib/run/environment.ts';
import { followingName } from '#lib/run/execution-name.ts';
import { subnetPlan } from './address-plan.ts';
import type { SizedRequest } from './sized.ts';

export interface DatabaseChoice {
  readonly engineVersion: string;
  /** The zone of each instance, by name: those that offer its class, in turn. */
  readonly instanceZones: readonly string[];
  /** Of ours, those that no cluster uses once the run is through. */
  readonly formerParameterGroups?: readonly string[];
}

/** What only AWS could decide. */
export interface Choices {
  readonly zones: readonly [Zone, Zone, Zone];
  /** One in which all twelve endpoint services are offered (R8). */
  readonly endpointZone: Zone;
  readonly endpointServices: EnvironmentPlan['endpointServices'];
  readonly kubernetesVersion: string;
  readonly aurora: DatabaseChoice;
  readonly documentdb: DatabaseChoice;
}

/** Those that a plan was made with. */
export function choicesOf({
  zones,
  subnets,
  endpointServices,
  eks,
  aurora,
  documentdb,
}: EnvironmentPlan): Choices {
  const { zone: endpointZone } = subnets.find(({ group }) => group === 'endpoints') as SubnetPlan;
  const ofDatabase = ({ engineVersion, instanceZones }: DatabaseChoice) => ({ engineVersion, instanceZones });
  return {
    zones,
    endpointZone,
    endpointServices,
    kubernetesVersion: eks.version,
    aurora: ofDatabase(aurora),
    documentdb: ofDatabase(documentdb),
  };
}

export function planEnvironment(
  target: EnvironmentTarget,
  request: SizedRequest,
  choices: Choices,
): EnvironmentPlan {
  const { zones, endpointZone, endpointServices } = choices;
  return {
    name: target.name,
    region: target.region,
    ...(target.roleArn ? { roleArn: target.roleArn } : {}),
    account: target.account,
    partition: target.partition,
    execution: target.execution,
    onFailure: request.onFailure,
    rollbackName: rollbackName(target.execution),
    tags: request.tags,
    vpcCidr: request.vpcCidr,
    zones,
    subnets: subnetPlan(request.vpcCidr, zones, endpointZone),
    endpointServices,
    eks: { ...request.eks, version: choices.kubernetesVersion },
    aurora: { ...request.aurora, ...choices.aurora },
    documentdb: { ...request.documentdb, ...choices.documentdb },
    elasticache: request.elasticache,
    efs: request.efs,
    loadBalancer: request.loadBalancer,
    network: request.network,
  };
}

/** Always the same for one run. */
export function rollbackName(execution: string): string {
  return followingName(execution, '-rollback');
}
