/** How the ways beside the usual one are arranged: something is broken in an environment that stands. */
import type { EngineOptions } from '#embedded/engine.ts';
import type { Call } from '#embedded/model.ts';
import { ec2State, type Resource } from '#embedded/services/ec2/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import type { MachineName } from '#local/runner.ts';
import { devRemoval, devRequest } from '../support/workflow.ts';

export interface ErrorPath {
  readonly title: string;
  /** What breaks in an environment that the execution `made` provisioned. */
  readonly damage?: (call: Call) => void;
  /** What happens meanwhile, as soon as AWS has answered `after` (`eks:DeleteCluster`), or answered it to one function. */
  readonly during?: { readonly after: string; readonly damage: (call: Call) => void };
  /** A run named `repaired` mends it first, and `machine` then takes back what that run made. */
  readonly repairedFirst?: true;
  readonly machine: MachineName;
  readonly input: object;
  readonly inject?: EngineOptions['inject'];
  /** What must have been asked for: `VpcEnsure ec2:DeleteVpc`. */
  readonly calls: readonly string[];
  /** What the cause of the failure says, where the run is to fail. */
  readonly fails?: RegExp;
}

export const fullRequest = {
  ...devRequest,
  size: 'medium',
  eks: { administrators: ['arn:aws:iam::111122223333:role/platform-admin'] },
  elasticache: { authentication: 'iam' },
  loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }] },
  network: { s3GatewayEndpoint: true, natGateways: 'per-zone' },
};

export const provision = { machine: 'provision', input: fullRequest } as const;
export const removal = { machine: 'deprovision', input: { ...devRemoval, finalSnapshots: false } } as const;
export const rollback = {
  machine: 'deprovision',
  input: { ...devRemoval, finalSnapshots: false, createdBy: 'repaired' },
  repairedFirst: true,
} as const;

export const cluster = (call: Call) => eksState(call).clusters['aoscloud-dev']!;

export function byComponent<R extends Resource>(resources: Record<string, R>, name: string): R {
  const found = Object.values(resources).find(({ tags }) => tags['aoscloud:component'] === name);
  if (!found) throw new Error(`nothing is ${name}`);
  return found;
}

export const subnetId = (call: Call, name: string) =>
  byComponent(ec2State(call).subnets, `subnet/${name}`).id;
export const vpcId = (call: Call) => byComponent(ec2State(call).vpcs, 'vpc').id;

/** What a lost answer leaves: the same again, with nothing on it. */
export function twin<R extends Resource>(resources: Record<string, R>, original: R, changes: Partial<R>): R {
  const id = `${original.id.slice(0, -4)}ffff`;
  const made = { ...structuredClone(original), ...changes, id, visibleAt: 0 };
  resources[id] = made;
  return made;
}

/** An interface the VPC CNI of a dead node left, with the tags it gives its interfaces. */
export const leakedByTheCni = {
  description: 'aws-K8S-i-0123456789abcdef0',
  attachmentStatus: 'detached',
  requesterManaged: false,
  tags: {
    'node.k8s.amazonaws.com/instance_id': 'i-0123456789abcdef0',
    'cluster.k8s.amazonaws.com/name': 'aoscloud-dev',
  },
} as const;
