/** What stands around the cluster, and is not as a run leaves it: roles, log group, and nodes that have lost their role. */
import { forEach } from '#lib/aws/each.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { isRoleYounger } from './access-entries.ts';
import { flawsOfLogGroup } from './log-group.ts';
import { namedNodegroups, standingOf } from './nodegroups.ts';
import { eksRoles, flawsOfRole } from './roles.ts';

/** One phrase each. */
export async function flawsOfSurroundings(target: EnvironmentTarget): Promise<string[]> {
  const ofRoles = await forEach(eksRoles, 3, (role) => flawsOfRole(target, role));
  return [...ofRoles.flat(), ...(await flawsOfLogGroup(target)), ...(await lostNodes(target))];
}

async function lostNodes(target: EnvironmentTarget): Promise<string[]> {
  const { nodegroupName, nodeRole, createdAt } = standingOf(await namedNodegroups(target)) ?? {};
  if (!nodeRole || !(await isRoleYounger(target, nodeRole, createdAt))) return [];
  return [`node group ${nodegroupName} is older than its role, which was made anew`];
}
