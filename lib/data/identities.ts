/** What Aurora and DocumentDB are called and told apart by. Without the SDK, so that who asks needs none of its calls. */
import { names } from '#lib/ownership/names.ts';
import type { DatabaseIdentity } from './service.ts';

export const auroraIdentity: DatabaseIdentity = {
  step: 'aurora',
  title: 'Aurora',
  engine: 'aurora-postgresql',
  port: 5432,
  defaultStorageType: 'aurora',
  logExports: ['postgresql'],
  logGroupPrefix: '/aws/rds/cluster',
  plan: (environment) => environment.aurora,
  identifiers: (environment) => {
    const named = names(environment);
    return {
      cluster: named.auroraCluster,
      subnetGroup: named.auroraSubnetGroup,
      parameterGroups: [named.auroraParameterGroup, named.auroraParameterGroupBeside],
    };
  },
};

export const documentdbIdentity: DatabaseIdentity = {
  step: 'documentdb',
  title: 'DocumentDB',
  engine: 'docdb',
  port: 27017,
  defaultStorageType: 'standard',
  logExports: ['audit', 'profiler'],
  logGroupPrefix: '/aws/docdb',
  plan: (environment) => environment.documentdb,
  identifiers: (environment) => {
    const named = names(environment);
    return {
      cluster: named.documentdbCluster,
      subnetGroup: named.documentdbSubnetGroup,
      parameterGroups: [named.documentdbParameterGroup, named.documentdbParameterGroupBeside],
    };
  },
};

export const databaseIdentities: readonly DatabaseIdentity[] = [auroraIdentity, documentdbIdentity];
