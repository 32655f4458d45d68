/** EKS add-ons, of which moto knows nothing. */
import { json, jsonError, pathPart, type WireAnswer, type WireRequest } from '../message.ts';
import type { Repair } from '../repair.ts';
import { type ClusterBeside, type ClustersBeside, clusterKey } from './eks-clusters.ts';

const reference = 'https://docs.aws.amazon.com/eks/latest/APIReference';

export function eksAddonRepairs(clusters: ClustersBeside): Repair[] {
  const lacking = (
    name: string,
    answer: (request: WireRequest, cluster: ClusterBeside) => WireAnswer,
  ): Repair => ({
    operation: `eks:${name}`,
    moto: 'lacks it',
    page: `${reference}/API_${name}.html`,
    answer: async (request) => {
      const cluster = clusters.get(clusterKey(request));
      return cluster ? answer(request, cluster) : noCluster(request);
    },
  });
  return [
    lacking('CreateAddon', createAddon),
    lacking('DescribeAddon', (request, { addons }) => {
      const addon = addons.get(pathPart(request, 'addons'));
      return addon ? json(200, { addon }) : noAddon(request);
    }),
    lacking('ListAddons', (_, { addons }) => json(200, { addons: [...addons.keys()].sort() })),
    lacking('DeleteAddon', (request, { addons }) => {
      const addon = addons.get(pathPart(request, 'addons'));
      if (!addon) return noAddon(request);
      addons.delete(pathPart(request, 'addons'));
      return json(200, { addon: { ...addon, status: 'DELETING' } });
    }),
  ];
}

export function noCluster(request: WireRequest): WireAnswer {
  const name = pathPart(request, 'clusters');
  return jsonError(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`);
}

function noAddon(request: WireRequest): WireAnswer {
  return jsonError(404, 'ResourceNotFoundException', `No addon: ${pathPart(request, 'addons')} found.`);
}

function createAddon(request: WireRequest, { addons }: ClusterBeside): WireAnswer {
  const clusterName = pathPart(request, 'clusters');
  const asked = JSON.parse(request.body) as {
    addonName: string;
    tags?: Record<string, string>;
    podIdentityAssociations?: unknown[];
  };
  const { addonName, tags = {}, podIdentityAssociations = [] } = asked;
  if (addons.has(addonName)) return jsonError(409, 'ResourceInUseException', 'Addon already exists.');
  const now = Date.now() / 1000;
  const arn = `arn:aws:eks:${request.region}:123456789012`;
  const addon = {
    addonName,
    clusterName,
    // moto's node groups are there at once, and so is what runs on them.
    status: 'ACTIVE',
    addonVersion: 'v1.0.0-eksbuild.1',
    health: { issues: [] },
    addonArn: `${arn}:addon/${clusterName}/${addonName}/${crypto.randomUUID()}`,
    createdAt: now,
    modifiedAt: now,
    tags,
    podIdentityAssociations: podIdentityAssociations.map(
      (_, index) => `${arn}:podidentityassociation/${clusterName}/a-${addonName}-${index}`,
    ),
  };
  addons.set(addonName, addon);
  return json(200, { addon: { ...addon, status: 'CREATING' } });
}
