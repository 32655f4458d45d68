/** The order of building (W1): what must follow what, and what comes up side by side. */
import {
  attempt,
  awaitRequested,
  ensure,
  execution,
  failure,
  machine,
  nested,
  parallel,
  recordedFailure,
  refusal,
  request,
  sequence,
  state,
  succeeded,
  task,
} from './compose.ts';

const onError = { next: 'Roll back?', path: '$.error' };

/** The control plane's state goes on, with the ids that the two beside it found. */
const idsOfAllThree = {
  ...Object.fromEntries(
    ['step', 'status', 'requested', 'retryAfterSeconds', 'since', 'detail'].map((field) => [
      `${field}.$`,
      `$[2].${field}`,
    ]),
  ),
  'resources.$':
    'States.JsonMerge($[2].resources, States.JsonMerge($[0].resources, $[1].resources, false), false)',
};

const cluster = sequence(
  parallel(
    'Network and control plane',
    { comment: 'All three were requested; they come up together.', resultSelector: idsOfAllThree },
    ensure('routing', 'Waits for the NAT gateway and routes to it.'),
    ensure('endpoints', 'Creates what the rate of the API kept back and waits for all twelve.'),
    awaitRequested('eks-cluster', 'Waits for the control plane; EKS makes its security group with it.'),
  ),
  ensure(
    'eks-connect',
    'Both rules, vpc-cni and kube-proxy, OIDC provider: with private DNS on, nodes reach AWS only through the endpoints, so the rules stand before the first node.',
  ),
  parallel(
    'Nodes and endpoint groups',
    { comment: 'Twelve throttled calls run beside the nodes, off the critical path.' },
    ensure('eks-nodes', 'Node group, then coredns and the other add-ons.'),
    ensure('eks-endpoints', 'The EKS cluster security group onto the twelve endpoints (R20).'),
  ),
);

const build = sequence(
  ensure('vpc', 'One VPC and its sixteen subnets; everything after needs their ids.'),
  request('routing', 'First pass: makes what can be made at once and does not wait for the NAT gateway.'),
  request('endpoints', 'First pass: as many of the twelve as the rate of the API takes at once.'),
  ensure(
    'security-groups',
    "The base default group and, where rules are listed, the public load balancer's.",
  ),
  request('eks-cluster', "First pass: roles, log group, and the control plane's create call."),
  parallel(
    'Settle',
    {
      comment: 'Everything slow comes up side by side; the run takes as long as its slowest chain.',
    },
    cluster,
    ensure('aurora', 'Aurora PostgreSQL: subnet group, cluster, instances.'),
    ensure('documentdb', 'DocumentDB: subnet group, cluster, instances.'),
    ensure('elasticache', 'ElastiCache: subnet group and replication group.'),
    ensure('efs', 'EFS: file system and mount targets.'),
  ),
);

const verify = task('Verify', 'Verify', {
  comment:
    'Every rule of the specification against what really exists. Looks again before it says no: one stale read must not take an environment back.',
  parameters: { 'environment.$': '$.environment' },
  resultPath: '$.verification',
  retry: [
    {
      ErrorEquals: ['VerificationFailedError'],
      IntervalSeconds: 15,
      BackoffRate: 1,
      MaxAttempts: 2,
      MaxDelaySeconds: 15,
      JitterStrategy: 'FULL',
    },
  ],
  onError,
});

const rollBack = nested('Roll back', {
  comment: 'Takes down what this execution made, and only that.',
  machine: 'DeprovisionStateMachine',
  parameters: {
    'Name.$': '$.environment.rollbackName',
    Input: {
      'environment.$': '$.environment.name',
      'region.$': '$.environment.region',
      'confirm.$': '$.environment.name',
      'createdBy.$': '$.environment.execution',
      finalSnapshots: false,
      'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id',
    },
  },
  resultSelector: { 'executionArn.$': '$.ExecutionArn', 'status.$': '$.Status' },
  resultPath: '$.rollback',
  timeoutSeconds: 15_000,
  onError: { next: 'Record failure', path: '$.rollbackError' },
});

export const provision = machine(
  {
    comment: 'Turns one request into a complete AosCloud environment, or takes back what it made.',
    timeoutSeconds: 36_000,
  },
  sequence(
    task('Accept request', 'Accept', {
      comment:
        "Validates, plans, asks AWS whether it can succeed, and takes the environment's lock. Nothing is made before it answers.",
      parameters: { 'request.$': '$', execution },
      onError: { next: 'Record refusal' },
    }),
    state('Anything to do?', {
      Type: 'Choice',
      Comment: 'Where everything stands as this request had it made, acceptance has attested it.',
      Choices: [
        { Variable: '$.isAttested', BooleanEquals: true, Next: 'Record result' },
        { Variable: '$.isAttested', BooleanEquals: false, Next: 'Provision' },
      ],
    }),
    attempt('Provision', 'One branch: the try around everything that makes something.', onError, build),
    verify,
    task('Record result', 'RecordResult', {
      comment: 'Outputs and attestation into the registry; the lock is released.',
      parameters: { 'environment.$': '$.environment', 'verification.$': '$.verification', execution },
      resultPath: '$.result',
      onError: { next: 'Provisioned, not recorded', path: '$.error' },
    }),
    succeeded('Provisioned'),
  ),
  failure(
    'Provisioned, not recorded',
    { error: '$.error.Error', cause: '$.error.Cause' },
    'The environment is complete; only the registry does not say so. Nothing is taken back. Running again records it.',
  ),
  state('Roll back?', {
    Type: 'Choice',
    Choices: [{ Variable: '$.environment.onFailure', StringEquals: 'rollback', Next: 'Roll back' }],
    Default: 'Record failure',
  }),
  sequence(
    rollBack,
    recordedFailure('The first cause in plain words and what became of the rollback; the lock is released.'),
  ),
  refusal('Nothing was made.'),
);
