/** What an environment costs while nothing uses it. */
import { natPlans } from '#lib/network/options.ts';
import type { RegistryItem } from '#lib/run/registry.ts';

/** List prices in US dollars a month of 730 hours, us-east-1 (aws-facts 15). */
export const idlePrices = {
  asOf: '2026',
  region: 'us-east-1',
  monthly: { endpoints: 87.6, natGateway: 32.85, controlPlane: 73, attachment: 36.5 },
} as const;

const hoursAMonth = 730;

const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** `$1,062.19` */
export function dollars(amount: number): string {
  return money.format(amount);
}

/** Before nodes, databases and caches. */
export function idleAMonth(natGateways: number, attachments: number): number {
  const { endpoints, natGateway, controlPlane, attachment } = idlePrices.monthly;
  return Number((endpoints + controlPlane + natGateway * natGateways + attachment * attachments).toFixed(2));
}

/** The same a day, of an environment that was completed; undefined of any other. */
export function idleCostADay({ made, status }: RegistryItem): number | undefined {
  if (!made || status === 'GONE') return undefined;
  const month = idleAMonth(natPlans(made).length, made.network.transitGateway ? 1 : 0);
  return Number(((month / hoursAMonth) * 24).toFixed(2));
}
