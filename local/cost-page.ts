/** docs/cost.md, made from the size table and the prices that `plan` has: `npm run schema`. */
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { sizeNames } from '#lib/request/sizes.ts';
import { dollars, idlePrices } from './costs.ts';
import { machineCost, machinesOf } from './machine-prices.ts';

const { monthly, asOf, region } = idlePrices;
const fixed = monthly.endpoints + monthly.natGateway + monthly.controlPlane;

export function costDocument(): string {
  const rows = sizeNames.map((size) => {
    const machines = machinesOf(sized(parseRequest({ environment: 'dev', region: 'eu-central-1', size })));
    const costs = machines.map((one) => machineCost([one]));
    const cells = machines.map(({ count, type }, index) => {
      const { dollars: amount, unknown } = costs[index] as (typeof costs)[number];
      return `${count} × ${type}: ${unknown.length > 0 ? 'no price here' : dollars(amount)}`;
    });
    const total = fixed + costs.reduce((sum, cost) => sum + cost.dollars, 0);
    return `| ${size} | ${cells.join(' | ')} | ${dollars(fixed)} | **${dollars(total)}** |`;
  });
  return `# What an environment costs

A month of 730 hours, On-Demand list prices of ${asOf} in ${region}; other regions differ by some percent. The page is made from the prices
that \`npm start -- plan FILE\` uses for your own request (\`npm run schema\`), before and after a change.

| size | nodes, the fewest | Aurora | DocumentDB | cache | always there | a month |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

**Always there**: twelve interface endpoints ${dollars(monthly.endpoints)}, one NAT gateway ${dollars(monthly.natGateway)}, the EKS control plane ${dollars(monthly.controlPlane)}. With options: each
further NAT gateway of \`network.natGateways: "per-zone"\` ${dollars(monthly.natGateway)}, a transit gateway attachment ${dollars(monthly.attachment)}; an S3 gateway endpoint
costs nothing.

**By use, and not in the table**: storage and I/O of the databases, EFS, backups beyond the free part and final snapshots, traffic through
NAT and between zones, logs, more nodes than the fewest. Databases with I/O-Optimized storage pay no requests; their dearer instances are
in the table where a size has it.

**A version past its standard support** costs more: EKS \`supportType: "extended"\` six times the control plane's price, Aurora and the cache
by vCPU. Plan and run warn ahead.

**The service itself** costs about $5 a month, and a run about two cents ([deploy.md](deploy.md)). What was taken down costs its final
snapshots and log groups until they are deleted ([removal.md](removal.md)). Every resource carries \`aoscloud:environment\`: switched on as a
cost allocation tag, the bill tells environments apart.
`;
}
