/** What a request says of its data services. */
import * as z from 'zod';
import { deletionProtection, matching, wholeNumber } from './fields.ts';
import { cacheRules, documentdbRules, majorUpgrade, throughput, withRule } from './rules.ts';

const retentionDays = wholeNumber(1, 35, 'Days that automated backups are kept.').default(7);

const restoreFrom = matching(
  /^(?=.{1,240}$)(arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:cluster-snapshot:)?([a-z]+:)?[a-zA-Z](-?[a-zA-Z0-9])*$/,
  'must be the identifier or ARN of a DB cluster snapshot',
  {
    description:
      'The DB cluster snapshot a new database is made from. Refused over one that lives, unless it was made from that snapshot.',
  },
).optional();

const allowMajorUpgrade = z.boolean().default(false).meta({
  description:
    'Lets engineVersion name a later major version than the one that runs: an outage of up to an hour with no way back, after a snapshot. It may stay in the request.',
});

export const aurora = withRule(
  z.strictObject({
    instanceClass: matching(/^db\.[a-z0-9.-]+$/, 'must be an instance class such as db.r6g.large', {
      description: 'Instance class. Default: by size.',
    }).optional(),
    instances: wholeNumber(1, 16, 'One writer, and readers. Default: by size.').optional(),
    engineVersion: matching(/^\d{1,2}\.\d{1,2}$/, 'must be a full version such as 16.6', {
      description: 'Aurora PostgreSQL version. Default: the default of AWS.',
    }).optional(),
    allowMajorUpgrade,
    storageType: z
      .enum(['aurora', 'aurora-iopt1'])
      .optional()
      .meta({ description: 'Standard, or I/O-optimized. Default: by size.' }),
    backupRetentionDays: retentionDays,
    deletionProtection,
    restoreFrom,
  }),
  majorUpgrade,
);

export const documentdb = withRule(
  z.strictObject({
    instanceClass: matching(/^db\.[a-z0-9.-]+$/, 'must be an instance class such as db.r6g.large', {
      description: 'Instance class. Default: by size.',
    }).optional(),
    instances: wholeNumber(1, 16, 'One primary, and replicas. Default: by size.').optional(),
    engineVersion: matching(/^\d\.\d\.\d$/, 'must be a full version such as 5.0.0', {
      description: 'DocumentDB version. Default: the default of AWS.',
    }).optional(),
    allowMajorUpgrade,
    storageType: z
      .enum(['standard', 'iopt1'])
      .optional()
      .meta({ description: 'Standard, or I/O-optimized. Default: by size.' }),
    backupRetentionDays: retentionDays,
    deletionProtection,
    restoreFrom,
  }),
  documentdbRules,
);

/** Of a cache whose version a request leaves out: the last of Redis OSS, and of Valkey one that AWS has everywhere. */
export const defaultCacheVersions = { redis: '7.1', valkey: '8.1' } as const;

export const elasticache = withRule(
  z.strictObject({
    nodeType: matching(/^cache\.[a-z0-9.-]+$/, 'must be a node type such as cache.r7g.large', {
      description: 'Node type. Default: by size.',
    }).optional(),
    replicas: wholeNumber(
      1,
      5,
      'Replicas beside the primary. Default: by size.',
      ': automatic failover and Multi-AZ need a replica, and a group has at most six nodes',
    ).optional(),
    engine: z.enum(['redis', 'valkey']).default('redis').meta({
      description: 'Redis OSS, or Valkey, which it can become in place; there is no way back.',
    }),
    engineVersion: matching(/^\d\.\d(\.\d)?$/, 'must be a version such as 7.1', {
      description: `Version of the engine: Redis OSS ends at 7.1, Valkey begins with 7.2. Default: ${defaultCacheVersions.redis} and ${defaultCacheVersions.valkey}.`,
    }).optional(),
    snapshotRetentionDays: wholeNumber(
      0,
      35,
      'Days that automatic snapshots are kept; 0 makes none.',
    ).default(7),
    authentication: z.enum(['none', 'iam']).default('none').meta({
      description: 'Who may connect: whoever the network lets (none), or who signs in with IAM.',
    }),
    restoreFrom: matching(
      /^(?=.{1,240}$)([a-z]+\.)?[a-zA-Z](-?[a-zA-Z0-9])*$/,
      'must be the name of an ElastiCache snapshot',
      {
        description:
          'The snapshot a new cache is made from. Refused over one that lives, unless it was made from that snapshot.',
      },
    ).optional(),
  }),
  cacheRules,
);

export const efs = withRule(
  z.strictObject({
    throughputMode: z
      .enum(['elastic', 'bursting', 'provisioned'])
      .default('elastic')
      .meta({ description: 'Elastic pays for what is moved and needs no figure.' }),
    provisionedThroughput: wholeNumber(
      1,
      3414,
      'MiB a second. With throughputMode "provisioned" only.',
    ).optional(),
    backup: z.boolean().default(true).meta({ description: 'Daily backups by AWS Backup.' }),
  }),
  throughput,
);
