/** The control plane, who may enter it, and its nodes. */
import {
  byMember,
  isAdded,
  noInterruption,
  oneList,
  oneValue,
  type Row,
  type Situation,
} from '#lib/change/row.ts';

const guide = 'https://docs.aws.amazon.com/eks/latest/userguide';
const updateConfig = 'https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html';
const updateNodes = 'https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupConfig.html';

/** One kind a call, a few minutes each; the API server goes on answering. */
const inPlace = { kind: 'change', interrupts: noInterruption, aboutSeconds: 180 } as const;

const noNodeChange = (field: string) =>
  ({
    kind: 'refuse',
    why: 'no step changes the node group once it is made',
    instead: `ask for the ${field} it has; or change the node group in the EKS console and name here what it then has`,
  }) as const;

/** A cluster that failed is made anew, as asked. */
function cluster({ seen }: Situation) {
  return seen.cluster?.status === 'FAILED' ? undefined : seen.cluster;
}

function nodes({ seen }: Situation) {
  return seen.nodegroup?.status === 'CREATE_FAILED' ? undefined : seen.nodegroup;
}

function minorOf(version: unknown): number {
  return Number(String(version).split('.')[1]);
}

export const eksRows = {
  'eks.version': {
    step: 'eks-cluster',
    source: `${guide}/update-cluster.html`,
    differences: (situation) => oneValue(cluster(situation)?.version, situation.request.eks.version),
    cases: [
      {
        of: 'back',
        fits: (from, to) => minorOf(to) < minorOf(from),
        kind: 'refuse',
        why: 'EKS takes the control plane back one minor version only, within seven days of an upgrade, and no step asks for it',
        instead: 'name the version that runs',
      },
      {
        of: 'onward',
        kind: 'refuse',
        why: 'no step upgrades a cluster',
        instead:
          'name the version that runs; or upgrade in the EKS console, one minor version at a time (control plane, add-ons, nodes), and name here what then runs',
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
    cases: [noNodeChange('instanceTypes')],
  },
  'eks.nodes.minSize': {
    step: 'eks-nodes',
    source: updateNodes,
    differences: (situation) => oneValue(nodes(situation)?.minSize, situation.request.eks.nodes.minSize),
    cases: [noNodeChange('minSize')],
  },
  'eks.nodes.maxSize': {
    step: 'eks-nodes',
    source: updateNodes,
    differences: (situation) => oneValue(nodes(situation)?.maxSize, situation.request.eks.nodes.maxSize),
    cases: [noNodeChange('maxSize')],
  },
  'eks.nodes.diskSizeGiB': {
    step: 'eks-nodes',
    source: `${guide}/launch-templates.html`,
    differences: (situation) =>
      oneValue(nodes(situation) && diskOf(situation), situation.request.eks.nodes.diskSizeGiB),
    cases: [noNodeChange('diskSizeGiB')],
  },
} satisfies Record<string, Row>;

/** Bottlerocket's second volume: the first one is its system's (functions/eks-nodes/launch-template.ts). */
function diskOf({ seen }: Situation): number | undefined {
  return seen.launchTemplate?.volumes.find(({ device }) => device === '/dev/xvdb')?.sizeGiB;
}
