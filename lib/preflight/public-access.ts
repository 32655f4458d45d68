/**
 * May the NAT gateway reach the internet? VPC Block Public Access drops its traffic at the Internet Gateway where it
 * blocks both directions, and the nodes' images come that way: they would never get ready.
 */
import {
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  EC2Client,
  type VpcBlockPublicAccessExclusion,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { canonicalCode, classify, isAwsError, operationOf } from '#lib/aws/errors.ts';
import { allPages, tokenPages } from '#lib/aws/reads.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askPublicAccess(context: Context): Promise<Findings> {
  const findings = noFindings();
  try {
    await judge(context, findings);
  } catch (error) {
    if (!isAwsError(error)) throw error;
    // Not every partition has the setting.
    if (/^(InvalidAction|Unsupported)/.test(canonicalCode(error))) return findings;
    if (classify(error) !== 'access') throw error;
    findings.warnings.push(
      `VPC Block Public Access is not checked: ${operationOf(error)} answered ${canonicalCode(error)}`,
    );
  }
  return findings;
}

async function judge(context: Context, { problems, warnings }: Findings): Promise<void> {
  const { target, account } = context;
  const answer = await client(EC2Client, target).send(new DescribeVpcBlockPublicAccessOptionsCommand({}));
  const mode = answer.VpcBlockPublicAccessOptions?.InternetGatewayBlockMode ?? 'off';
  if (mode === 'off') return;
  if (mode === 'block-ingress') {
    warnings.push(
      `VPC Block Public Access of ${target.region} blocks ingress: what runs inside gets out through NAT, and public load balancers are not reached`,
    );
    return;
  }
  if (mode !== 'block-bidirectional') {
    warnings.push(`VPC Block Public Access of ${target.region} is in the mode ${mode}, which is not known`);
    return;
  }
  if (await isExcluded(context)) return;
  const what = `VPC Block Public Access of ${target.region} blocks both directions: the NAT gateway reaches nothing, and nodes cannot fetch their images`;
  const stands = (await account.natGateways()).some(({ Tags }) => isOwned(Tags, target));
  // A VPC can be excluded once it exists; what stands already is not undone by a refusal.
  if (stands) warnings.push(wordsOf({ what, todo: 'exclude the VPC (allow-egress), or set block-ingress' }));
  else
    problems.push({
      what,
      todo: 'set it to block-ingress or off for this run; the VPC can be excluded (allow-egress) once it exists',
    });
}

/** The environment's VPC, or the subnet of its NAT gateway: either exclusion lets egress pass. */
async function isExcluded({ target, account }: Context): Promise<boolean> {
  const vpcs = (await account.vpcs()).filter(({ Tags }) => isOwned(Tags, target));
  if (vpcs.length === 0) return false;
  const nats = (await account.natGateways()).filter(({ Tags }) => isOwned(Tags, target));
  const exclusions = await listExclusions(client(EC2Client, target));
  const ids = [...vpcs.map(({ VpcId }) => VpcId), ...nats.map(({ SubnetId }) => SubnetId)];
  return exclusions.some(
    ({ ResourceArn, State }) =>
      !/^(delete|disable)-complete$|-failed$/.test(State ?? '') &&
      ids.some((id) => ResourceArn?.endsWith(`/${id}`)),
  );
}

function listExclusions(ec2: EC2Client): Promise<VpcBlockPublicAccessExclusion[]> {
  return allPages(
    tokenPages((NextToken) => ec2.send(new DescribeVpcBlockPublicAccessExclusionsCommand({ NextToken }))),
    (page) => page.VpcBlockPublicAccessExclusions,
  );
}
