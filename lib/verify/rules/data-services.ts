/** R28–R31: Aurora, DocumentDB, ElastiCache and EFS, each in its own subnets and of the planned size. */

import { names } from '#lib/ownership/names.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import { counted } from '#lib/run/counted.ts';
import type { DatabasePlan, SubnetGroup } from '#lib/run/environment.ts';
import type { DatabaseSeen, Observation, SubnetGroupSeen } from '#lib/verify/observation.ts';
import { type Finding, idsOf, listed, problem, type Rule, sameMembers, subnetsOf } from './rule.ts';

export const r28: Rule = (plan, seen) =>
  database(seen, seen.aurora, plan.aurora, { engine: 'aurora-postgresql', group: 'aurora' });

export const r29: Rule = (plan, seen) =>
  database(seen, seen.documentdb, plan.documentdb, { engine: 'docdb', group: 'documentdb' });

/** States in which a service does its work: a backup stops nobody. */
const working = /^(available|backing-up|snapshotting|storage-optimization|updating)$/;

/**
 * Instances beyond the plan are somebody's, whom the steps leave alone: told, and no fault. Fewer than planned, or
 * others, are. AWS moves minor versions on by itself, so a later one than asked for is what was asked for.
 */
function database(
  seen: Observation,
  found: DatabaseSeen | undefined,
  plan: DatabasePlan,
  expected: { readonly engine: string; readonly group: SubnetGroup },
): Finding {
  if (!found) return { evidence: '', problems: [`found no ${expected.engine} cluster`] };
  const planned = found.instances.filter(
    (each) => each.instanceClass === plan.instanceClass && working.test(each.status),
  );
  return {
    evidence: `${found.id} (${found.engine} ${found.engineVersion}) is available with ${listed(
      found.instances.map((each) => `${each.id} (${each.instanceClass}, ${each.zone})`),
    )} in ${found.subnetGroup?.name}`,
    problems: [
      ...problem(
        found.engine !== expected.engine,
        () => `expected engine ${expected.engine}, found ${found.engine} on ${found.id}`,
      ),
      ...problem(!working.test(found.status), () => `${found.id} is ${found.status}, not available`),
      ...subnetGroupProblems(seen, found.id, found.subnetGroup, expected.group),
      ...problem(
        planned.length < plan.instances,
        () =>
          `expected ${counted(plan.instances, 'available instance')} of ${plan.instanceClass}, found ${listed(found.instances.map((each) => `${each.id} (${each.instanceClass}, ${each.status})`))}`,
      ),
      ...strayZones(seen, planned, expected.group),
      ...problem(
        majorOf(found.engineVersion) !== majorOf(plan.engineVersion) ||
          compareVersions(found.engineVersion, plan.engineVersion) < 0,
        () => `expected version ${plan.engineVersion}, found ${found.engineVersion} on ${found.id}`,
      ),
      ...problem(
        found.storageType !== plan.storageType,
        () => `expected storage type ${plan.storageType}, found ${found.storageType} on ${found.id}`,
      ),
    ],
    drift: problem(
      found.instances.length > plan.instances,
      () =>
        `${found.id} has ${counted(found.instances.length, 'instance')}, ${plan.instances} requested: ${listed(found.instances.map(({ id }) => id))}`,
    ),
  };
}

export const r30: Rule = (plan, seen) => {
  const { cache } = seen;
  if (!cache) return { evidence: '', problems: ['found no replication group'] };
  // A plan that an earlier version made does not say.
  const { replicas, engine = 'redis' } = plan.elasticache;
  const nodes = replicas + 1;
  const available = cache.members.filter((each) => working.test(each.status));
  return {
    evidence: `${cache.id} is available with ${listed(cache.members.map((each) => `${each.id} (${each.zone})`))} of ${cache.nodeType} in ${cache.subnetGroup?.name}`,
    problems: [
      ...problem(!working.test(cache.status), () => `${cache.id} is ${cache.status}, not available`),
      ...problem(
        cache.nodeType !== plan.elasticache.nodeType,
        () => `expected nodes of ${plan.elasticache.nodeType}, found ${cache.nodeType}`,
      ),
      ...problem(
        cache.engineVersion !== undefined &&
          compareVersions(cache.engineVersion, plan.elasticache.engineVersion) < 0,
        () =>
          `expected version ${plan.elasticache.engineVersion}, found ${cache.engineVersion} on ${cache.id}`,
      ),
      ...problem(
        available.length !== nodes,
        () =>
          `expected ${counted(nodes, 'available node')} of ${plan.elasticache.nodeType}, found ${listed(cache.members.map((each) => `${each.id} (${each.status})`))}`,
      ),
      ...problem(
        nodes > 1 && !(cache.multiZone && cache.automaticFailover),
        () => `${cache.id} has replicas but does not fail over to another zone`,
      ),
      ...problem(
        plan.elasticache.authentication === 'iam' && !cache.userGroupIds.includes(names(plan).cacheUserGroup),
        () =>
          `expected user group ${names(plan).cacheUserGroup} on ${cache.id}, found ${listed(cache.userGroupIds)}`,
      ),
      ...subnetGroupProblems(seen, cache.id, cache.subnetGroup, 'elasticache'),
      ...cache.members
        .filter((each) => each.engine !== engine)
        .map((each) => `expected engine ${engine}, found ${each.engine} on ${each.id}`),
      ...strayZones(seen, cache.members, 'elasticache'),
    ],
  };
};

export const r31: Rule = (plan, seen) => {
  const { fileSystem } = seen;
  if (!fileSystem) return { evidence: '', problems: ['found no file system'] };
  const expected = subnetsOf(seen, 'eks-private');
  const found = fileSystem.mountTargets.map((target) => target.subnetId);
  return {
    evidence: `${fileSystem.id} is available through ${listed(
      fileSystem.mountTargets.map((target) => `${target.id} (${target.subnetId}, ${target.zoneId})`),
    )}`,
    problems: [
      ...problem(
        !working.test(fileSystem.state),
        () => `${fileSystem.id} is ${fileSystem.state}, not available`,
      ),
      ...problem(
        fileSystem.throughputMode !== plan.efs.throughputMode,
        () =>
          `expected throughput mode ${plan.efs.throughputMode}, found ${fileSystem.throughputMode} on ${fileSystem.id}`,
      ),
      ...problem(
        plan.efs.throughputMode === 'provisioned' &&
          fileSystem.provisionedThroughput !== plan.efs.provisionedThroughput,
        () =>
          `expected ${plan.efs.provisionedThroughput} MiB/s, found ${fileSystem.provisionedThroughput} on ${fileSystem.id}`,
      ),
      ...problem(
        expected.length !== 3 || !sameMembers(found, idsOf(expected)),
        () => `expected mount targets in ${listed(idsOf(expected))}, found them in ${listed(found)}`,
      ),
      ...fileSystem.mountTargets
        .filter((target) => target.state !== 'available')
        .map((target) => `${target.id} is ${target.state}, not available`),
    ],
  };
};

function subnetGroupProblems(
  seen: Observation,
  id: string,
  found: SubnetGroupSeen | undefined,
  group: SubnetGroup,
): string[] {
  const expected = idsOf(subnetsOf(seen, group));
  return problem(
    expected.length !== 3 || !sameMembers(found?.subnetIds ?? [], expected),
    () => `expected ${id} on the subnets ${listed(expected)}, found ${listed(found?.subnetIds ?? [])}`,
  );
}

/** An instance outside the zones of its subnets says that it is not in them. */
function strayZones(
  seen: Observation,
  members: readonly { readonly id: string; readonly zone: string }[],
  group: SubnetGroup,
): string[] {
  const zones = subnetsOf(seen, group).map((subnet) => subnet.zone.name);
  return members
    .filter((member) => !zones.includes(member.zone))
    .map((member) => `${member.id} is in ${member.zone || 'no zone'}, not in ${listed(zones)}`);
}
