/**
 * After this step the base default group has what AWS gives it (R21), and where the request lists ingress rules
 * there is one public load balancer group with exactly those and egress to everything (R24). A second run
 * recognises the group by name and ownership tag, and the rules by what they admit. Without a list a group of an
 * earlier request is deleted. `remove` takes the group back; `eks-connect` owns the rules between the base group and EKS.
 */
import { CreateSecurityGroupCommand, EC2Client, type SecurityGroup } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { clearTheWay, findInterfaceBlockers } from '#lib/network/blockers.ts';
import { known } from '#lib/network/known-ids.ts';
import { inVpc, listSecurityGroupRules, listSecurityGroups } from '#lib/network/observe.ts';
import {
  authorizeWork,
  defaultRuleComponent,
  deleteGroupWork,
  difference,
  everything,
  exchangeWork,
  ingressRules,
  loadBalancerRuleComponent,
  revokeWork,
} from '#lib/network/rules.ts';
import { deleteAll, doAll, type Work } from '#lib/network/work.ts';
import { names } from '#lib/ownership/names.ts';
import { isOwned, tagSpecifications } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

const lookAgainSeconds = 1;

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const ec2 = client(EC2Client, environment);
  const vpcId = known(resources, 'vpcId');
  const defaultGroupId = known(resources, 'defaultSecurityGroupId');
  const wanted = ingressRules(environment.loadBalancer.ingress);
  const standing = await loadBalancerGroup(ec2, environment, vpcId);
  if (standing && wanted.length === 0) return removeUnlisted(context, vpcId, standing.GroupId!);

  const groupId =
    wanted.length === 0 ? undefined : (standing?.GroupId ?? (await create(ec2, environment, vpcId)));
  if (wanted.length > 0 && !groupId)
    return pending('the load balancer group is not visible yet', lookAgainSeconds);
  const work = await missingRules(ec2, environment, defaultGroupId, groupId);
  const found = groupId ? { loadBalancerSecurityGroupId: groupId } : {};
  if (work.length > 0) {
    const notes = await doAll(work, ['pending', 'exists', 'gone']);
    const why = notes[0] ? `; ${notes[0]}` : '';
    return pending(`security group rules are being set${why}`, lookAgainSeconds, found);
  }
  if (groupId && !standing)
    return pending(`security group ${groupId} is not visible yet`, lookAgainSeconds, found);
  return ready(
    groupId ? `load balancer group ${groupId} has its rules` : 'no ingress is listed, so no group',
    found,
  );
}

async function loadBalancerGroup(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  vpcId: string,
): Promise<SecurityGroup | undefined> {
  const GroupName = names(environment).loadBalancerSecurityGroup;
  const named = { Name: 'group-name', Values: [GroupName] };
  const [group] = await listSecurityGroups(ec2, [...inVpc(vpcId), named]);
  if (!group || isOwned(group.Tags, environment)) return group;
  throw new NotOurResourceError(
    `group ${group.GroupId} in VPC ${vpcId} has the name ${GroupName} and does not carry the tags of environment ${environment.name}`,
    'delete it, then run again',
  );
}

/** A name is taken once in a VPC: a create whose answer was lost is refused the second time. */
async function create(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  VpcId: string,
): Promise<string | undefined> {
  let groupId: string | undefined;
  await doAll([
    async () => {
      const created = await ec2.send(
        new CreateSecurityGroupCommand({
          VpcId,
          GroupName: names(environment).loadBalancerSecurityGroup,
          Description: `Public load balancer of AosCloud environment ${environment.name}`,
          TagSpecifications: tagSpecifications(environment, 'security-group', 'security-group/load-balancer'),
        }),
      );
      groupId = created.GroupId;
    },
  ]);
  return groupId;
}

/** Calls for what the rules of both groups lack, and for what the load balancer group has too much. */
async function missingRules(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  defaultGroupId: string,
  loadBalancerGroupId: string | undefined,
): Promise<Work[]> {
  const Values = loadBalancerGroupId ? [defaultGroupId, loadBalancerGroupId] : [defaultGroupId];
  const rules = await listSecurityGroupRules(ec2, [{ Name: 'group-id', Values }]);
  const rulesOf = (groupId: string) => rules.filter((rule) => rule.GroupId === groupId);
  // Rules the default group has beyond these are others': eks_to_base is one of them.
  const innate = [everything(false, defaultGroupId), everything(true, '0.0.0.0/0')];
  const ofDefault = difference(innate, rulesOf(defaultGroupId));
  const work = authorizeWork(ec2, environment, defaultGroupId, defaultRuleComponent, ofDefault.missing);
  if (!loadBalancerGroupId) return work;
  const wanted = [
    ...ingressRules(environment.loadBalancer.ingress),
    everything(true, '0.0.0.0/0'),
    everything(true, '::/0'),
  ];
  const standing = rulesOf(loadBalancerGroupId);
  const between = difference(wanted, standing);
  const add = authorizeWork(
    ec2,
    environment,
    loadBalancerGroupId,
    loadBalancerRuleComponent,
    between.missing,
  );
  return [...work, ...exchangeWork(standing, between, { add, remove: revokeWork(ec2, between.surplus) })];
}

/** R24: no list, no group. Load balancers that still use it are named. */
async function removeUnlisted(context: StepContext, vpcId: string, groupId: string): Promise<StepOutcome> {
  const { environment } = context;
  const held = await deleteAll([deleteGroupWork(client(EC2Client, environment), vpcId, groupId)]);
  if (held.length === 0)
    return pending(`security group ${groupId} is deleted: no ingress is listed`, lookAgainSeconds);
  const carriesIt = [{ Name: 'group-id', Values: [groupId] }];
  const blockers = await findInterfaceBlockers(environment, vpcId, carriesIt);
  return clearTheWay(context, `security group ${groupId}`, blockers);
}

export const handler = stepHandler('security-groups', 'ensure', ensure);
