/**
 * The request: one environment, the same document in every trigger. Strict: a field that is not named here is
 * an error. What a request leaves out is filled in from its size (lib/request/sizes.ts) or chosen in preflight.
 */
import * as z from 'zod';
import { isServiceLinkedRoleArn, roleArnPattern, roleArnProblem } from '#lib/aws/role-arn.ts';
import { maxEnvironmentNameLength } from '#lib/run/environment-name.ts';
import { listed } from '#lib/run/failure-words.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';
import { baseCidrProblem, defaultVpcCidr, isPrivate, parseCidr, poolBlockProblem } from './address-plan.ts';
import { aurora, documentdb, efs, elasticache } from './data-fields.ts';
import { cidr, deletionProtection, matching, text, unique, wholeNumber } from './fields.ts';
import { network } from './network-fields.ts';
import { allProblemsOf, hiddenKeys } from './problems.ts';
import {
  addresses,
  blockPool,
  nodeCounts,
  ports,
  publicEndpoint,
  regionPattern,
  transitRoutes,
  withRule,
  zoneIdPattern,
  zoneNamePattern,
  zonesOfRegion,
} from './rules.ts';
import { sizeNames } from './sizes.ts';
import { tagsSchema } from './tags.ts';

function nameProblem(name: string): string | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    return 'must start with a lower-case letter and hold a-z, 0-9 and - only';
  if (name.includes('--') || name.endsWith('-'))
    return 'must not hold -- or end in -: RDS and ElastiCache refuse such identifiers';
  if (name.length > maxEnvironmentNameLength)
    return `must have at most ${maxEnvironmentNameLength} characters, so that every name made from it fits its AWS limit`;
  return undefined;
}

function ownerProblem(owner: string): string | undefined {
  if (!owner.trim()) return 'must say whose block this is';
  return owner.length > 200 ? 'must have at most 200 characters' : undefined;
}

const reserved = z.union([
  cidr('A block that nobody is named for.').transform((block) => ({
    cidr: block,
    owner: 'reserved in the request',
  })),
  z.strictObject({
    cidr: cidr('The block.'),
    owner: text(ownerProblem, {
      description: 'Whose block it is: stands in the message when the VPC would overlap it.',
    }),
  }),
]);

function administratorProblem(arn: string): string | undefined {
  if (isServiceLinkedRoleArn(arn)) return 'is a service-linked role, which EKS access entries do not take';
  return roleArnProblem(arn, 'which EKS access entries do not take');
}

/** Of a new cluster. An existing one is upgraded only where the request names a version. */
export const defaultKubernetesVersion = '1.35';

const eks = withRule(
  z.strictObject({
    version: matching(/^1\.\d{2}$/, 'must be a Kubernetes version such as 1.35', {
      description: `Kubernetes version; ${defaultKubernetesVersion} for a new cluster where it is left out, and one that exists keeps its own. Another one upgrades the cluster: the next minor version only. Preflight refuses one that EKS does not offer.`,
    }).optional(),
    supportType: z.enum(['standard', 'extended']).default('standard').meta({
      description:
        'Whether the cluster may stay on a version whose standard support has ended, which costs more. With standard EKS upgrades it then.',
    }),
    publicAccess: z.boolean().default(false).meta({
      description:
        'Makes the API endpoint reachable from the internet too; it is always reachable from the VPC.',
    }),
    publicAccessCidrs: unique(
      z
        .array(
          cidr('A block of public addresses.', (block) =>
            parseCidr(block).prefix > 0 && parseCidr(block).address.range() !== 'unicast'
              ? 'must be public addresses: EKS refuses others here'
              : undefined,
          ),
        )
        .max(40, 'must list at most 40 blocks, the quota of an EKS cluster'),
    )
      .default([])
      .meta({
        description: 'Who may reach the public endpoint. Required with publicAccess, refused without.',
      }),
    administrators: unique(
      z
        .array(
          text(administratorProblem, {
            description: 'The ARN of an IAM role, with its path where it has one.',
            pattern: roleArnPattern,
          }),
        )
        .max(50, 'must list at most 50 roles'),
    )
      .default([])
      .meta({ description: 'IAM roles that become cluster administrators.' }),
    deletionProtection,
    serviceIpv4Cidr: cidr(
      'Addresses of Kubernetes services: private, /12 to /24, outside the VPC. Default: 172.20.0.0/16, or 10.100.0.0/16 where that is taken.',
      (block) =>
        isPrivate(block) && parseCidr(block).prefix >= 12 && parseCidr(block).prefix <= 24
          ? undefined
          : 'must be a private block from /12 to /24',
    ).optional(),
    nodes: withRule(
      z.strictObject({
        instanceTypes: unique(
          z
            .array(
              matching(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'must be an instance type such as m5.2xlarge', {
                description: 'An x86_64 EC2 instance type.',
              }),
            )
            .min(1, 'must name at least one instance type')
            .max(20, 'must name at most 20 instance types'),
        )
          .optional()
          .meta({ description: 'Instance types of the nodes, the first preferred. Default: by size.' }),
        minSize: wholeNumber(1, 450, 'Nodes at the start, and at least.').default(3),
        maxSize: wholeNumber(1, 450, 'Nodes at most.').default(10),
        diskSizeGiB: wholeNumber(20, 16384, 'Size of the gp3 root volume in GiB.').default(50),
      }),
      nodeCounts,
    ).prefault({}),
  }),
  publicEndpoint,
);

/** An automated one has the name of its service in front: `rds:…`, `awsbackup:job-…`. A tag keeps it, with its limit. */
const ingressRule = withRule(
  z.strictObject({
    protocol: z.enum(['tcp', 'udp', 'icmp', 'all']),
    fromPort: wholeNumber(0, 65535, 'First port; tcp and udp only.').optional(),
    toPort: wholeNumber(0, 65535, 'Last port; tcp and udp only.').optional(),
    cidr: cidr('Where the traffic comes from.'),
    description: text(
      (value) =>
        /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(value)
          ? undefined
          : 'must have at most 255 characters of a-z, A-Z, 0-9, space and ._-:/()#,@[]+=&;{}!$*: EC2 refuses others',
      { description: 'Shown beside the rule.' },
    ).optional(),
  }),
  ports,
);

export const requestSchema = [addresses, blockPool, zonesOfRegion, transitRoutes].reduce(
  withRule,
  z.strictObject({
    environment: text(nameProblem, {
      description: 'The name of the environment: part of the name of everything it has.',
      pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
      maxLength: maxEnvironmentNameLength,
      examples: ['dev', 'prod'],
    }),
    region: matching(regionPattern, 'must be an AWS region such as eu-central-1', {
      description: 'The AWS region everything is made in.',
    }),
    roleArn: text((arn) => roleArnProblem(arn, 'which cannot be assumed again by its name'), {
      description:
        'The role that makes everything, in the account everything is made in. Default: the account of this service.',
      pattern: roleArnPattern,
    }).optional(),
    vpcCidr: text((block) => (block === 'auto' ? undefined : baseCidrProblem(block)), {
      description:
        'Base CIDR of the VPC (R1): a private /16 (R2). With "auto" the environment keeps the block it has, and a new one gets the next free /16 of cidrPool.',
      pattern: '^(auto|\\d{1,3}\\.\\d{1,3}\\.0\\.0/16)$',
    }).default(defaultVpcCidr),
    cidrPool: unique(
      z
        .array(cidr('A private block of one or more /16.', poolBlockProblem))
        .max(20, 'must list at most 20 blocks'),
    )
      .default([])
      .meta({
        description:
          'Where vpcCidr "auto" takes a /16 from, in this order. Required with "auto", refused without.',
      }),
    staging: z.boolean().default(false).meta({ description: 'Adds 1 to the second octet of vpcCidr (R3).' }),
    reservedCidrs: z.array(reserved).max(200, 'must list at most 200 blocks').default([]).meta({
      description: 'Blocks the VPC must not overlap (R4): corporate networks, peers, transit gateways.',
    }),
    availabilityZones: unique(
      z
        .array(
          matching(
            new RegExp(`${zoneNamePattern.source}|${zoneIdPattern.source}`),
            'must be a zone name (eu-central-1a) or id (euc1-az2)',
            {
              description: 'A zone, by name or by id.',
            },
          ),
        )
        .length(3, 'must list three zones: every subnet group has one subnet in each (R6)'),
    )
      .optional()
      .meta({ description: 'Three zones, for the letters a, b and c. Default: chosen in preflight.' }),
    size: z.enum(sizeNames).default('small').meta({ description: 'Figures for all that is left out.' }),
    deletionProtection: z.boolean().default(false).meta({
      description:
        'Protects the cluster and the databases from deletion where a service does not say otherwise.',
    }),
    onFailure: z
      .enum(['rollback', 'keep'])
      .default('rollback')
      .meta({ description: 'What a failed run does with what it made.' }),
    tags: tagsSchema.default({}),
    eks: eks.prefault({}),
    aurora: aurora.prefault({}),
    documentdb: documentdb.prefault({}),
    elasticache: elasticache.prefault({}),
    efs: efs.prefault({}),
    network: network.prefault({}),
    loadBalancer: z
      .strictObject({
        ingress: unique(
          z.array(ingressRule).max(60, 'must list at most 60 rules, the limit of a security group'),
        )
          .default([])
          .meta({ description: 'Ingress of the public load balancer group; none, no group (R24).' }),
      })
      .prefault({}),
  }),
);

/** A request that has been read: defaults filled in, every field sound. */
export type EnvironmentRequest = z.output<typeof requestSchema>;

/** Throws InvalidRequestError with every problem: field, value, rule. */
export function parseRequest(input: unknown): EnvironmentRequest {
  const parsed = requestSchema.safeParse(withoutSchema(input), { reportInput: true });
  const hidden = hiddenKeys(input);
  if (parsed.success && hidden.length === 0) return parsed.data;
  const problems = [...hidden, ...(parsed.success ? [] : allProblemsOf(parsed.error.issues, requestSchema))];
  const heading = `The request has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`;
  throw new InvalidRequestError(listed(heading, problems, 'Nothing was made'), 'correct it, then run again');
}

/** By `$schema` an editor finds the JSON Schema; of the environment it says nothing. */
function withoutSchema(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const { $schema, ...request } = input as Record<string, unknown>;
  return $schema === undefined || typeof $schema === 'string' ? request : input;
}
