/** What holds of the packaged template as a whole. */
import { readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { expect, it } from 'vitest';
import { alarms } from '../../serverless/alarms.ts';
import { functionRoles } from '../../serverless/functions.ts';
import { handlers } from '../../serverless/handlers.mjs';
import { machineRole } from '../../serverless/machines.ts';
import { functionsOf, type Packaged, type Resource, statementsOf, textOf } from './packaged.ts';

const machines = ['ProvisionStateMachine', 'DeprovisionStateMachine', 'FleetStateMachine'] as const;

export function templateSuite(stage: () => Packaged): void {
  const resources = () => stage().template.Resources;
  const ofType = (type: string) =>
    Object.entries(resources()).filter(([, resource]) => resource.Type === type) as [string, Resource][];

  it('deploys every handler, and nothing else', () => {
    expect([...functionsOf(stage()).keys()].sort()).toEqual(
      handlers()
        .map(({ key }) => key)
        .sort(),
    );
  });

  it('bundles nothing of local/, embedded/ or tests/', () => {
    const inputs = Object.values(stage().metafile.outputs).flatMap((output) => Object.keys(output.inputs));
    expect(inputs.length).toBeGreaterThan(1000);
    expect(inputs.filter((path) => /^(local|embedded|tests|bench)\//.test(path))).toEqual([]);
  });

  it('runs every function on Node 24 and arm64, traced, with JSON logs that are kept for a time', () => {
    for (const [key, { Properties }] of functionsOf(stage())) {
      expect(Properties, key).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
      expect(resources()[`${key}LogGroup`]?.Properties.RetentionInDays, key).toBe(30);
    }
  });

  it('lets no handler run longer than the state machines wait for it', () => {
    for (const [key, { Properties }] of functionsOf(stage()))
      expect(Properties.Timeout, key).toBeLessThanOrEqual(60);
  });

  it.each(machines)('fills every placeholder of %s with a function that exists', (id) => {
    const { DefinitionString, DefinitionSubstitutions } = resources()[id]?.Properties ?? {};
    const placeholders = [...DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect([...new Set(placeholders)].sort()).toEqual(Object.keys(DefinitionSubstitutions).sort());
    for (const [name, value] of Object.entries(DefinitionSubstitutions)) {
      const target = textOf(value);
      if (target.startsWith('AWS::')) continue;
      const owner = target.replace(/\.Arn$/, '');
      expect(resources()[owner]?.Type, name).toMatch(
        /^AWS::(Lambda::Function|StepFunctions::StateMachine|S3::Bucket)$/,
      );
      const isBucket = resources()[owner]?.Type === 'AWS::S3::Bucket';
      expect(name).toBe(isBucket ? owner : `${owner.replace(/LambdaFunction$/, '')}Arn`);
    }
  });

  it('calls every function from a machine, a rule or the front door', () => {
    const called = new Set(
      machines.flatMap((id) =>
        Object.values(resources()[id]?.Properties.DefinitionSubstitutions as object).map(textOf),
      ),
    );
    for (const [, { Properties }] of ofType('AWS::Lambda::Permission'))
      called.add(textOf(Properties.FunctionName));
    for (const key of functionsOf(stage()).keys()) expect(called, key).toContain(`${key}LambdaFunction.Arn`);
  });

  it.each(machines)('has a valid definition in %s', (id) => {
    const text = String(resources()[id]?.Properties.DefinitionString)
      .replaceAll('${AwsPartition}', 'aws')
      .replace(/\$\{(\w+)Arn\}/g, 'arn:aws:lambda:eu-central-1:111122223333:function:$1');
    const { isValid, errorsText } = aslValidator(JSON.parse(text), { checkArn: true, checkPaths: true });
    expect(errorsText(), id).toBe('');
    expect(isValid).toBe(true);
    // Of CloudFormation for the text, of Step Functions for the definition: 1,048,576 characters.
    expect(text.length).toBeLessThan(1_000_000);
  });

  it.each(machines)('deploys %s as the file says, nulls included', (id) => {
    const name = id.replace('StateMachine', '').toLowerCase();
    const file = readFileSync(new URL(`../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
    const { Definition, DefinitionS3Location, DefinitionString } = resources()[id]?.Properties ?? {};
    expect([Definition, DefinitionS3Location]).toEqual([undefined, undefined]);
    expect(file).toContain('null');
    expect(JSON.parse(DefinitionString)).toStrictEqual(JSON.parse(file));
  });

  it('has no null in what code adds to the template: the framework would drop it', () => {
    const added = JSON.stringify([
      functionRoles(false),
      alarms(),
      ...(['provision', 'deprovision', 'fleet'] as const).map(machineRole),
    ]);
    expect(added).not.toMatch(/[:[,]null[\],}]/);
  });

  it.each(machines)('lets the role of %s invoke exactly the functions it names', (id) => {
    const { DefinitionSubstitutions, StateMachineType, LoggingConfiguration, TracingConfiguration } =
      resources()[id]?.Properties ?? {};
    const named = Object.values(DefinitionSubstitutions).map(textOf);
    const invoke = statementsOf(resources()[`${id}Role`]).find(({ Action }) =>
      Action.includes('lambda:InvokeFunction'),
    );
    const functions = named
      .filter((target) => target.includes('LambdaFunction'))
      .map((target) => resources()[target.replace(/\.Arn$/, '')]?.Properties.FunctionName);
    expect([...(invoke?.Resource ?? [])].sort()).toEqual(
      functions
        .map((name) => `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}`)
        .sort(),
    );
    expect(StateMachineType).toBe('STANDARD');
    expect(LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: true });
    expect(TracingConfiguration).toEqual({ Enabled: true });
  });

  it.each(machines)(
    'makes the role of %s with the first resources, and the machine after its functions',
    (id) => {
      // Every policy is in the role: one attached later would need a DependsOn.
      expect(ofType('AWS::IAM::Policy')).toEqual([]);
      expect(ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
      expect([...dependenciesOf(`${id}Role`, resources())]).toEqual([]);
      const before = dependenciesOf(id, resources());
      expect(before).toContain(`${id}Role`);
      expect(before).toContain(`${id.replace('StateMachine', 'LogGroup')}`);
      expect([...before].filter((other) => /LambdaFunction$/.test(other)).length).toBeGreaterThan(10);
    },
  );

  it('names the machines as the environment of the functions and their roles do', () => {
    const text = JSON.stringify(resources());
    for (const id of machines) {
      const name = resources()[id]?.Properties.StateMachineName as string;
      expect(text).toContain(`stateMachine:${name}"`);
      expect(text).toContain(`execution:${name}:*"`);
    }
    const [, { Properties: table }] = ofType('AWS::DynamoDB::Table')[0] as [string, Resource];
    for (const [key, { Properties }] of functionsOf(stage()))
      expect(Properties.Environment.Variables.REGISTRY_TABLE, key).toBe(table.TableName);
  });

  it('keeps the registry, encrypted and restorable, whatever becomes of the stack', () => {
    expect(resources().RegistryTable).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });

  it('retries what EventBridge delivers, and keeps what it cannot', () => {
    const targets = ofType('AWS::Events::Rule').flatMap(([, { Properties }]) => Properties.Targets);
    expect(targets.length).toBe(5);
    for (const target of targets) {
      expect(textOf(target.DeadLetterConfig.Arn)).toBe('DeadLetterQueue.Arn');
      expect(target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
    }
  });

  it('limits the rate of the front door', () => {
    expect(resources().HttpApiStage?.Properties.DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: expect.any(Number),
      ThrottlingBurstLimit: expect.any(Number),
    });
  });

  it('points every alarm at something that exists, and tells the topic', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm');
    for (const [id, { Properties }] of alarms) {
      expect(Properties.AlarmActions, id).toEqual([{ Ref: 'AlarmTopic' }]);
      const watched = dimensionsOf(Properties).filter(({ Value }) => typeof Value !== 'string');
      expect(watched.length, id).toBeGreaterThan(0);
      for (const { Value } of watched)
        expect(resources(), id).toHaveProperty(textOf(Value).split('.')[0] as string);
    }
    const inAlarms = JSON.stringify(alarms);
    for (const key of functionsOf(stage()).keys()) expect(inAlarms).toContain(`"${key}LambdaFunction"`);
    for (const id of [...machines, 'DeadLetterQueue', 'HttpApi']) expect(inAlarms).toContain(`"${id}"`);
  });

  it('shows only what exists on the dashboard', () => {
    const body = textOf(resources().Dashboard?.Properties.DashboardBody);
    JSON.parse(body);
    for (const [, name] of body.matchAll(/\$\{(\w+)(\.\w+)?\}/g))
      expect(resources()).toHaveProperty(name as string);
  });

  it('stays well under the limits of CloudFormation', () => {
    expect(stage().templateBytes).toBeLessThan(0.6 * 1_000_000);
    expect(Object.keys(resources()).length).toBeLessThan(0.6 * 500);
  });
}

/** What CloudFormation makes before a resource: all it refers to, and what that refers to. */
function dependenciesOf(
  id: string,
  resources: Readonly<Record<string, Resource>>,
  found = new Set<string>(),
): Set<string> {
  const { Properties, DependsOn } = resources[id] as Resource & { DependsOn?: string | string[] };
  const text = JSON.stringify(Properties ?? {});
  const referred = [
    ...[DependsOn ?? []].flat(),
    ...[...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)(?=[".])/g)].map(([, name]) => name as string),
    ...[...text.matchAll(/"Fn::Sub":"((?:[^"\\]|\\.)*)"/g)].flatMap(([, sub]) =>
      [...(sub as string).matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(([, name]) => name as string),
    ),
  ];
  for (const name of referred) {
    if (!(name in resources) || found.has(name)) continue;
    found.add(name);
    dependenciesOf(name, resources, found);
  }
  return found;
}

interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: an alarm has one metric or a list of them
function dimensionsOf(properties: any): Dimension[] {
  const ofMetrics = (properties.Metrics ?? []).flatMap(
    (metric: { MetricStat?: { Metric: { Dimensions: Dimension[] } } }) =>
      metric.MetricStat?.Metric.Dimensions ?? [],
  );
  return [...(properties.Dimensions ?? []), ...ofMetrics];
}
