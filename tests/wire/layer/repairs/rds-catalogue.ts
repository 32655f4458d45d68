/** RDS and DocumentDB: what can be ordered. */
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
} from '@aws-sdk/client-rds';
import { type Elements, queryError, queryResult, type WireAnswer, type WireRequest } from '../message.ts';
import type { Moto, Repair } from '../repair.ts';

const reference = 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference';

/** The default version first, the family it belongs to, and the storage types as AWS calls them here. */
const offers: Readonly<Record<string, { versions: string[]; storage: string[] }>> = {
  'aurora-postgresql': { versions: ['17.4', '16.9', '16.6'], storage: ['aurora', 'aurora-iopt1'] },
  docdb: { versions: ['5.0.0', '4.0.0'], storage: ['aurora'] },
};

export function rdsCatalogueRepairs(): Repair[] {
  return [
    {
      operation: 'rds:DescribeDBEngineVersions',
      moto: 'lacks it',
      page: `${reference}/API_DescribeDBEngineVersions.html`,
      answer: async (request) => engineVersions(request),
    },
    {
      operation: 'rds:DescribeOrderableDBInstanceOptions',
      moto: 'knows Aurora and Neptune in the versions of an old snapshot, and no DocumentDB',
      page: `${reference}/API_DescribeOrderableDBInstanceOptions.html`,
      answer: async (request) => orderableOptions(request),
    },
    {
      operation: 'rds:DescribeAccountAttributes',
      moto: 'lacks it',
      page: `${reference}/API_DescribeAccountAttributes.html`,
      answer: (request, moto) => accountQuotas(request, moto),
    },
  ];
}

function engineVersions(request: WireRequest): WireAnswer {
  const engine = request.form.get('Engine') ?? '';
  const wanted = request.form.get('EngineVersion');
  const all = offers[engine]?.versions ?? [];
  const versions = request.form.get('DefaultOnly') === 'true' ? all.slice(0, 1) : all;
  const found = versions.filter(
    (version) => !wanted || version === wanted || version.startsWith(`${wanted}.`),
  );
  return queryResult(request, {
    DBEngineVersions: {
      DBEngineVersion: found.map((EngineVersion) => ({
        Engine: engine,
        EngineVersion,
        DBParameterGroupFamily: `${engine}${EngineVersion.split('.')[0]}`,
        Status: 'available',
      })),
    },
  });
}

function orderableOptions(request: WireRequest): WireAnswer {
  const Engine = request.form.get('Engine') ?? '';
  const EngineVersion = request.form.get('EngineVersion') ?? '';
  const DBInstanceClass = request.form.get('DBInstanceClass') ?? '';
  const offer = offers[Engine];
  if (!offer) return queryError(400, 'InvalidParameterValue', `Invalid DB engine: ${Engine}`);
  const known =
    offer.versions.includes(EngineVersion) && /^db\.(t3|t4g|r5|r6g|r6i|r7g)\./.test(DBInstanceClass);
  const options: Elements[] = (known ? offer.storage : []).map((StorageType) => ({
    Engine,
    EngineVersion,
    DBInstanceClass,
    StorageType,
    Vpc: true,
    AvailabilityZones: {
      AvailabilityZone: ['a', 'b', 'c'].map((letter) => ({ Name: `${request.region}${letter}` })),
    },
  }));
  return queryResult(request, { OrderableDBInstanceOptions: { OrderableDBInstanceOption: options } });
}

/** The default quotas, and what moto counts. */
async function accountQuotas(request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const [clusters, instances, groups] = await Promise.all([
    moto.rds.send(new DescribeDBClustersCommand({})),
    moto.rds.send(new DescribeDBInstancesCommand({})),
    moto.rds.send(new DescribeDBSubnetGroupsCommand({})),
  ]);
  const quota = (AccountQuotaName: string, Max: number, used: readonly unknown[] | undefined) => ({
    AccountQuotaName,
    Max,
    Used: used?.length ?? 0,
  });
  return queryResult(request, {
    AccountQuotas: {
      AccountQuota: [
        quota('DBClusters', 40, clusters.DBClusters),
        quota('DBInstances', 40, instances.DBInstances),
        quota('DBSubnetGroups', 50, groups.DBSubnetGroups),
      ],
    },
  });
}
