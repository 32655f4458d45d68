/**
 * The regions there are, and which an account has to enable first
 * (https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html).
 */

const alwaysEnabled = [
  'us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1',
  'eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1',
  'ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2',
  'cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1',
];
const optIn = [
  'af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7',
  'ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1',
];

const states = new Map<string, 'enabled' | 'opt-in'>([
  ...alwaysEnabled.flatMap((line) => line.split(' ')).map((region) => [region, 'enabled'] as const),
  ...optIn.flatMap((line) => line.split(' ')).map((region) => [region, 'opt-in'] as const),
]);

/** Undefined of a region that does not exist: its endpoints have no address. */
export function regionState(region: string): 'enabled' | 'opt-in' | undefined {
  return states.get(region);
}

export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** What a service answers in a region the account has not enabled: it knows none of the account's keys there. */
export function notEnabledCode(service: string): string {
  if (service === 'ec2') return 'AuthFailure';
  return ['sts', 'iam', 'rds', 'docdb', 'elasticache', 'elb'].includes(service)
    ? 'InvalidClientTokenId'
    : 'UnrecognizedClientException';
}
