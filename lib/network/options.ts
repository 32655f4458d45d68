/** What the network options of a plan mean, by component. Pure: steps make it, rules compare with it. */
import type { EnvironmentPlan } from '#lib/run/environment.ts';

export const s3GatewayComponent = 'endpoint/s3-gateway';

export const publicTableComponent = 'route-table/eks-public';
export const privateTableComponent = 'route-table/eks-private';

/** The explicit route tables a plan has. */
export function routedComponents(_plan: EnvironmentPlan): readonly string[] {
  return [publicTableComponent, privateTableComponent];
}
