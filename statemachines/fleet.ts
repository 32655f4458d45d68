/** Many environments: wave after wave, each environment by an execution of its own machine. */
import {
  distributedMap,
  execution,
  failure,
  machine,
  nested,
  type Part,
  sequence,
  state,
  succeeded,
  task,
} from './compose.ts';

const broken = { next: 'Fleet broke off', path: '$.error' };

/** The list itself is too large for an input, or lies where others write it. */
const list = sequence(
  state('Where is the list?', {
    Type: 'Choice',
    Choices: [
      { Variable: '$.list', IsPresent: true, Next: 'Read list' },
      { Not: { Variable: '$.list', IsPresent: true }, Next: 'Accept fleet' },
    ],
  }),
  state('Read list', {
    Type: 'Task',
    Comment: "A JSON array in the stack's bucket of lists.",
    Resource: 'arn:${AwsPartition}:states:::aws-sdk:s3:getObject',
    Parameters: { Bucket: '${FleetListBucket}', 'Key.$': '$.list' },
    ResultSelector: { 'environments.$': 'States.StringToJson($.Body)' },
    ResultPath: '$.listed',
    TimeoutSeconds: 65,
    Retry: [
      {
        ErrorEquals: ['S3.SdkClientException', 'S3.S3Exception', 'States.Timeout'],
        IntervalSeconds: 5,
        BackoffRate: 2,
        MaxAttempts: 4,
        MaxDelaySeconds: 60,
        JitterStrategy: 'FULL',
      },
    ],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.unread', Next: 'Record unread list' }],
    Next: 'Accept listed fleet',
  }),
);

const acceptance = {
  comment:
    'Reads the list and asks once whether all of it can be made beside each other. Nothing is started before it answers.',
  onError: { next: 'Record refusal' },
};

const accept = sequence(
  task('Accept fleet', 'AcceptFleet', {
    ...acceptance,
    parameters: { 'request.$': '$', execution },
  }),
  state('Next wave', {
    Type: 'Pass',
    Comment: 'The waves one after the other: a mistake that all share shows in the first.',
    Parameters: {
      'items.$': 'States.ArrayGetItem($.waves, $.next)',
      'next.$': 'States.MathAdd($.next, 1)',
    },
    ResultPath: '$.wave',
  }),
);

const acceptListed = task('Accept listed fleet', 'AcceptFleet', {
  ...acceptance,
  parameters: { 'request.$': '$$.Execution.Input', 'listed.$': '$.listed', execution },
});

/** `machine` runs the environment; its end is written down either way. */
function run(name: string, of: string, timeoutSeconds: number): Part {
  return nested(name, {
    comment: 'Under a name of its own, so that a Task that is tried again finds the run it started.',
    machine: of,
    parameters: { 'Name.$': '$.turn.execution', 'Input.$': '$.request' },
    resultSelector: { 'status.$': '$.Status' },
    resultPath: '$.outcome',
    timeoutSeconds,
    onError: { next: 'Record end', path: '$.outcome' },
  });
}

const member = [
  sequence(
    task('Its turn', 'BeginFleetEnvironment', {
      comment: 'Not where as many have failed as the fleet bears.',
      parameters: { 'fleet.$': '$.fleet', 'request.$': '$.request' },
      resultPath: '$.turn',
    }),
    state('May it begin?', {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: '$.turn.go', BooleanEquals: true },
            { Variable: '$.action', StringEquals: 'provision' },
          ],
          Next: 'Provision environment',
        },
        {
          And: [
            { Variable: '$.turn.go', BooleanEquals: true },
            { Variable: '$.action', StringEquals: 'deprovision' },
          ],
          Next: 'Deprovision environment',
        },
        { Variable: '$.turn.go', BooleanEquals: false, Next: 'Not started' },
      ],
    }),
  ),
  sequence(
    run('Provision environment', 'ProvisionStateMachine', 37_000),
    task('Record end', 'EndFleetEnvironment', {
      comment: 'Where the next ones read it, before they begin.',
      parameters: {
        'fleet.$': '$.fleet',
        'environment.$': '$.request.environment',
        'execution.$': '$.turn.execution',
        'outcome.$': '$.outcome',
      },
    }),
  ),
  withNext(run('Deprovision environment', 'DeprovisionStateMachine', 15_000), 'Record end'),
  state('Not started', { Type: 'Succeed', OutputPath: '$.turn' }),
];

/** The same part, followed by a state of another one. */
function withNext(part: Part, next: string): Part {
  return { start: part.start, states: () => part.states(next) };
}

const waves = sequence(
  distributedMap(
    'Environments',
    {
      comment: 'Each environment in an execution of its own, so many at a time as the fleet asks for.',
      itemsPath: '$.wave.items',
      maxConcurrencyPath: '$.maxConcurrency',
      itemSelector: {
        'fleet.$': '$$.Execution.Name',
        'action.$': '$.action',
        'request.$': 'States.JsonMerge($.defaults, $$.Map.Item.Value, false)',
      },
      onError: broken,
    },
    ...(member as [Part, ...Part[]]),
  ),
  state('Wave done', { Type: 'Pass', InputPath: '$.wave.next', ResultPath: '$.next' }),
  state('More waves?', {
    Type: 'Choice',
    Choices: [
      { Variable: '$.next', NumericLessThanPath: '$.waveCount', Next: 'Next wave' },
      { Variable: '$.next', NumericGreaterThanEqualsPath: '$.waveCount', Next: 'Record fleet' },
    ],
  }),
  task('Record fleet', 'RecordFleet', {
    comment: 'What became of each environment, for the end of this execution and for an event.',
    parameters: { 'fleet.$': '$$.Execution.Name' },
    onError: broken,
  }),
  state('All done?', {
    Type: 'Choice',
    Choices: [
      { Variable: '$.complete', BooleanEquals: true, Next: 'Fleet done' },
      { Variable: '$.complete', BooleanEquals: false, Next: 'Fleet incomplete' },
    ],
  }),
  succeeded('Fleet done'),
);

export const fleet = machine(
  {
    comment: 'Provisions or takes down many AosCloud environments, in waves.',
    // Two hundred and fifty, one after the other, would take less.
    timeoutSeconds: 604_800,
  },
  list,
  sequence(accept, waves),
  withNext(acceptListed, 'Next wave'),
  failure(
    'Fleet incomplete',
    { error: '$.error', cause: '$.cause' },
    'The cause names those that failed. The same fleet started again makes what is missing.',
  ),
  failure(
    'Fleet broke off',
    { error: '$.error.Error', cause: '$.error.Cause' },
    'Runs that were under way are stopped with it, and settled as every run that died.',
  ),
  sequence(
    task('Record refusal', 'RecordFleet', {
      comment: 'Why, in plain words.',
      parameters: { 'fleet.$': '$$.Execution.Name', 'refusal.$': '$' },
      resultPath: '$.refusal',
      onError: { next: 'Refused, not recorded', path: '$.recording' },
    }),
    failure('Refused', { error: '$.refusal.error', cause: '$.refusal.cause' }, 'Nothing was started.'),
    failure('Refused, not recorded', { error: '$.Error', cause: '$.Cause' }, 'Nothing was started.'),
  ),
  withNext(
    task('Record unread list', 'RecordFleet', {
      comment: 'Which list, and why it could not be read.',
      parameters: { 'fleet.$': '$$.Execution.Name', 'refusal.$': '$.unread', 'list.$': '$.list' },
      resultPath: '$.refusal',
      onError: { next: 'List unread', path: '$.recording' },
    }),
    'Refused',
  ),
  failure('List unread', { error: '$.unread.Error', cause: '$.unread.Cause' }, 'Nothing was started.'),
);
