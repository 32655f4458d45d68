/** The order of taking down: the mirror of provision.ts. What needs something goes before it. */
import {
  attempt,
  execution,
  machine,
  parallel,
  recordedFailure,
  refusal,
  remove,
  sequence,
  state,
  succeeded,
  task,
} from './compose.ts';

const onError = { next: 'Record failure', path: '$.error' };

const controlPlane = sequence(
  parallel(
    'Rules and EKS group',
    { comment: 'While a rule or an endpoint refers to the EKS group, EKS leaves it behind.' },
    remove('eks-connect', 'eks_to_base, base_to_eks and the OIDC provider.'),
    remove('eks-endpoints', 'Endpoints that stay must not carry a group that goes.'),
  ),
  remove('eks-cluster', 'The cluster, then what it leaves behind, then its roles.'),
);

const eks = sequence(
  remove('eks-nodes', 'Node groups first: a cluster with node groups is not deleted.'),
  parallel(
    'Control plane, endpoints and routes',
    {
      comment: 'Only nodes need ways out: once they are gone, endpoints and NAT go beside the control plane.',
    },
    controlPlane,
    remove('endpoints', 'One call for all twelve.'),
    remove('routing', 'NAT gateway before its address, address before the Internet Gateway.'),
  ),
);

const takeDown = sequence(
  parallel(
    'Data services, EKS and ways out',
    { comment: 'No edge between them.' },
    eks,
    remove('aurora', 'Instances, cluster with its final snapshot, subnet group.'),
    remove('documentdb', 'Instances, cluster with its final snapshot, subnet group.'),
    remove('elasticache', 'Replication group with its final snapshot, subnet group.'),
    remove('efs', 'Mount targets, file system.'),
  ),
  remove('security-groups', 'References first, then groups.'),
  remove('vpc', 'Subnets and VPC; what stands in the way is named.'),
);

export const deprovision = machine(
  {
    comment: 'Takes an AosCloud environment down, or only what one execution made of it.',
    timeoutSeconds: 14_400,
  },
  sequence(
    task('Accept removal', 'AcceptRemoval', {
      comment: 'Consent and protection are checked and the lock is taken before the first delete.',
      parameters: { 'request.$': '$', execution },
      onError: { next: 'Record refusal' },
    }),
    state('Let calls in flight land', {
      Type: 'Wait',
      Comment:
        "After a run that was cut off: as long as the longest handler timeout, so that its last create call does not land behind the removal's back. Zero otherwise.",
      SecondsPath: '$.settleSeconds',
    }),
    attempt('Take down', 'One branch: the try around everything that deletes.', onError, takeDown),
    task('Record removal', 'RecordRemoval', {
      comment: "The environment is gone from the registry's point of view; the lock is released.",
      parameters: { 'environment.$': '$.environment', execution },
      resultPath: '$.result',
      onError,
    }),
    succeeded('Taken down'),
  ),
  recordedFailure('The first cause in plain words and what stands in the way; the lock is released.'),
  refusal('Nothing was deleted.'),
);
