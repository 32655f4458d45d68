/** EKS access entries, of which moto knows nothing. */
import { json, jsonError, pathPart, type WireAnswer, type WireRequest } from '../message.ts';
import type { Repair } from '../repair.ts';
import { noCluster } from './eks-addons.ts';
import { type ClusterBeside, type ClustersBeside, clusterKey } from './eks-clusters.ts';

const reference = 'https://docs.aws.amazon.com/eks/latest/APIReference';
type Json = Record<string, unknown>;

export function eksAccessRepairs(clusters: ClustersBeside): Repair[] {
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
    lacking('CreateAccessEntry', createEntry),
    lacking('ListAccessEntries', (request, { accessEntries }) => {
      const policy = new URL(request.url, 'http://layer').searchParams.get('associatedPolicyArn');
      const found = [...accessEntries].filter(
        ([, { policies }]) => !policy || policies.some(({ policyArn }) => policyArn === policy),
      );
      return json(200, { accessEntries: found.map(([principalArn]) => principalArn) });
    }),
    lacking('DescribeAccessEntry', (request, { accessEntries }) => {
      const found = accessEntries.get(principalOf(request));
      return found ? json(200, { accessEntry: found.entry }) : noEntry(request);
    }),
    lacking('DeleteAccessEntry', (request, { accessEntries }) =>
      accessEntries.delete(principalOf(request)) ? json(200, {}) : noEntry(request),
    ),
    lacking('AssociateAccessPolicy', associatePolicy),
    lacking('ListAssociatedAccessPolicies', (request, { accessEntries }) => {
      const found = accessEntries.get(principalOf(request));
      if (!found) return noEntry(request);
      const clusterName = pathPart(request, 'clusters');
      return json(200, {
        clusterName,
        principalArn: principalOf(request),
        associatedAccessPolicies: found.policies,
      });
    }),
  ];
}

function principalOf(request: WireRequest): string {
  return pathPart(request, 'access-entries');
}

function noEntry(request: WireRequest): WireAnswer {
  const message = `The specified principalArn could not be found: ${principalOf(request)}`;
  return jsonError(404, 'ResourceNotFoundException', message);
}

function createEntry(request: WireRequest, { accessEntries }: ClusterBeside): WireAnswer {
  const asked = JSON.parse(request.body) as Json & { principalArn: string };
  const { principalArn, type = 'STANDARD', kubernetesGroups = [], tags = {} } = asked;
  if (accessEntries.has(principalArn))
    return jsonError(
      409,
      'ResourceInUseException',
      'The specified access entry resource is already in use on this cluster.',
    );
  const clusterName = pathPart(request, 'clusters');
  const entry = { clusterName, principalArn, type, kubernetesGroups, username: principalArn, tags };
  accessEntries.set(principalArn, { entry, policies: [] });
  return json(200, { accessEntry: entry });
}

function associatePolicy(request: WireRequest, { accessEntries }: ClusterBeside): WireAnswer {
  const found = accessEntries.get(principalOf(request));
  if (!found) return noEntry(request);
  const { policyArn, accessScope } = JSON.parse(request.body) as Json;
  const policy = { policyArn, accessScope, associatedAt: Date.now() / 1000 };
  found.policies.push(policy);
  const clusterName = pathPart(request, 'clusters');
  return json(200, { clusterName, principalArn: principalOf(request), associatedAccessPolicy: policy });
}
