/** The services whose hosts are answered: where each is, how its calls are written, and the SDK's schemas of its shapes. */
import { createRequire } from 'node:module';
import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types';
import { restJson, rpcJson } from './json.ts';
import { type Endpoint, WireError, type WireRequest, type WireService } from './message.ts';
import { ec2Query, query } from './query.ts';

/** By the word for the service that operations carry (`ec2:CreateVpc`). */
const endpoints: Readonly<Record<string, Endpoint>> = {
  ec2: { package: 'client-ec2', host: 'ec2', protocol: ec2Query, version: '2016-11-15' },
  eks: { package: 'client-eks', host: 'eks', protocol: restJson },
  efs: { package: 'client-efs', host: 'elasticfilesystem', protocol: restJson },
  rds: { package: 'client-rds', host: 'rds', protocol: query, version: '2014-10-31' },
  docdb: { package: 'client-docdb', host: 'rds', protocol: query, version: '2014-10-31' },
  elasticache: { package: 'client-elasticache', host: 'elasticache', protocol: query, version: '2015-02-02' },
  elb: {
    package: 'client-elastic-load-balancing',
    host: 'elasticloadbalancing',
    protocol: query,
    version: '2012-06-01',
  },
  elbv2: {
    package: 'client-elastic-load-balancing-v2',
    host: 'elasticloadbalancing',
    protocol: query,
    version: '2015-12-01',
  },
  iam: { package: 'client-iam', host: 'iam', global: true, protocol: query, version: '2010-05-08' },
  sts: { package: 'client-sts', host: 'sts', protocol: query, version: '2011-06-15' },
  logs: { package: 'client-cloudwatch-logs', host: 'logs', protocol: rpcJson, target: 'Logs_20140328' },
  servicequotas: {
    package: 'client-service-quotas',
    host: 'servicequotas',
    protocol: rpcJson,
    target: 'ServiceQuotasV20190624',
  },
  dynamodb: { package: 'client-dynamodb', host: 'dynamodb', protocol: rpcJson, target: 'DynamoDB_20120810' },
  states: { package: 'client-sfn', host: 'states', protocol: rpcJson, target: 'AWSStepFunctions' },
  secretsmanager: {
    package: 'client-secrets-manager',
    host: 'secretsmanager',
    protocol: rpcJson,
    target: 'secretsmanager',
  },
  events: { package: 'client-eventbridge', host: 'events', protocol: rpcJson, target: 'AWSEvents' },
};

const require = createRequire(import.meta.url);

function wireService(name: string, endpoint: Endpoint): WireService {
  const schemas = () => require(`@aws-sdk/${endpoint.package}`) as Record<string, unknown>;
  const schema = (id: string, type: number) => {
    const found = schemas()[`${id}$`];
    return Array.isArray(found) && found[0] === type ? found : undefined;
  };
  return {
    ...endpoint,
    name,
    operation: (action) => {
      const found = schema(action, 9);
      if (!found) throw new WireError(`${name} has no operation ${action}`);
      return found as unknown as StaticOperationSchema;
    },
    operations: () =>
      Object.values(schemas()).filter(
        (value): value is StaticOperationSchema => Array.isArray(value) && value[0] === 9,
      ),
    error: (errorName) => schema(errorName, -3) as unknown as StaticErrorSchema | undefined,
  };
}

const services = Object.entries(endpoints).map(([name, endpoint]) => wireService(name, endpoint));

/** The service a request is for, by its host as AWS names them. Throws {@link WireError} where AWS has no such host. */
export function serviceOf({ headers, body }: WireRequest): WireService {
  const { host = '' } = headers;
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '');
  if (!scope) throw new WireError(`a request to ${host} is not signed`);
  const [, region, signsAs] = scope as unknown as [string, string, string];
  const here = services.filter((service) => hostOf(service, region) === host);
  if (here.length === 0) throw new WireError(`in ${region} AWS has no host ${host}`);
  const service = here.length === 1 ? here[0] : here.find((one) => isMeant(one, headers, body));
  if (!service) throw new WireError(`nothing tells which of the services behind ${host} is meant`);
  if ((service.signsAs ?? service.host) !== signsAs)
    throw new WireError(`a request to ${host} is signed for ${signsAs}`);
  return service;
}

/**
 * Two share a host. Load balancing is told apart by the version; RDS and DocumentDB are one API at AWS, but the
 * embedded AWS holds each client to its own, so what the SDK says of itself counts.
 */
function isMeant(service: WireService, headers: WireRequest['headers'], body: Buffer): boolean {
  const sameVersion = body.includes(`Version=${service.version}`);
  if (service.host !== 'rds') return sameVersion;
  const agent = `${headers['x-amz-user-agent'] ?? ''} ${headers['user-agent'] ?? ''}`;
  return sameVersion && agent.includes(` api/${service.name}#`);
}

function hostOf({ host, global }: Endpoint, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  if (!global) return `${host}.${region}.${suffix}`;
  // Signed for the region the endpoint of the partition is in.
  const place: Record<string, string> = {
    'us-east-1': '',
    'us-gov-west-1': '.us-gov',
    'cn-north-1': '.cn-north-1',
  };
  return `${host}${place[region] ?? '.?'}.${suffix}`;
}
