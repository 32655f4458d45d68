/** The control plane, who may enter it, and its nodes. */
import {
  byMember,
  type FieldDifference,
  isAdded,
  noInterruption,
  oneList,
  oneValue,
  type Row,
  type Situation,
} from '#lib/change/row.ts';
import { compareVersions, isNextMinor } from '#lib/request/versions.ts';
import { diskOf } from '#lib/verify/observation.ts';

const guide = 'https://docs.aws.amazon.com/eks/latest/userguide';
const updateConfig = 'https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html';
const updateNodes = 'https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupConfig.html';

/** One kind a call, a few minutes each; the API server goes on answering. */
const inPlace = { kind: 'change', interrupts: noInterruption, aboutSeconds: 180 } as const;

/** By EKS's rolling update: new nodes first, then the old ones, each drained. */
const nodeByNode = {
  kind: 'change',
  interrupts:
    'pods, which move: every node is replaced, one after the other, as disruption budgets let them go',
  aboutSeconds: 1500,
} as const;

/** A cluster that failed is made anew, as asked. */
function cluster({ seen }: Situation) {
  return seen.cluster?.status === 'FAILED' ? undefined : seen.cluster;
}

function nodes({ seen }: Situation) {
  return seen.nodegroup?.status === 'CREATE_FAILED' ? undefined : seen.nodegroup;
}

/** An upgrade takes the nodes along; where only they are behind, that is a change of its own. */
function versionDifferences(situation: Situation): FieldDifference[] {
  const { request } = situation;
  const found = cluster(situation);
  // A request that leaves it out leaves a cluster as it is; the plan of a run always has one.
  const wished = 'askedKubernetesVersion' in request ? request.askedKubernetesVersion : request.eks.version;
  const ofCluster = oneValue(found?.version, wished);
  if (ofCluster.length > 0) return ofCluster;
  return oneValue(nodes(situation)?.version, found?.version)
    .filter(({ from, to }) => compareVersions(from, to) < 0)
    .map((one) => ({ ...one, member: 'nodes' }));
}

export const eksRows = {
  'eks.version': {
    step: 'eks-cluster',
    source: `${guide}/update-cluster.html`,
    differences: versionDifferences,
    cases: [
      {
        of: 'back',
        fits: (from, to) => compareVersions(to, from) < 0,
        kind: 'refuse',
        why: 'EKS takes the control plane back one minor version only, within seven days of an upgrade, and no step asks for it',
        instead: 'name the version that runs',
      },
      {
        of: 'the next minor version',
        fits: isNextMinor,
        kind: 'change',
        interrupts:
          'pods, which move: after the control plane, which goes on answering, every node is replaced, one after the other, as disruption budgets let them go',
        aboutSeconds: 2400,
        forGood: true,
      },
      {
        of: 'further onward',
        kind: 'refuse',
        why: 'EKS upgrades one minor version at a time, and nodes must have caught up before the next one',
        instead: 'name the next minor version and run; then the one after it, and so on',
      },
    ],
  },
  'eks.supportType': {
    step: 'eks-cluster',
    source: `${guide}/view-upgrade-policy.html`,
    differences: (situation) =>
      oneValue(cluster(situation)?.supportType.toLowerCase(), situation.request.eks.supportType),
    cases: [inPlace],
  },
  'eks.publicAccess': {
    step: 'eks-cluster',
    source: `${guide}/cluster-endpoint.html`,
    differences: (situation) =>
      oneValue(cluster(situation)?.publicAccess, situation.request.eks.publicAccess),
    cases: [
      { ...inPlace, of: 'on', fits: (_from, to) => to === true },
      { ...inPlace, of: 'off', interrupts: 'whoever comes from outside the VPC' },
    ],
  },
  'eks.publicAccessCidrs': {
    step: 'eks-cluster',
    source: `${guide}/cluster-endpoint.html`,
    differences: (situation) => {
      const { publicAccess, publicAccessCidrs } = situation.request.eks;
      const found = cluster(situation);
      return publicAccess && found?.publicAccess ? oneList(found.publicAccessCidrs, publicAccessCidrs) : [];
    },
    cases: [{ ...inPlace, interrupts: 'whoever comes from a block that is taken out' }],
  },
  'eks.administrators': {
    step: 'eks-connect',
    source: `${guide}/access-entries.html`,
    differences: (situation) => {
      if (!cluster(situation)) return [];
      const { administrators } = situation.request.eks;
      const entries = situation.seen.accessEntries;
      // An entry of somebody else that lets an administrator in serves, and is nobody's to take away.
      const admitted = entries
        .filter(
          ({ principal, own, administers }) => own || (administers && administrators.includes(principal)),
        )
        .map(({ principal }) => principal);
      return byMember(admitted, administrators);
    },
    cases: [
      { of: 'added', fits: isAdded, kind: 'add', interrupts: noInterruption, aboutSeconds: 5 },
      {
        of: 'taken out',
        kind: 'change',
        interrupts: 'that role: it is let into the cluster no more',
        aboutSeconds: 5,
      },
    ],
  },
  'eks.deletionProtection': {
    step: 'eks-cluster',
    source: updateConfig,
    differences: (situation) =>
      oneValue(cluster(situation)?.deletionProtection, situation.request.eks.deletionProtection),
    cases: [inPlace],
  },
  'eks.serviceIpv4Cidr': {
    step: 'eks-cluster',
    source: 'https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html',
    differences: (situation) =>
      oneValue(cluster(situation)?.serviceIpv4Cidr, situation.request.askedServiceIpv4Cidr),
    cases: [
      {
        kind: 'refuse',
        why: 'EKS sets it when the cluster is made and never again: every service would have to get another address',
        instead:
          'leave it out, or name the block it has; for another one make a second environment and move what runs',
      },
    ],
  },
  'eks.nodes.instanceTypes': {
    step: 'eks-nodes',
    source: `${guide}/update-managed-node-group.html`,
    differences: (situation) =>
      oneList(nodes(situation)?.instanceTypes, situation.request.eks.nodes.instanceTypes),
    cases: [
      {
        kind: 'replace',
        interrupts:
          'pods, which move: a second node group comes up, then the first is drained; disruption budgets hold them for some minutes, then its instances end',
        aboutSeconds: 600,
      },
    ],
  },
  'eks.nodes.minSize': {
    step: 'eks-nodes',
    source: updateNodes,
    differences: (situation) => oneValue(nodes(situation)?.minSize, situation.request.eks.nodes.minSize),
    cases: [{ ...inPlace, aboutSeconds: 60 }],
  },
  'eks.nodes.maxSize': {
    step: 'eks-nodes',
    source: updateNodes,
    differences: (situation) => oneValue(nodes(situation)?.maxSize, situation.request.eks.nodes.maxSize),
    cases: [
      { ...inPlace, of: 'more', fits: (from, to) => Number(to) > Number(from), aboutSeconds: 60 },
      {
        ...inPlace,
        of: 'fewer',
        interrupts: 'pods on the nodes beyond it: they are drained and go',
        aboutSeconds: 300,
      },
    ],
  },
  'eks.nodes.diskSizeGiB': {
    step: 'eks-nodes',
    source: `${guide}/launch-templates.html`,
    differences: (situation) =>
      oneValue(
        nodes(situation) && diskOf(situation.seen.launchTemplate),
        situation.request.eks.nodes.diskSizeGiB,
      ),
    cases: [nodeByNode],
  },
} satisfies Record<string, Row>;
