/** Ids of the steps ahead, which a step may rely on. */
import type { Resources, SubnetPlan } from '#lib/run/environment.ts';
import { addressComponent, natGatewayComponent } from './options.ts';

/** The id; its absence means that the state machine called a step before the one it depends on. */
export function known<K extends keyof Resources>(resources: Resources, key: K): NonNullable<Resources[K]> {
  const value = resources[key];
  if (value === undefined || value === null) {
    throw new Error(`the state machine knows no ${key} yet: a step was called before the one that makes it`);
  }
  return value;
}

/** The id of a NAT gateway or its address, by component. */
export function natIdOf(resources: Resources, component: string): string | undefined {
  if (component === natGatewayComponent) return resources.natGatewayId;
  if (component === addressComponent) return resources.allocationId;
  return resources.zonalIds?.[component];
}

/** The same as a step answers it. */
export function asNatId(component: string, id: string): Resources {
  if (component === natGatewayComponent) return { natGatewayId: id };
  return component === addressComponent ? { allocationId: id } : { zonalIds: { [component]: id } };
}

/** Ids of the planned subnets that satisfy `wanted`, in the order of the plan. */
export function subnetIdsOf(
  subnets: readonly SubnetPlan[],
  resources: Resources,
  wanted: (subnet: SubnetPlan) => boolean,
): string[] {
  const ids = known(resources, 'subnetIds');
  return subnets.filter(wanted).map((subnet) => {
    const id = ids[subnet.component];
    if (!id)
      throw new Error(`the state machine knows no id of ${subnet.component}: the VPC step was not done`);
    return id;
  });
}
