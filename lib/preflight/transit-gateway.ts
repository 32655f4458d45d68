/** Can the VPC be attached to the transit gateway that the request names, and the blocks be routed to it? */
import { DescribeTransitGatewaysCommand, EC2Client, type TransitGateway } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { overlaps } from '#lib/request/address-plan.ts';
import { ownBlockProblem } from '#lib/request/rules.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askTransitGateway({ target, request }: Context): Promise<Findings> {
  const findings = noFindings();
  const wish = request.network.transitGateway;
  if (!wish) return findings;
  const field = `network.transitGateway ${wish.id}`;
  const command = new DescribeTransitGatewaysCommand({ TransitGatewayIds: [wish.id] });
  const answer = await tolerating(['gone'], () => client(EC2Client, target).send(command));
  const gateway = answer?.TransitGateways?.[0];
  if (!gateway || /^delet/.test(gateway.State ?? ''))
    findings.problems.push({
      what: `${field}: no such transit gateway in ${target.region} that account ${target.account} has or that is shared with it`,
      todo: 'name one that is there, or have it shared with this account (AWS Resource Access Manager) and accept the share',
    });
  else judgeGateway(gateway, field, target.account, findings);
  judgeRoutes(wish.routes, request, findings);
  return findings;
}

function judgeGateway(
  { State, OwnerId, Options }: TransitGateway,
  field: string,
  account: string,
  { problems, warnings }: Findings,
): void {
  if (State !== undefined && State !== 'available' && State !== 'modifying')
    problems.push({ what: `${field} is ${State}, not available`, todo: 'wait until it is, then run again' });
  const accepts = Options?.AutoAcceptSharedAttachments === 'enable';
  if (OwnerId !== undefined && OwnerId !== account && !accepts)
    warnings.push(
      `${field} belongs to account ${OwnerId} and does not accept attachments by itself: somebody there has to accept this one within 15 minutes of its making`,
    );
}

/** Of `vpcCidr: "auto"` the block is known only now. */
function judgeRoutes(
  routes: readonly string[],
  { vpcCidr, eks }: Pick<Context['request'], 'vpcCidr' | 'eks'>,
  { problems, warnings }: Findings,
): void {
  for (const route of routes) {
    const problem = ownBlockProblem(route, vpcCidr);
    if (problem)
      problems.push({ what: `network.transitGateway.routes ${route}: ${problem}`, todo: 'take it out' });
    if (overlaps(route, eks.serviceIpv4Cidr))
      warnings.push(
        `network.transitGateway.routes ${route} overlaps eks.serviceIpv4Cidr ${eks.serviceIpv4Cidr}: pods cannot reach what both have`,
      );
  }
}
