/** The services that interface endpoints are made for, and the zones each is offered in. */
import { AwsFault, type Call, type Operation, read } from '#embedded/model.ts';
import { filters, ids, narrow, page, paging } from './describe.ts';
import { zonesOf } from './zones.ts';

/** Beyond the twelve of the specification some others, so that the listing is as long as one page is not. */
const suffixes = [
  'autoscaling',
  'dynamodb',
  'ec2',
  'ec2messages',
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'eks',
  'elasticache',
  'elasticfilesystem',
  'elasticloadbalancing',
  'email-smtp',
  'events',
  'execute-api',
  'guardduty-data',
  'kms',
  'lambda',
  'logs',
  'monitoring',
  'rds',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'ssmmessages',
  'states',
  'sts',
];

/** Offered as a gateway endpoint, besides as an interface endpoint. */
const gatewaySuffixes = ['dynamodb', 's3'];

/** Zones (by id) without SES's SMTP endpoint, aws-facts 3. */
const withoutEmailSmtp = [
  'use1-az2',
  'use1-az3',
  'use1-az5',
  'usw1-az2',
  'usw2-az4',
  'apne2-az4',
  'cac1-az3',
  'cac1-az4',
];
/** Regions without SES. */
const regionsWithoutEmail = ['ap-east-1', 'ap-southeast-4', 'cn-north-1', 'cn-northwest-1', 'me-central-1'];

/** In China some services keep AWS's prefix and some have their own (aws-facts 3). */
const chinesePrefix = ['ec2', 'ecr.api', 'ecr.dkr', 'sts'];

/** Where no size is asked for; a page has 1,000 at most (API_DescribeVpcEndpointServices, MaxResults). */
const pageSize = 10;

export interface EndpointService {
  readonly name: string;
  readonly suffix: string;
  readonly type: 'Interface' | 'Gateway';
  readonly zoneNames: readonly string[];
  readonly zoneIds: readonly string[];
  /** `ec2.eu-central-1.amazonaws.com` */
  readonly privateDnsName?: string;
}

function dnsSuffix(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** The name clients resolve; ECR's differ from the service's name. */
function privateDnsName(suffix: string, region: string): string {
  const special: Record<string, string> = {
    'ecr.api': `api.ecr.${region}`,
    'ecr.dkr': `*.dkr.ecr.${region}`,
  };
  return `${special[suffix] ?? `${suffix}.${region}`}.${dnsSuffix(region)}`;
}

/** Everything on offer in a region. `s3` and `dynamodb` come twice under one name. */
export function endpointServicesOf(region: string): EndpointService[] {
  const zones = zonesOf(region).filter((zone) => zone.type === 'availability-zone');
  return suffixes
    .filter((suffix) => suffix !== 'email-smtp' || !regionsWithoutEmail.includes(region))
    .flatMap((suffix) => {
      const own = region.startsWith('cn-') && chinesePrefix.includes(suffix) ? 'cn.' : '';
      const offered = zones.filter((zone) => suffix !== 'email-smtp' || !withoutEmailSmtp.includes(zone.id));
      const service = {
        name: `${own}com.amazonaws.${region}.${suffix}`,
        suffix,
        zoneNames: offered.map((zone) => zone.name),
        zoneIds: offered.map((zone) => zone.id),
      };
      const interfaceService: EndpointService = {
        ...service,
        type: 'Interface',
        privateDnsName: privateDnsName(suffix, region),
      };
      return gatewaySuffixes.includes(suffix)
        ? [{ ...service, type: 'Gateway' as const }, interfaceService]
        : [interfaceService];
    });
}

function present(service: EndpointService, call: Call) {
  return {
    ServiceName: service.name,
    ServiceId: `vpce-svc-${service.suffix}`,
    ServiceType: [{ ServiceType: service.type }],
    ServiceRegion: call.region,
    AvailabilityZones: service.zoneNames,
    AvailabilityZoneIds: service.zoneIds,
    Owner: 'amazon',
    BaseEndpointDnsNames: [`${service.suffix}.${call.region}.vpce.${dnsSuffix(call.region)}`],
    ...(service.privateDnsName === undefined
      ? {}
      : {
          PrivateDnsName: service.privateDnsName,
          PrivateDnsNames: [{ PrivateDnsName: service.privateDnsName }],
          PrivateDnsNameVerificationState: 'verified',
        }),
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    SupportedIpAddressTypes: ['ipv4'],
    Tags: [],
  };
}

export const endpointServiceOperations: Record<string, Operation> = {
  DescribeVpcEndpointServices: read({ ServiceNames: ids, Filters: filters, ...paging }, (input, call) => {
    const all = endpointServicesOf(call.region);
    const unknown = (input.ServiceNames ?? []).find((name) => !all.some((service) => service.name === name));
    if (unknown !== undefined) {
      throw new AwsFault('InvalidServiceName', `The Vpc Endpoint Service '${unknown}' does not exist`);
    }
    const named = input.ServiceNames
      ? all.filter((service) => input.ServiceNames?.includes(service.name))
      : all;
    const found = narrow<EndpointService & { tags?: Record<string, string> }>(named, input.Filters, {
      'service-name': (service) => [service.name],
      'service-type': (service) => [service.type],
      owner: () => ['amazon'],
      'service-region': () => [call.region],
    });
    const { items, ...next } = page(found, { MaxResults: pageSize, ...input });
    return {
      ServiceNames: items.map((service) => service.name),
      ServiceDetails: items.map((service) => present(service, call)),
      ...next,
    };
  }),
};
