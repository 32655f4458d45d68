/**
 * What keeps Aurora or DocumentDB from going. AWS says most of it only at the cluster, when the instances are
 * deleted already, and under `InvalidDBClusterStateFault`, which otherwise means "not yet" (findings B3, B6–B8).
 *
 * Not asked: a final snapshot's name that is taken (the next number is used), and a cluster's key. Clusters made here
 * use the AWS managed key, which nobody can disable; of any other key the cluster's status tells.
 */
import {
  type DBCluster,
  type DBInstance,
  DescribeAccountAttributesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { databaseIdentities } from '#lib/data/identities.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import { conditionOf } from '#lib/data/status.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { createdByTag, tagValue } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { nothingFound, type RemovalContext, type RemovalFindings } from './context.ts';

type Going = DatabaseIdentity & { readonly cluster: DBCluster };

export async function askDatabases(context: RemovalContext): Promise<RemovalFindings> {
  const going = await goingClusters(context);
  const findings = nothingFound();
  for (const one of going) {
    const problems = [
      ...protection(context.target, one),
      ...(await foreignInstances(context, one)),
      ...(await elsewhere(context, one)),
      ...snapshotImpossible(context.target, one),
    ];
    findings.blockers.push(...problems.map((problem) => ({ problem, steps: [one.step] })));
    if (!context.target.finalSnapshots)
      findings.warnings.push(`${nameOf(one)} leaves no final snapshot: its data is gone for good`);
  }
  const quota = await snapshotQuota(context.target, going);
  if (quota) findings.blockers.push({ problem: quota, steps: going.map(({ step }) => step) });
  return findings;
}

/** What is in the subnet groups or the VPC of the environment and goes with nothing that is removed. */
export async function askForeignDatabases({ target, account }: RemovalContext): Promise<RemovalFindings> {
  const vpcIds = await account.goingVpcIds();
  const ownClusters = databaseIdentities.map((service) => service.identifiers(target).cluster);
  const stepOf: Readonly<Record<string, DatabaseIdentity['step']>> = Object.fromEntries(
    databaseIdentities.map((service) => [service.identifiers(target).subnetGroup, service.step]),
  );
  const findings = nothingFound();
  const put = (what: string, subnetGroup: string, of: string) =>
    findings.blockers.push({
      problem: {
        what: `${what} is not part of this removal, and uses ${of}, which cannot go before it`,
        todo: 'delete it, or move it to other subnets',
      },
      steps: stepOf[subnetGroup] ? [stepOf[subnetGroup], 'vpc'] : ['vpc'],
    });
  const clusters = (await account.databaseClusters()).filter(
    ({ DBClusterIdentifier, DBSubnetGroup }) =>
      stepOf[DBSubnetGroup ?? ''] && !ownClusters.includes(DBClusterIdentifier as string),
  );
  for (const { DBClusterIdentifier, Engine, DBSubnetGroup } of clusters)
    put(
      `database cluster ${DBClusterIdentifier} (${Engine})`,
      DBSubnetGroup!,
      `DB subnet group ${DBSubnetGroup}`,
    );
  const covered = [...ownClusters, ...clusters.map((cluster) => cluster.DBClusterIdentifier)];
  for (const instance of await account.databaseInstances()) {
    const { DBSubnetGroupName, VpcId } = instance.DBSubnetGroup ?? {};
    if (!VpcId || !vpcIds.includes(VpcId)) continue;
    if (instance.DBClusterIdentifier && covered.includes(instance.DBClusterIdentifier)) continue;
    const what = `database instance ${instance.DBInstanceIdentifier} (${instance.Engine})`;
    put(what, DBSubnetGroupName ?? '', `DB subnet group ${DBSubnetGroupName} in ${VpcId}`);
  }
  return findings;
}

async function goingClusters({ target, account }: RemovalContext): Promise<Going[]> {
  const clusters = await account.databaseClusters();
  return databaseIdentities.flatMap((service) => {
    const cluster = clusters.find(
      ({ DBClusterIdentifier, Engine }) =>
        DBClusterIdentifier === service.identifiers(target).cluster && Engine === service.engine,
    );
    const goes =
      cluster !== undefined &&
      conditionOf(cluster.Status) !== 'deleting' &&
      isInScope(cluster.TagList, target);
    return goes ? [{ ...service, cluster }] : [];
  });
}

function nameOf({ title, cluster }: Going): string {
  return `${title} cluster ${cluster.DBClusterIdentifier}`;
}

function protection({ unprotect }: RemovalTarget, one: Going): Finding[] {
  if (!one.cluster.DeletionProtection || unprotect) return [];
  return [
    {
      what: `${nameOf(one)} is protected from deletion (W9)`,
      todo: 'run provision with deletionProtection false, then remove the environment',
    },
  ];
}

/** Aurora Auto Scaling gives its readers this name; Application Auto Scaling makes a new one for each that is deleted. */
const autoScaled = /^application-autoscaling-/;

async function foreignInstances({ target, account }: RemovalContext, one: Going): Promise<Finding[]> {
  const id = one.cluster.DBClusterIdentifier as string;
  const foreign = (await account.databaseInstances()).filter(
    ({ DBClusterIdentifier, DBInstanceStatus, TagList }) =>
      DBClusterIdentifier === id &&
      conditionOf(DBInstanceStatus) !== 'deleting' &&
      !isInScope(TagList, target),
  );
  return foreign.map((instance) => {
    const name = instance.DBInstanceIdentifier as string;
    const has = `${nameOf(one)} has instance ${name}`;
    if (autoScaled.test(name))
      return {
        what: `${has}, made by Aurora Auto Scaling`,
        todo: `take the scaling away first (aws application-autoscaling deregister-scalable-target --service-namespace rds --scalable-dimension rds:cluster:ReadReplicaCount --resource-id cluster:${id}), then delete the instance`,
      };
    return { what: `${has}, ${makerOf(instance)}`, todo: 'delete it' };
  });
}

function makerOf({ TagList }: DBInstance): string {
  const run = tagValue(TagList, createdByTag);
  return run ? `made by execution ${run}, which is not part of this removal` : 'not made by AosCloud';
}

/**
 * `InvalidDBClusterStateFault: This cluster is a part of a global cluster, please remove it from globalcluster first`
 * (terraform-provider-aws, resource_aws_rds_cluster), and of the last instance: "Delete the replica cluster before
 * deleting the last master cluster instance" (awslabs/amazon-documentdb-tools#126).
 */
async function elsewhere({ account }: RemovalContext, one: Going): Promise<Finding[]> {
  const { DBClusterArn, ReadReplicaIdentifiers = [] } = one.cluster;
  const global = (await account.globalClusters()).filter(({ GlobalClusterMembers = [] }) =>
    GlobalClusterMembers.some(
      (member) => member.DBClusterArn === DBClusterArn || member.Readers?.includes(DBClusterArn as string),
    ),
  );
  return [
    ...global.map(({ GlobalClusterIdentifier }) => ({
      what: `${nameOf(one)} is a member of global cluster ${GlobalClusterIdentifier}`,
      todo: 'remove it from there (aws rds remove-from-global-cluster, the secondary clusters first) and wait until it is available again',
    })),
    ...ReadReplicaIdentifiers.map((replica) => ({
      what: `${nameOf(one)} has the read replica ${replica}`,
      todo: 'promote or delete the replica',
    })),
  ];
}

/** AWS takes no snapshot of a cluster that has failed or whose key it cannot use. */
function snapshotImpossible({ finalSnapshots }: RemovalTarget, one: Going): Finding[] {
  const condition = conditionOf(one.cluster.Status);
  if (!finalSnapshots || (condition !== 'broken' && condition !== 'failed')) return [];
  const mend = one.cluster.Status?.startsWith('inaccessible-encryption-credentials')
    ? `give AWS access to the key ${one.cluster.KmsKeyId ?? ''} again and start the cluster, or run the removal with finalSnapshots false if its data may be lost`
    : 'run the removal with finalSnapshots false if its data may be lost';
  return [
    { what: `${nameOf(one)} is ${one.cluster.Status} and cannot leave a final snapshot`, todo: `${mend}` },
  ];
}

/** `SnapshotQuotaExceeded` comes with DeleteDBCluster, after the instances (B8). One quota for both services. */
async function snapshotQuota(target: RemovalTarget, going: readonly Going[]): Promise<Finding | undefined> {
  if (!target.finalSnapshots || going.length === 0) return undefined;
  const command = new DescribeAccountAttributesCommand({});
  const { AccountQuotas = [] } = await client(RDSClient, target).send(command);
  const { Used = 0, Max } =
    AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === 'ManualClusterSnapshots') ?? {};
  if (Max === undefined || Used + going.length <= Max) return undefined;
  return {
    what: `quota ManualClusterSnapshots: ${Used} of ${Max} are used in ${target.region}, and ${going.map(nameOf).join(' and ')} would leave ${going.length} more`,
    todo: 'delete snapshots that are no longer needed, ask for more (Service Quotas, RDS, "Manual DB cluster snapshots"), or run the removal with finalSnapshots false',
  };
}
