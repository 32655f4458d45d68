/** EKS. What has no id yet is judged by the part of its ARN that is known. */

import type { Context } from '#embedded/authorization/conditions.ts';
import {
  anywhere,
  arnIn,
  carrying,
  named,
  on,
  type Row,
  type Rows,
  requestTags,
  type Target,
} from '#embedded/authorization/request.ts';
import type { Call } from '#embedded/model.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { tagsOf } from '#embedded/services/eks/tags.ts';

const clusterOf = (call: Call, name: string) => eksState(call).clusters[name];

export function clusterTarget(call: Call, name: string): Target {
  return carrying(arnIn(call, 'eks', `cluster/${name}`), clusterOf(call, name)?.tags);
}

function addonTarget(call: Call, cluster: string, name: string): Target {
  const addon = clusterOf(call, cluster)?.addons[name];
  return carrying(arnIn(call, 'eks', `addon/${cluster}/${name}/${addon?.uid ?? '*'}`), addon?.tags);
}

function nodegroupTarget(call: Call, cluster: string, name: string): Target {
  const nodegroup = clusterOf(call, cluster)?.nodegroups[name];
  return carrying(
    arnIn(call, 'eks', `nodegroup/${cluster}/${name}/${nodegroup?.uid ?? '*'}`),
    nodegroup?.tags,
  );
}

/** `access-entry/<cluster>/role/<account>/<name>/<id>` */
function accessEntryTarget(call: Call, cluster: string, principalArn: string): Target {
  const entry = clusterOf(call, cluster)?.accessEntries[principalArn];
  const [, , , , account, identity = ''] = principalArn.split(':');
  const [type] = identity.split('/');
  const name = identity.split('/').at(-1);
  return carrying(
    arnIn(call, 'eks', `access-entry/${cluster}/${type}/${account}/${name}/${entry?.uid ?? '*'}`),
    entry?.tags,
  );
}

/** Those an add-on brought with it. */
export function associationsOf(call: Call, cluster: string, addon: string): Target[] {
  const found = clusterOf(call, cluster);
  const uid = found?.addons[addon]?.uid;
  return Object.values(found?.podIdentityAssociations ?? {})
    .filter(({ ownerArn }) => uid !== undefined && ownerArn?.endsWith(uid))
    .map(({ id, tags }) => carrying(arnIn(call, 'eks', `podidentityassociation/${cluster}/${id}`), tags));
}

const cluster =
  (action: string, member: 'name' | 'clusterName', keys: (input: never) => Context = () => ({})): Row =>
  (input, call) =>
    on(`eks:${action}`, [clusterTarget(call, input[member])], keys(input as never));
const nodegroup =
  (action: string): Row =>
  (input, call) =>
    on(`eks:${action}`, [nodegroupTarget(call, input.clusterName, input.nodegroupName)]);
const addon =
  (action: string): Row =>
  (input, call) =>
    on(`eks:${action}`, [addonTarget(call, input.clusterName, input.addonName)]);
const accessEntry =
  (action: string, keys: (input: never) => Context = () => ({})): Row =>
  (input, call) =>
    on(
      `eks:${action}`,
      [accessEntryTarget(call, input.clusterName, input.principalArn)],
      keys(input as never),
    );

interface Endpoint {
  readonly resourcesVpcConfig?: {
    readonly endpointPublicAccess?: boolean;
    readonly endpointPrivateAccess?: boolean;
  };
}

/** A key is there only where the request says the thing. */
function endpointKeys({ resourcesVpcConfig: asked = {} }: Endpoint): Context {
  return {
    ...(asked.endpointPublicAccess === undefined
      ? {}
      : { 'eks:endpointPublicAccess': String(asked.endpointPublicAccess) }),
    ...(asked.endpointPrivateAccess === undefined
      ? {}
      : { 'eks:endpointPrivateAccess': String(asked.endpointPrivateAccess) }),
  };
}

const tagKeys = ({ tags }: { tags?: Record<string, string> }) => requestTags(tags);

export const eksRows: Rows = {
  'eks:DescribeClusterVersions': () => anywhere('eks:DescribeClusterVersions'),
  'eks:DescribeAddonVersions': () => anywhere('eks:DescribeAddonVersions'),
  'eks:DescribeAddonConfiguration': () => anywhere('eks:DescribeAddonConfiguration'),
  'eks:ListClusters': () => anywhere('eks:ListClusters'),
  'eks:CreateCluster': (input) =>
    anywhere('eks:CreateCluster', { ...tagKeys(input), ...endpointKeys(input) }),
  'eks:DescribeCluster': cluster('DescribeCluster', 'name'),
  'eks:UpdateClusterConfig': cluster('UpdateClusterConfig', 'name', endpointKeys),
  'eks:UpdateClusterVersion': cluster('UpdateClusterVersion', 'name'),
  'eks:ListInsights': cluster('ListInsights', 'clusterName'),
  'eks:DescribeInsight': cluster('DescribeInsight', 'clusterName'),
  // The reference has the cluster as required, and node group and add-on where the call is about one.
  'eks:DescribeUpdate': (input, call) =>
    on('eks:DescribeUpdate', [
      clusterTarget(call, input.name),
      ...(input.nodegroupName ? [nodegroupTarget(call, input.name, input.nodegroupName)] : []),
      ...(input.addonName ? [addonTarget(call, input.name, input.addonName)] : []),
    ]),
  'eks:DeleteCluster': cluster('DeleteCluster', 'name'),
  'eks:ListFargateProfiles': cluster('ListFargateProfiles', 'clusterName'),
  'eks:ListNodegroups': cluster('ListNodegroups', 'clusterName'),
  'eks:ListAddons': cluster('ListAddons', 'clusterName'),
  'eks:ListAccessEntries': cluster('ListAccessEntries', 'clusterName'),
  'eks:CreateNodegroup': cluster('CreateNodegroup', 'clusterName', tagKeys),
  'eks:DescribeNodegroup': nodegroup('DescribeNodegroup'),
  'eks:UpdateNodegroupConfig': nodegroup('UpdateNodegroupConfig'),
  'eks:UpdateNodegroupVersion': nodegroup('UpdateNodegroupVersion'),
  'eks:DeleteNodegroup': nodegroup('DeleteNodegroup'),
  // The reference names the type of the associations beside the cluster and the add-on (D12).
  'eks:CreateAddon': (input, call) =>
    on(
      'eks:CreateAddon',
      [
        clusterTarget(call, input.clusterName),
        ...(input.podIdentityAssociations?.length
          ? [named(arnIn(call, 'eks', `podidentityassociation/${input.clusterName}/*`))]
          : []),
      ],
      tagKeys(input),
    ),
  'eks:DeleteAddon': (input, call) =>
    on('eks:DeleteAddon', [
      addonTarget(call, input.clusterName, input.addonName),
      ...associationsOf(call, input.clusterName, input.addonName),
    ]),
  // The reference names the type of the associations, as for CreateAddon (D12).
  'eks:UpdateAddon': (input, call) =>
    on('eks:UpdateAddon', [
      addonTarget(call, input.clusterName, input.addonName),
      ...associationsOf(call, input.clusterName, input.addonName),
    ]),
  'eks:DescribeAddon': addon('DescribeAddon'),
  'eks:CreateAccessEntry': cluster(
    'CreateAccessEntry',
    'clusterName',
    (input: { type?: string; principalArn: string; tags?: Record<string, string> }) => ({
      ...tagKeys(input),
      'eks:accessEntryType': input.type ?? 'STANDARD',
      'eks:principalArn': input.principalArn,
    }),
  ),
  'eks:TagResource': ({ resourceArn, tags }, call) =>
    on('eks:TagResource', [carrying(resourceArn, tagsOf(call, resourceArn))], requestTags(tags)),
  'eks:UntagResource': ({ resourceArn, tagKeys: keys }, call) =>
    on('eks:UntagResource', [carrying(resourceArn, tagsOf(call, resourceArn))], { 'aws:TagKeys': keys }),
  'eks:ListTagsForResource': ({ resourceArn }) => on('eks:ListTagsForResource', [named(resourceArn)]),
  'eks:DescribeAccessEntry': accessEntry('DescribeAccessEntry'),
  'eks:DeleteAccessEntry': accessEntry('DeleteAccessEntry'),
  'eks:AssociateAccessPolicy': accessEntry(
    'AssociateAccessPolicy',
    (input: { policyArn: string; accessScope?: { type?: string } }) => ({
      'eks:policyArn': input.policyArn,
      ...(input.accessScope?.type ? { 'eks:accessScope': input.accessScope.type } : {}),
    }),
  ),
};
