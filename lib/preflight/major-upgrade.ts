/**
 * What speaks against another major version of a database, beside the way there (`ValidUpgradeTarget`): AWS would refuse
 * it with a snapshot taken already, and some of it only where the database is out. What only a check inside the database
 * finds (replication slots, prepared transactions) nobody outside can ask; AWS then leaves the cluster as it was.
 */
import {
  type DBCluster,
  type DBInstance,
  paginateDescribeDBClusterParameters,
  paginateDescribeEngineDefaultClusterParameters,
  paginateDescribeGlobalClusters,
  paginateDescribePendingMaintenanceActions,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { carried } from '#lib/data/major-upgrade.ts';
import { familyOf, parametersSetIn } from '#lib/data/parameters.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import type { Context, Findings } from './context.ts';
import { offersOf } from './database-offers.ts';

interface Upgrading {
  readonly own: DBCluster;
  readonly instances: readonly DBInstance[];
  /** The version it is to have. */
  readonly engineVersion: string;
}

export async function askMajorUpgrade(
  service: DatabaseIdentity,
  { target }: Context,
  upgrading: Upgrading,
  { problems, warnings }: Findings,
): Promise<void> {
  const field = `${service.step}.engineVersion ${upgrading.engineVersion}:`;
  const found = [
    ...(await membership(target, upgrading.own)),
    ...(await parameters(service, target, upgrading)),
    ...customInstanceGroups(upgrading),
    ...(await classes(service, target, upgrading)),
    ...(service.step === 'documentdb' ? await maintenance(target, upgrading) : []),
  ];
  problems.push(...found.map(({ what, todo }) => ({ what: `${field} ${what}`, todo })));
  warnings.push(
    `${field} a major version from ${upgrading.own.EngineVersion}, and no way back but a snapshot; test your applications on it first${service.step === 'aurora' ? ', drop replication slots (before 17) and end prepared transactions, which AWS refuses it for' : ''}`,
  );
}

/** Aurora user guide, "Major upgrades for global databases"; DocumentDB developer guide, docdb-mvu. */
async function membership(
  target: EnvironmentTarget,
  { DBClusterArn, DBClusterIdentifier, ReadReplicaIdentifiers = [] }: DBCluster,
): Promise<Finding[]> {
  const paging = { client: client(RDSClient, target) };
  const all = await allPages(paginateDescribeGlobalClusters(paging, {}), (page) => page.GlobalClusters);
  const global = all.filter(({ GlobalClusterMembers = [] }) =>
    GlobalClusterMembers.some(
      (member) => member.DBClusterArn === DBClusterArn || member.Readers?.includes(DBClusterArn as string),
    ),
  );
  return [
    ...global.map(({ GlobalClusterIdentifier }) => ({
      what: `cluster ${DBClusterIdentifier} is a member of global cluster ${GlobalClusterIdentifier}, which has one version in all regions`,
      todo: 'remove it from there first, or upgrade the global cluster in the RDS console and name here what it then has',
    })),
    ...ReadReplicaIdentifiers.map((replica) => ({
      what: `cluster ${DBClusterIdentifier} has the read replica ${replica} in another region, and AWS upgrades none that has`,
      todo: 'promote or delete the replica first',
    })),
  ];
}

/** What people set in our group is carried over; a group of their own is theirs, and of the former family. */
async function parameters(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
  { own: { DBClusterParameterGroup: group = '' }, engineVersion }: Upgrading,
): Promise<Finding[]> {
  const family = familyOf(service.step, engineVersion);
  if (group.startsWith('default.')) return [];
  if (!service.identifiers(target).parameterGroups.includes(group))
    return [
      {
        what: `the cluster has the parameter group ${group}, made by somebody else and for the version that runs`,
        todo: `give the cluster its own group, or AWS's default one, before that; one of ${family} with the same parameters can follow`,
      },
    ];
  const rds = client(RDSClient, target);
  const reads = {
    parameterPages: (input: { DBClusterParameterGroupName: string | undefined; Source?: string }) =>
      paginateDescribeDBClusterParameters({ client: rds }, input),
  };
  const set = Object.keys(carried(await parametersSetIn(reads, group), { family }));
  if (set.length === 0) return [];
  const known = await modifiableIn(target, family);
  return set
    .filter((name) => !known.has(name))
    .map((name) => ({
      what: `the parameter ${name}, which somebody set in ${group}, is none that can be set in ${family}`,
      todo: `reset it (aws rds reset-db-cluster-parameter-group --db-cluster-parameter-group-name ${group} --parameters ParameterName=${name},ApplyMethod=pending-reboot)`,
    }));
}

async function modifiableIn(target: EnvironmentTarget, DBParameterGroupFamily: string): Promise<Set<string>> {
  const paging = { client: client(RDSClient, target) };
  const found = await allPages(
    paginateDescribeEngineDefaultClusterParameters(paging, { DBParameterGroupFamily }),
    (page) => page.EngineDefaults?.Parameters,
  );
  const modifiable = found.filter(({ IsModifiable }) => IsModifiable);
  return new Set(modifiable.flatMap(({ ParameterName }) => ParameterName ?? []));
}

/** `The current DB instance parameter group … is custom. You must explicitly specify a new …` (aws-controllers-k8s/community#2778). */
function customInstanceGroups({ instances }: Upgrading): Finding[] {
  return instances.flatMap(({ DBInstanceIdentifier, DBParameterGroups = [] }) =>
    DBParameterGroups.filter(
      ({ DBParameterGroupName = '' }) => !DBParameterGroupName.startsWith('default.'),
    ).map(({ DBParameterGroupName }) => ({
      what: `instance ${DBInstanceIdentifier} has the parameter group ${DBParameterGroupName}, made by somebody else and for the version that runs`,
      todo: "give it AWS's default group before that; one of the new family can follow",
    })),
  );
}

/** Each instance is upgraded as it is: another class comes after it. */
async function classes(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
  { instances, engineVersion }: Upgrading,
): Promise<Finding[]> {
  const found = [...new Set(instances.map(({ DBInstanceClass }) => DBInstanceClass as string))];
  const offered = await Promise.all(
    found.map(async (DBInstanceClass) => {
      const query = { Engine: service.engine, EngineVersion: engineVersion, DBInstanceClass, Vpc: true };
      const pages = offersOf[service.step](target).orderablePages(query);
      return (await allPages(pages, (page) => page.OrderableDBInstanceOptions)).length > 0;
    }),
  );
  return found
    .filter((_, index) => !offered[index])
    .map((instanceClass) => ({
      what: `instances of ${instanceClass} cannot have it`,
      todo: `change ${service.step}.instanceClass first, in a run of its own`,
    }));
}

/**
 * "Apply any pending OS maintenance actions on all instances before upgrading" (docdb-mvu, prerequisites); an engine patch
 * of the cluster hides them. AWS tells each by its own filter only (API_DescribePendingMaintenanceActions).
 */
async function maintenance(target: EnvironmentTarget, { own, instances }: Upgrading): Promise<Finding[]> {
  const idsOf = {
    'db-cluster-id': [own.DBClusterIdentifier ?? ''],
    'db-instance-id': instances.map(({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier),
  };
  const paging = { client: client(RDSClient, target) };
  const found = await Promise.all(
    Object.entries(idsOf)
      .filter(([, Values]) => Values.length > 0)
      .map(([Name, Values]) =>
        allPages(
          paginateDescribePendingMaintenanceActions(paging, { Filters: [{ Name, Values }] }),
          (page) => page.PendingMaintenanceActions,
        ),
      ),
  );
  return found.flat().flatMap(({ ResourceIdentifier, PendingMaintenanceActionDetails = [] }) =>
    PendingMaintenanceActionDetails.map(({ Action, Description }) => ({
      what: `${ResourceIdentifier} has maintenance pending (${Action}: ${Description}), which comes before a major version`,
      todo: `apply it (aws docdb apply-pending-maintenance-action --resource-identifier ${ResourceIdentifier} --apply-action ${Action} --opt-in-type immediate), and run again when it is through`,
    })),
  );
}

/** Of our names, those of another family than the cluster's will be: of this upgrade, or of one that a run did not finish. */
export async function parameterGroupsToGo(
  service: DatabaseIdentity,
  { account, target }: Context,
  engineVersion: string,
): Promise<string[]> {
  const ours: readonly string[] = service.identifiers(target).parameterGroups;
  const family = familyOf(service.step, engineVersion);
  return (await account.databaseParameterGroups())
    .filter(({ DBParameterGroupFamily }) => DBParameterGroupFamily !== family)
    .flatMap(({ DBClusterParameterGroupName: name = '' }) => (ours.includes(name) ? [name] : []));
}
