/** Alarms and the dashboard: the parts that name every function. docs/operate.md says what each means. */
import { functionKeyOf, stepNames, steps } from '#lib/run/steps.ts';
import { handlers } from './handlers.mjs';

type Metric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string | object>>;
};

interface Alarm {
  readonly description: string;
  readonly threshold: number;
  readonly periodSeconds: number;
}

const actions = { AlarmActions: [{ Ref: 'AlarmTopic' }], OKActions: [{ Ref: 'AlarmTopic' }] };

function common({ description, threshold }: Alarm): object {
  return {
    AlarmDescription: `${description} See docs/operate.md.`,
    Threshold: threshold,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
    ...actions,
  };
}

function alarm(metric: Metric, about: Alarm): object {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ...common(about),
      Namespace: metric.namespace,
      MetricName: metric.name,
      Dimensions: dimensionsOf(metric),
      Statistic: 'Sum',
      Period: about.periodSeconds,
    },
  };
}

/** The sum of several metrics: an alarm takes ten at most. */
function sumAlarm(metrics: readonly Metric[], about: Alarm): object {
  const ids = metrics.map((_, index) => `m${index}`);
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ...common(about),
      Metrics: [
        { Id: 'total', Expression: `SUM([${ids.join(',')}])`, Label: 'Errors', ReturnData: true },
        ...metrics.map((metric, index) => ({
          Id: ids[index],
          ReturnData: false,
          MetricStat: {
            Metric: {
              Namespace: metric.namespace,
              MetricName: metric.name,
              Dimensions: dimensionsOf(metric),
            },
            Period: about.periodSeconds,
            Stat: 'Sum',
          },
        })),
      ],
    },
  };
}

function dimensionsOf({ dimensions }: Metric): object[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

const ofMachine = (machine: string, name: string): Metric => ({
  namespace: 'AWS/States',
  name,
  dimensions: { StateMachineArn: { Ref: `${machine}StateMachine` } },
});

const errorsOf = (key: string): Metric => ({
  namespace: 'AWS/Lambda',
  name: 'Errors',
  dimensions: { FunctionName: { Ref: `${key}LambdaFunction` } },
});

/** By what a person would look at together. Every function is in exactly one group. */
const groups = { network: 'Network', eks: 'Eks', data: 'Data', control: 'Control' } as const;
type Group = keyof typeof groups;

const groupOf = new Map<string, Group>(
  stepNames.flatMap((step) =>
    (['ensure', 'remove'] as const).map((verb) => [functionKeyOf(step, verb), steps[step].group] as const),
  ),
);

function functionGroups(): { name: string; keys: string[] }[] {
  const keys = handlers().map(({ key }) => key);
  return (Object.keys(groups) as Group[]).map((group) => ({
    name: groups[group],
    keys: keys.filter((key) => (groupOf.get(key) ?? 'control') === group),
  }));
}

/** Repeated errors only: one is an ordinary refusal, and the run it ends has an alarm of its own. */
const handlerErrors = { threshold: 5, periodSeconds: 300 };

const machines = ['Provision', 'Deprovision', 'Fleet'] as const;

export function alarms(): Record<string, object> {
  const perMachine = machines.flatMap((machine) => [
    [
      `${machine}FailedAlarm`,
      alarm(ofMachine(machine, 'ExecutionsFailed'), {
        description: `A ${machine.toLowerCase()} run failed.`,
        threshold: 1,
        periodSeconds: 300,
      }),
    ],
    [
      `${machine}TimedOutAlarm`,
      alarm(ofMachine(machine, 'ExecutionsTimedOut'), {
        description: `A ${machine.toLowerCase()} run ran out of its time.`,
        threshold: 1,
        periodSeconds: 300,
      }),
    ],
    [
      `${machine}AbortedAlarm`,
      alarm(ofMachine(machine, 'ExecutionsAborted'), {
        description: `A ${machine.toLowerCase()} run was stopped.`,
        threshold: 1,
        periodSeconds: 300,
      }),
    ],
  ]);
  const perGroup = functionGroups().map(({ name, keys }) => [
    `${name}HandlerErrorsAlarm`,
    sumAlarm(keys.map(errorsOf), {
      ...handlerErrors,
      description: `Handlers of the group ${name} (${keys.join(', ')}) end in errors repeatedly.`,
    }),
  ]);
  return {
    ...Object.fromEntries([...perMachine, ...perGroup]),
    DeadLettersAlarm: alarm(
      {
        namespace: 'AWS/SQS',
        name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: { 'Fn::GetAtt': ['DeadLetterQueue', 'QueueName'] } },
      },
      { description: 'An event could not be delivered.', threshold: 1, periodSeconds: 300 },
    ),
    WebhookServerErrorsAlarm: alarm(
      {
        namespace: 'AWS/ApiGateway',
        name: '5xx',
        dimensions: { ApiId: { Ref: 'HttpApi' }, Stage: '$default' },
      },
      { description: 'The webhook answered with 5xx.', threshold: 1, periodSeconds: 300 },
    ),
  };
}

export function alarmSubscription(email: string): object {
  return {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'AlarmTopic' }, Protocol: 'email', Endpoint: email },
  };
}

/** Three rows: runs, handlers, front door. `${…}` is filled by Fn::Sub around it. */
export function dashboardBody(): string {
  const executions = [
    'ExecutionsStarted',
    'ExecutionsSucceeded',
    'ExecutionsFailed',
    'ExecutionsTimedOut',
    'ExecutionsAborted',
  ];
  const widget = (title: string, place: object, metrics: unknown[][], stat = 'Sum') => ({
    type: 'metric',
    ...place,
    properties: { title, region: '${AWS::Region}', stat, period: 300, view: 'timeSeries', metrics },
  });
  const runs = machines.map((machine, column) =>
    widget(
      `${machine} runs`,
      { x: column * 8, y: 0, width: 8, height: 6 },
      executions.map((name) => ['AWS/States', name, 'StateMachineArn', `\${${machine}StateMachine}`]),
    ),
  );
  const perGroup = functionGroups().map(({ name, keys }, column) =>
    widget(
      `Errors: ${name}`,
      { x: column * 6, y: 6, width: 6, height: 6 },
      keys.map((key) => ['AWS/Lambda', 'Errors', 'FunctionName', `\${${key}LambdaFunction}`]),
    ),
  );
  const door = [
    widget(
      'Webhook',
      { x: 0, y: 12, width: 12, height: 6 },
      ['Count', '4xx', '5xx'].map((name) => [
        'AWS/ApiGateway',
        name,
        'ApiId',
        '${HttpApi}',
        'Stage',
        '$default',
      ]),
    ),
    widget('Dead letters', { x: 12, y: 12, width: 12, height: 6 }, [
      ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', '${DeadLetterQueue.QueueName}'],
    ]),
  ];
  return JSON.stringify({ widgets: [...runs, ...perGroup, ...door] });
}
