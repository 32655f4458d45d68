/**
 * Can the flow log be delivered? A log group and its role are asked about. Of a bucket, which may be another account's,
 * only AWS can say: it does when the flow log is made, in the first step, before anything that takes time.
 */
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { roleNameOf } from '#lib/aws/role-arn.ts';
import { type Context, type Findings, noFindings } from './context.ts';

const service = 'vpc-flow-logs.amazonaws.com';

export async function askFlowLogs({ target, request }: Context): Promise<Findings> {
  const findings = noFindings();
  const wish = request.network.flowLogs;
  if (!wish?.destination.includes(':logs:')) return findings;
  const { destination, roleArn = '' } = wish;
  const [, , , region, account, , name = ''] = destination.split(':');
  if (region !== target.region || account !== target.account)
    findings.problems.push({
      what: `network.flowLogs.destination ${destination}: is not in ${target.region} of account ${target.account}`,
      todo: 'name a log group there, or a bucket',
    });
  else {
    const { logGroups = [] } = await client(CloudWatchLogsClient, target).send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: name }),
    );
    if (!logGroups.some(({ logGroupName }) => logGroupName === name))
      findings.problems.push({
        what: `network.flowLogs.destination ${destination}: there is no such log group`,
        todo: 'make it first, with the retention it is to have',
      });
  }
  const role = await tolerating(['gone'], () =>
    client(IAMClient, target).send(new GetRoleCommand({ RoleName: roleNameOf(roleArn) })),
  );
  const trust = decodeURIComponent(role?.Role?.AssumeRolePolicyDocument ?? '');
  if (role?.Role?.Arn !== roleArn)
    findings.problems.push({
      what: `network.flowLogs.roleArn ${roleArn}: there is no such role in account ${target.account}`,
      todo: 'correct the name, or make the role first',
    });
  else if (!trust.includes(service))
    findings.problems.push({
      what: `network.flowLogs.roleArn ${roleArn}: its trust policy does not name ${service}`,
      todo: `let ${service} assume it, or name another role`,
    });
  return findings;
}
