/**
 * What EKS, IAM and CloudWatch Logs have of an environment's cluster, with its tags. Pod Identity associations belong
 * to their add-on, and an access entry or an OIDC provider of somebody else's is theirs.
 */
import { forEach } from '#lib/aws/each.ts';
import { together } from '#lib/aws/reads.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { isOwned, tagRecordOf } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { listAccessEntries } from './access-entries.ts';
import { allAddOns, findAddOn } from './add-ons.ts';
import { findCluster } from './cluster.ts';
import { findLogGroup } from './log-group.ts';
import { allNodegroups } from './nodegroups.ts';
import { findProvider, providerArn } from './oidc-provider.ts';
import { eksRoles, findRole } from './roles.ts';

type Found = readonly (Omit<Tagged, 'step'> | undefined)[];

export async function taggedKubernetes(target: EnvironmentTarget): Promise<Tagged[]> {
  const found = await together([clusterAndMembers(target), roles(target), logGroup(target)]);
  return found
    .flat()
    .filter((one) => one !== undefined)
    .filter(({ tags }) => isOwned(tags, target))
    .map((one) => ({ step: 'eks-cluster', ...one }));
}

async function clusterAndMembers(target: EnvironmentTarget): Promise<Found> {
  const cluster = await findCluster(target);
  if (!cluster) return [];
  const { name: clusterName, arn = '', tags = {}, identity } = cluster;
  const members = await together([
    addOns(target),
    nodeGroups(target),
    accessEntries(target),
    oidcProvider(target, identity?.oidc?.issuer),
  ]);
  return [{ id: arn, what: `EKS cluster ${clusterName}`, tags }, ...members.flat()];
}

function addOns(target: EnvironmentTarget): Promise<Found> {
  return forEach(allAddOns, 3, async (name) => {
    const found = await findAddOn(target, name);
    return found && { id: found.addonArn ?? '', what: `add-on ${name}`, tags: found.tags ?? {} };
  });
}

async function nodeGroups(target: EnvironmentTarget): Promise<Found> {
  const found = await allNodegroups(target);
  return found.map(({ nodegroupArn = '', nodegroupName, tags = {} }) => ({
    id: nodegroupArn,
    what: `node group ${nodegroupName}`,
    tags,
  }));
}

async function accessEntries(target: EnvironmentTarget): Promise<Found> {
  const found = await listAccessEntries(target);
  return found.map(({ accessEntryArn = '', principalArn, tags = {} }) => ({
    id: accessEntryArn,
    what: `access entry of ${principalArn}`,
    tags,
  }));
}

async function oidcProvider(target: EnvironmentTarget, issuer: string | undefined): Promise<Found> {
  if (!issuer) return [];
  const id = providerArn(target, issuer);
  const found = await findProvider(target, id);
  return [found && { id, what: `OIDC provider ${id}`, tags: tagRecordOf(found.Tags) }];
}

function roles(target: EnvironmentTarget): Promise<Found> {
  return forEach(eksRoles, 3, async (role) => {
    const found = await findRole(target, role);
    return (
      found && { id: found.RoleName ?? '', what: `role ${found.RoleName}`, tags: tagRecordOf(found.Tags) }
    );
  });
}

async function logGroup(target: EnvironmentTarget): Promise<Found> {
  const found = await findLogGroup(target);
  return [found && { id: found.resourceArn, what: `log group ${found.logGroupName}`, tags: found.tags }];
}
