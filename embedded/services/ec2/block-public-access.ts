/** VPC Block Public Access: a setting of the account in a region, and the VPCs and subnets it leaves out. */
import { type Call, type Operation, read } from '#embedded/model.ts';
import { filters, narrow, page, paging } from './describe.ts';
import { type BlockPublicAccess, ec2State } from './state.ts';

/** The account's administrator sets it. */
export function blockPublicAccess(
  call: Call,
  mode: BlockPublicAccess['mode'],
  exclusions: BlockPublicAccess['exclusions'] = [],
): void {
  ec2State(call).blockPublicAccess = { mode, exclusions };
}

function settingOf(call: Call): BlockPublicAccess {
  return ec2State(call).blockPublicAccess ?? { mode: 'off', exclusions: [] };
}

export const blockPublicAccessOperations: Record<string, Operation> = {
  DescribeVpcBlockPublicAccessOptions: read({}, (_input, call) => ({
    VpcBlockPublicAccessOptions: {
      AwsAccountId: call.account,
      AwsRegion: call.region,
      State: 'update-complete',
      InternetGatewayBlockMode: settingOf(call).mode,
      ManagedBy: 'account',
      ExclusionsAllowed: 'allowed',
    },
  })),

  DescribeVpcBlockPublicAccessExclusions: read({ Filters: filters, ...paging }, (input, call) => {
    const all = settingOf(call).exclusions.map((one) => ({
      arn: `arn:${call.partition}:ec2:${call.region}:${call.account}:${one.resourceId.startsWith('vpc-') ? 'vpc' : 'subnet'}/${one.resourceId}`,
      mode: one.mode,
    }));
    const found = narrow<(typeof all)[number] & { tags?: Record<string, string> }>(all, input.Filters, {
      'resource-arn': ({ arn }) => [arn],
      'internet-gateway-exclusion-mode': ({ mode }) => [mode],
      state: () => ['create-complete'],
    });
    const { items, ...next } = page(found, input);
    return {
      VpcBlockPublicAccessExclusions: items.map(({ arn, mode }, index) => ({
        ExclusionId: `vpcbpa-exclude-${index}`,
        ResourceArn: arn,
        InternetGatewayExclusionMode: mode,
        State: 'create-complete',
      })),
      ...next,
    };
  }),
};
