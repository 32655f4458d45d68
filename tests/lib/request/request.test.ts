import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseRequest } from '#lib/request/request.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';

const smallest = { environment: 'dev', region: 'eu-central-1' };

/** The lines of the refusal, without the dash. */
function problemsWith(changes: object, base: object = smallest): string[] {
  try {
    parseRequest({ ...base, ...changes });
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return (error as InvalidRequestError).what
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(2));
  }
  return [];
}

describe('a sound request', () => {
  test('needs a name and a region only', () => {
    expect(parseRequest(smallest)).toEqual({
      ...smallest,
      vpcCidr: '10.231.0.0/16',
      cidrPool: [],
      staging: false,
      reservedCidrs: [],
      size: 'small',
      deletionProtection: false,
      onFailure: 'rollback',
      tags: {},
      eks: {
        supportType: 'standard',
        publicAccess: false,
        publicAccessCidrs: [],
        administrators: [],
        nodes: { minSize: 3, maxSize: 10, diskSizeGiB: 50 },
      },
      aurora: { allowMajorUpgrade: false, backupRetentionDays: 7 },
      documentdb: { allowMajorUpgrade: false, backupRetentionDays: 7 },
      elasticache: { engine: 'redis', snapshotRetentionDays: 7, authentication: 'none' },
      efs: { throughputMode: 'elastic', backup: true },
      loadBalancer: { ingress: [] },
      network: { s3GatewayEndpoint: false, natGateways: 'one', natAddresses: [] },
    });
  });

  test.each(['dev', 'staging', 'prod'])('is examples/%s.json', (name) => {
    const text = readFileSync(new URL(`../../../examples/${name}.json`, import.meta.url), 'utf8');
    expect(parseRequest(JSON.parse(text)).environment).toBe(name);
  });

  test('may give reserved blocks with and without an owner', () => {
    const { reservedCidrs } = parseRequest({
      ...smallest,
      reservedCidrs: ['10.0.0.0/16', { cidr: '10.1.0.0/16', owner: 'office' }],
    });
    expect(reservedCidrs).toEqual([
      { cidr: '10.0.0.0/16', owner: 'reserved in the request' },
      { cidr: '10.1.0.0/16', owner: 'office' },
    ]);
  });

  test('may open the public endpoint to everyone, in so many words', () => {
    expect(problemsWith({ eks: { publicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] } })).toEqual([]);
  });

  test('may name zones by name, by id, or mixed', () => {
    expect(problemsWith({ availabilityZones: ['eu-central-1a', 'euc1-az1', 'eu-central-1c'] })).toEqual([]);
  });
});

const tooManyTags = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`key${index}`, 'x']));
const ingress = (rule: object) => ({
  loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0', ...rule }] },
});

test.each<[string, object, string]>([
  [
    'an unknown field',
    { sizes: 'small' },
    'sizes: there is no such field: did you mean size? The fields here are environment, region,',
  ],
  [
    'an unknown field further in',
    { eks: { nodes: { min: 3 } } },
    'eks.nodes.min: there is no such field; the fields of eks.nodes are instanceTypes, minSize,',
  ],
  ['no environment', { environment: undefined }, 'environment: is required'],
  ['no region', { region: undefined }, 'region: is required'],
  ['a name in capitals', { environment: 'Dev' }, 'environment "Dev": must start with a lower-case letter'],
  [
    'a name that starts with a digit',
    { environment: '1dev' },
    'environment "1dev": must start with a lower-case letter',
  ],
  ['a name with --', { environment: 'dev--a' }, 'environment "dev--a": must not hold --'],
  ['a name that ends in -', { environment: 'dev-' }, 'environment "dev-": must not hold --'],
  [
    'a name too long',
    { environment: 'a'.repeat(21) },
    `environment "${'a'.repeat(21)}": must have at most 20 characters`,
  ],
  ['a region that is none', { region: 'Frankfurt' }, 'region "Frankfurt": must be an AWS region'],
  [
    'a VPC that is no /16',
    { vpcCidr: '10.231.0.0/20' },
    'vpcCidr "10.231.0.0/20": prefix length must be /16 (R2): the subnet plan assumes a full /16',
  ],
  ['a public VPC', { vpcCidr: '8.8.0.0/16' }, 'vpcCidr "8.8.0.0/16": must lie in private space'],
  [
    'staging beyond the edge',
    { vpcCidr: '10.255.0.0/16', staging: true },
    'staging true: adds 1 to the second octet of 10.255.0.0/16, and 10.256.0.0/16 is not in private space (R3)',
  ],
  [
    'a block of its own choice without a pool',
    { vpcCidr: 'auto' },
    'cidrPool []: must list the blocks to take a /16 from, as vpcCidr is "auto"',
  ],
  [
    'a pool nobody takes from',
    { cidrPool: ['10.64.0.0/12'] },
    'cidrPool ["10.64.0.0/12"]: has a meaning only with vpcCidr "auto"',
  ],
  [
    'a pool too small for a /16',
    { vpcCidr: 'auto', cidrPool: ['10.64.0.0/17'] },
    'cidrPool[0] "10.64.0.0/17": must have a prefix length of 16 or less: an environment takes a /16 (R2)',
  ],
  [
    'a pool outside private space',
    { vpcCidr: 'auto', cidrPool: ['172.0.0.0/8'] },
    'cidrPool[0] "172.0.0.0/8": must lie in private space, one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (R2)',
  ],
  [
    'staging of no base',
    { vpcCidr: 'auto', cidrPool: ['10.64.0.0/12'], staging: true },
    'staging true: has no meaning with vpcCidr "auto": there is no base to add 1 to (R3)',
  ],
  ['staging that is no truth value', { staging: 'yes' }, 'staging "yes": must be true or false'],
  [
    'a reserved block with host bits',
    { reservedCidrs: ['10.0.0.1/8'] },
    'reservedCidrs[0] "10.0.0.1/8": host bits must be zero: did you mean 10.0.0.0/8?',
  ],
  [
    'a reserved block of nobody',
    { reservedCidrs: [{ cidr: '10.0.0.0/8' }] },
    'reservedCidrs[0].owner: is required',
  ],
  [
    'a reserved block that is a number',
    { reservedCidrs: [8] },
    'reservedCidrs[0] 8: must be a CIDR block, or an object with cidr and owner',
  ],
  [
    'two zones',
    { availabilityZones: ['euc1-az1', 'euc1-az2'] },
    'availabilityZones ["euc1-az1","euc1-az2"]: must list three zones',
  ],
  [
    'a zone twice',
    { availabilityZones: ['euc1-az1', 'euc1-az2', 'euc1-az1'] },
    'availabilityZones[2] "euc1-az1": is listed twice',
  ],
  [
    'a zone of elsewhere',
    { availabilityZones: ['us-east-1a', 'euc1-az2', 'euc1-az1'] },
    'availabilityZones[0] "us-east-1a": is not a zone of eu-central-1',
  ],
  ['a size that is none', { size: 'huge' }, 'size "huge": must be one of small, medium, large'],
  ['an onFailure that is none', { onFailure: 'ignore' }, 'onFailure "ignore": must be one of rollback, keep'],
  [
    'a tag of AWS',
    { tags: { 'aws:x': '1' } },
    'tags.aws:x "1": keys that start with aws: are reserved by AWS',
  ],
  [
    'an ownership tag',
    { tags: { 'aoscloud:environment': 'other' } },
    'tags.aoscloud:environment "other": keys that start with aoscloud: mark ownership',
  ],
  ['a Name', { tags: { Name: 'x' } }, 'tags.Name "x": Name is set by the provisioner'],
  ['a name in another case', { tags: { name: 'x' } }, 'tags.name "x": Name is set by the provisioner'],
  [
    'a tag of Kubernetes',
    { tags: { 'kubernetes.io/role/elb': '0' } },
    'tags.kubernetes.io/role/elb "0": keys that start with kubernetes.io/',
  ],
  ['a tag with an odd character', { tags: { team: 'a&b' } }, 'tags.team "a&b": the value may hold letters,'],
  [
    'a tag key too long',
    { tags: { ['k'.repeat(129)]: 'x' } },
    `tags.${'k'.repeat(129)} "x": the key must have 1 to 128 characters`,
  ],
  ['a tag value too long', { tags: { k: 'v'.repeat(257) } }, 'tags.k "vvv'],
  ['a tag that is no text', { tags: { k: 1 } }, 'tags.k 1: must be a text'],
  [
    'tags apart by case only',
    { tags: { team: 'a', Team: 'b' } },
    'tags.Team "b": differs from "team" by case only',
  ],
  [
    'IAM on a Redis that does not know it',
    { elasticache: { authentication: 'iam', engineVersion: '6.2' } },
    'elasticache.authentication "iam": needs engineVersion 7.0 or later, not 6.2',
  ],
  ['too many tags', { tags: tooManyTags }, 'tags 41: at most 40 tags'],
  [
    'a version that is none',
    { eks: { version: 'latest' } },
    'eks.version "latest": must be a Kubernetes version such as 1.35',
  ],
  [
    'a public endpoint for nobody in particular',
    { eks: { publicAccess: true } },
    'eks.publicAccessCidrs []: must list who may reach the public endpoint',
  ],
  [
    'CIDRs of no public endpoint',
    { eks: { publicAccessCidrs: ['8.8.8.0/24'] } },
    'eks.publicAccessCidrs ["8.8.8.0/24"]: has a meaning only with publicAccess: true',
  ],
  [
    'a public endpoint for private addresses',
    { eks: { publicAccess: true, publicAccessCidrs: ['10.0.0.0/8'] } },
    'eks.publicAccessCidrs[0] "10.0.0.0/8": must be public addresses',
  ],
  [
    'an administrator that is a session',
    { eks: { administrators: ['arn:aws:sts::111122223333:assumed-role/Admin/me'] } },
    'eks.administrators[0] "arn:aws:sts::111122223333:assumed-role/Admin/me": is a session, which EKS access entries do not take: name its role, arn:aws:iam::111122223333:role/Admin',
  ],
  [
    'an administrator that is a service-linked role',
    { eks: { administrators: ['arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Y'] } },
    'is a service-linked role, which EKS access entries do not take',
  ],
  [
    'an administrator that is no role',
    { eks: { administrators: ['arn:aws:iam::111122223333:user/me'] } },
    'eks.administrators[0] "arn:aws:iam::111122223333:user/me": must be the ARN of an IAM role',
  ],
  [
    'service addresses inside the VPC',
    { eks: { serviceIpv4Cidr: '10.231.0.0/18' } },
    `eks.serviceIpv4Cidr "10.231.0.0/18": must not overlap the VPC's 10.231.0.0/16`,
  ],
  [
    'service addresses inside the staging VPC',
    { staging: true, eks: { serviceIpv4Cidr: '10.232.0.0/18' } },
    `eks.serviceIpv4Cidr "10.232.0.0/18": must not overlap the VPC's 10.232.0.0/16`,
  ],
  [
    'service addresses too few',
    { eks: { serviceIpv4Cidr: '172.20.0.0/25' } },
    'eks.serviceIpv4Cidr "172.20.0.0/25": must be a private block from /12 to /24',
  ],
  [
    'no node type',
    { eks: { nodes: { instanceTypes: [] } } },
    'eks.nodes.instanceTypes []: must name at least one instance type',
  ],
  [
    'more nodes at least than at most',
    { eks: { nodes: { minSize: 5, maxSize: 4 } } },
    'eks.nodes.minSize 5: must be at most maxSize (4)',
  ],
  [
    'half a node',
    { eks: { nodes: { minSize: 1.5 } } },
    'eks.nodes.minSize 1.5: must be a whole number from 1 to 450',
  ],
  [
    'no Aurora instance',
    { aurora: { instances: 0 } },
    'aurora.instances 0: must be a whole number from 1 to 16',
  ],
  [
    'a storage type of the other database',
    { aurora: { storageType: 'iopt1' } },
    'aurora.storageType "iopt1": must be one of aurora, aurora-iopt1',
  ],
  [
    'a major version only',
    { aurora: { engineVersion: '16' } },
    'aurora.engineVersion "16": must be a full version such as 16.6',
  ],
  [
    'no backups',
    { documentdb: { backupRetentionDays: 0 } },
    'documentdb.backupRetentionDays 0: must be a whole number from 1 to 35',
  ],
  [
    'I/O-optimized storage of an old DocumentDB',
    { documentdb: { storageType: 'iopt1', engineVersion: '4.0.0' } },
    'documentdb.storageType "iopt1": needs engineVersion 5.0.0 or later',
  ],
  [
    'a cache without replica',
    { elasticache: { replicas: 0 } },
    'elasticache.replicas 0: must be a whole number from 1 to 5: automatic failover and Multi-AZ need a replica',
  ],
  [
    'a cache with too many replicas',
    { elasticache: { replicas: 6 } },
    'elasticache.replicas 6: must be a whole number from 1 to 5',
  ],
  [
    'throughput without its mode',
    { efs: { provisionedThroughput: 100 } },
    'efs.provisionedThroughput 100: has a meaning only with throughputMode "provisioned"',
  ],
  [
    'provisioned throughput without a figure',
    { efs: { throughputMode: 'provisioned' } },
    'efs.provisionedThroughput: is required with throughputMode "provisioned"',
  ],
  [
    'ports the wrong way round',
    ingress({ fromPort: 444 }),
    'loadBalancer.ingress[0].fromPort 444: must be at most toPort (443)',
  ],
  [
    'a port out of range',
    ingress({ toPort: 65536 }),
    'loadBalancer.ingress[0].toPort 65536: must be a whole number from 0 to 65535',
  ],
  [
    'no port',
    ingress({ fromPort: undefined }),
    'loadBalancer.ingress[0].fromPort: is required with protocol "tcp"',
  ],
  [
    'ports of a protocol without',
    ingress({ protocol: 'all', toPort: undefined }),
    'loadBalancer.ingress[0].fromPort 443: has no meaning with protocol "all"',
  ],
  [
    'ingress from a block with host bits',
    ingress({ cidr: '1.2.3.4/24' }),
    'loadBalancer.ingress[0].cidr "1.2.3.4/24": host bits must be zero: did you mean 1.2.3.0/24?',
  ],
  [
    'an apostrophe in a description',
    ingress({ description: "it's" }),
    `loadBalancer.ingress[0].description "it's": must have at most 255 characters of`,
  ],
])('%s is refused in one sentence', (_what, changes, sentence) => {
  const problems = problemsWith(changes);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(sentence);
});

test('one ingress rule twice is refused: EC2 takes all or none of them', () => {
  const rule = { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' };
  expect(problemsWith({ loadBalancer: { ingress: [rule, rule] } })).toEqual([
    expect.stringContaining('loadBalancer.ingress[1] {"protocol":"tcp"'),
  ]);
});

test.each([null, 'dev', 7, []])('%j is no request', (input) => {
  expect(() => parseRequest(input)).toThrow(/request .*: must be an object/);
});

test('every problem is reported, also between fields beside broken ones', () => {
  const problems = problemsWith({
    environment: 'Dev',
    staging: 'yes',
    eks: {
      publicAccess: true,
      serviceIpv4Cidr: '10.231.0.0/18',
      nodes: { minSize: 5, maxSize: 3, diskSizeGiB: 'x' },
    },
    efs: { throughputMode: 'provisioned', backup: 1 },
    tags: { n: 5, 'aws:x': '1' },
  });
  expect(problems.map((problem) => problem.split(/[ :]/)[0])).toEqual([
    'environment',
    'staging',
    'tags.n',
    'tags.aws',
    'eks.nodes.diskSizeGiB',
    'eks.nodes.minSize',
    'eks.publicAccessCidrs',
    'efs.backup',
    'efs.provisionedThroughput',
  ]);
});

test('JSON nested deeper than it can be printed is refused like any other', () => {
  const deep = JSON.parse(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
  const input = { environment: 'dev', region: 'eu-central-1', tags: deep };
  expect(() => parseRequest(input)).toThrow(/tags\.a \[\[\[\["\.\.\."\]\]\]\]: must be a text/);
});

test('of very many problems the first are told, and how many there are', () => {
  const unknown = Object.fromEntries(Array.from({ length: 8000 }, (_, index) => [`x${index}`, 1]));
  expect(() => parseRequest({ environment: 'dev', region: 'eu-central-1', ...unknown })).toThrow(
    /^The request has 8000 problems:\n[\s\S]*x50: there is no such field.*\n[\s\S]*\n- and 79\d\d more\nNothing was made\. What to do: correct it, then run again\.$/,
  );
});

describe('the blocks behind a transit gateway', () => {
  const asked = (routes: readonly unknown[], more: object = {}) =>
    problemsWith({ network: { transitGateway: { id: 'tgw-0123456789abcdef0', routes } }, ...more });

  test('may hold the VPC: its own route is more specific', () => {
    expect(asked(['10.0.0.0/8', '192.168.0.0/16'])).toEqual([]);
  });

  test('must not lie in the VPC, as its staging shifts it', () => {
    expect(asked(['10.232.0.0/16'])).toEqual([]);
    expect(asked(['10.232.0.0/16'], { staging: true })).toEqual([
      expect.stringContaining("must not lie in the VPC's own 10.232.0.0/16"),
    ]);
    expect(asked(['10.231.0.0/16', '10.231.9.0/24'])).toHaveLength(2);
  });

  test('are neither everything, nothing, nor IPv6', () => {
    expect(asked(['0.0.0.0/0'])).toEqual([expect.stringContaining('leads to the NAT gateway (R15)')]);
    expect(asked([])).toEqual([expect.stringContaining('must list at least one block')]);
    expect(asked(['fd00::/8'])).toEqual([expect.stringContaining('must be an IPv4 block')]);
  });

  test('come with the id of a transit gateway, not of an attachment', () => {
    const id = 'tgw-attach-0123456789abcdef0';
    expect(problemsWith({ network: { transitGateway: { id, routes: ['10.0.0.0/8'] } } })).toEqual([
      expect.stringContaining('must be a transit gateway id'),
    ]);
  });
});

test('$schema is for editors, and stands for nothing', () => {
  const request = { environment: 'dev', region: 'eu-central-1' };
  expect(parseRequest({ $schema: './request.schema.json', ...request })).toEqual(parseRequest(request));
  expect(() => parseRequest({ $schema: 7, ...request })).toThrow('$schema: there is no such field');
});

test.each([
  ['{"environment":"dev","region":"eu-central-1","__proto__":{"size":"large"}}', '__proto__'],
  ['{"environment":"dev","region":"eu-central-1","tags":{"__proto__":"x"}}', 'tags.__proto__'],
  [
    '{"environment":"dev","region":"eu-central-1","reservedCidrs":[{"__proto__":1}]}',
    'reservedCidrs[0].__proto__',
  ],
])('%s is refused by name: nothing of a request is dropped in silence', (json, field) => {
  expect(() => parseRequest(JSON.parse(json))).toThrow(
    `${field}: is a name that no field and no tag may have`,
  );
});

test.each([
  ['10.231.0.0/016', '10.231.0.0/16'],
  ['10.0231.0.0/16', '10.231.0.0/16'],
])('the block %s is refused as the published pattern refuses it', (vpcCidr, meant) => {
  const request = { environment: 'dev', region: 'eu-central-1', vpcCidr };
  expect(() => parseRequest(request)).toThrow(
    vpcCidr.includes('/0')
      ? `no figure may begin with 0: did you mean ${meant}?`
      : 'vpcCidr "10.0231.0.0/16"',
  );
});

describe('a snapshot to restore from', () => {
  const said = (section: string, restoreFrom: unknown) => problemsWith({ [section]: { restoreFrom } });

  test.each([
    'aoscloud-dev-aurora-final-1a2b3c4d',
    'rds:aoscloud-dev-aurora-2026-11-25-03-11',
    'awsbackup:job-1a2b3c4d',
    'arn:aws:rds:eu-central-1:999900001111:cluster-snapshot:shared',
    'arn:aws-cn:rds:cn-north-1:111122223333:cluster-snapshot:rds:ours-2026-11-25-03-11',
  ])('may be %s', (name) => {
    expect(said('aurora', name)).toEqual([]);
    expect(said('documentdb', name)).toEqual([]);
  });

  test.each([
    '',
    'two--hyphens',
    'ends-',
    'arn:aws:rds:eu-central-1:111122223333:snapshot:of-an-instance',
    'a'.repeat(241),
  ])('is not %j', (name) => {
    expect(said('aurora', name)).toEqual([
      expect.stringContaining('must be the identifier or ARN of a DB cluster snapshot'),
    ]);
  });

  test('has a name alone with ElastiCache', () => {
    expect(said('elasticache', 'automatic.aoscloud-dev-redis-001-2026-11-25-03-00')).toEqual([]);
    expect(said('elasticache', 'arn:aws:elasticache:eu-central-1:111122223333:snapshot:x')).toEqual([
      expect.stringContaining('must be the name of an ElastiCache snapshot'),
    ]);
  });
});

describe('a flow log', () => {
  const asked = (flowLogs: object) => problemsWith({ network: { flowLogs } });
  const group = 'arn:aws:logs:eu-central-1:111122223333:log-group:/central/flow-logs';
  const roleArn = 'arn:aws:iam::111122223333:role/flow-logs';

  test('goes into a bucket, its folder, or with a role into a log group', () => {
    expect(asked({ destination: 'arn:aws:s3:::central-flow-logs' })).toEqual([]);
    expect(
      asked({ destination: 'arn:aws-us-gov:s3:::central.flow-logs/dev/', trafficType: 'reject' }),
    ).toEqual([]);
    expect(asked({ destination: group, roleArn })).toEqual([]);
  });

  test('has a role for a log group, and for that only', () => {
    expect(asked({ destination: group })).toEqual([expect.stringContaining('is required with a log group')]);
    expect(asked({ destination: 'arn:aws:s3:::central-flow-logs', roleArn })).toEqual([
      expect.stringContaining('has no meaning with a bucket'),
    ]);
  });

  test.each([`${group}:*`, 'central-flow-logs', 's3://central-flow-logs'])(
    'does not go to %s',
    (destination) => {
      expect(asked({ destination, roleArn })).toEqual([
        expect.stringContaining('must be the ARN of an S3 bucket'),
      ]);
    },
  );
});

const block = (index: number) => `10.${Math.floor(index / 16)}.${(index % 16) * 16}.0/20`;

test.each([
  ['eks.administrators', 50, (index: number) => `arn:aws:iam::111122223333:role/admin-${index}`],
  ['eks.publicAccessCidrs', 40, (index: number) => `198.51.${index}.0/24`],
  ['reservedCidrs', 200, block],
  [
    'loadBalancer.ingress',
    60,
    (index: number) => ({ protocol: 'tcp', fromPort: 1 + index, toPort: 1 + index, cidr: '10.0.0.0/8' }),
  ],
] as const)('%s takes %i entries, and not one more', (path, most, entry) => {
  const request = (count: number) => {
    const list = Array.from({ length: count }, (_, index) => entry(index));
    const [outer, inner] = path.split('.') as [string, string?];
    const more = path === 'eks.publicAccessCidrs' ? { publicAccess: true } : {};
    return inner ? { [outer]: { [inner]: list, ...more } } : { [outer]: list };
  };
  expect(problemsWith(request(most))).toEqual([]);
  expect(problemsWith(request(most + 1)).join('\n')).toContain(`must list at most ${most} `);
});
