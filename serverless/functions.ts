/**
 * The functions: one a handler file, each with its own artifact and role. A handler without an entry here is a
 * packaging error, not one that is quietly left behind.
 */
import { handlers } from './handlers.mjs';
import { functionRole } from './roles/index.ts';

interface Settings {
  /** MB. Memory is CPU too: what reads the whole account at once gets more. */
  readonly memory: number;
  /** The state machines give a Task 65 seconds and a rollback waits out the longest handler: 60 at most. */
  readonly timeoutSeconds: number;
  readonly environment?: Readonly<Record<string, string | object>>;
  readonly events?: readonly object[];
}

const provisionMachine = { PROVISION_STATE_MACHINE_ARN: machineArn('provision') };
const deprovisionMachine = { DEPROVISION_STATE_MACHINE_ARN: machineArn('deprovision') };
const fleetMachine = { FLEET_STATE_MACHINE_ARN: machineArn('fleet') };
const eventBus = { EVENT_BUS_NAME: '${param:eventBusName}' };

const otherAccounts = { EXTERNAL_ID: '${param:externalId}' };

/** A step makes a handful of calls and answers. */
const step: Settings = { memory: 512, timeoutSeconds: 60, environment: otherAccounts };
/** One write, one event. */
const record: Settings = { memory: 256, timeoutSeconds: 30, environment: eventBus };

const settings: Readonly<Record<string, Settings>> = {
  Accept: { memory: 1024, timeoutSeconds: 60, environment: otherAccounts },
  AcceptFleet: { memory: 1024, timeoutSeconds: 60, environment: otherAccounts },
  BeginFleetEnvironment: { memory: 256, timeoutSeconds: 30 },
  EndFleetEnvironment: { memory: 256, timeoutSeconds: 30 },
  AcceptRemoval: {
    memory: 512,
    timeoutSeconds: 60,
    environment: { ...otherAccounts, ...provisionMachine },
  },
  Verify: { memory: 1024, timeoutSeconds: 60, environment: otherAccounts },
  Drift: {
    memory: 1024,
    timeoutSeconds: 60,
    environment: { ...otherAccounts, ...eventBus, DRIFT_EVERY_HOURS: '${param:driftEveryHours}' },
  },
  RecordResult: record,
  RecordFailure: record,
  RecordRemoval: record,
  RecordFleet: record,
  SettleDeadRun: {
    memory: 256,
    timeoutSeconds: 60,
    environment: { ...provisionMachine, ...deprovisionMachine, ...fleetMachine, ...eventBus },
  },
  SettleLostRuns: {
    memory: 256,
    timeoutSeconds: 60,
    environment: { ...provisionMachine, ...deprovisionMachine, ...fleetMachine, ...eventBus },
  },
  TakeEvent: {
    memory: 256,
    timeoutSeconds: 30,
    environment: { ...provisionMachine, ...deprovisionMachine, ...fleetMachine },
  },
  Webhook: {
    memory: 512,
    // API Gateway gives up after 30.
    timeoutSeconds: 25,
    environment: {
      ...provisionMachine,
      ...deprovisionMachine,
      ...fleetMachine,
      WEBHOOK_SECRET_ID: { Ref: 'WebhookSecret' },
    },
    // `*` is the API's `$default`: what no other route takes gets a problem document too.
    events: [
      'POST /environments',
      'GET /environments',
      'GET /environments/{name}',
      'DELETE /environments/{name}',
      'POST /fleets',
      'GET /fleets/{name}',
      '*',
    ].map((route) => ({ httpApi: route })),
  },
};

function machineArn(machine: string): object {
  return {
    'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:\${self:service}-\${sls:stage}-${machine}`,
  };
}

/** What a function is called in the account: constant, so that a role can name it before it is there. */
function deployedName(name: string): string {
  return `\${self:service}-\${sls:stage}-${name}`;
}

/** The same of the function a definition refers to as `${<key>Arn}`. */
export function functionName(key: string): string {
  const handler = handlers().find((one) => one.key === key);
  if (!handler) throw new Error(`a state machine names \${${key}Arn}, and no handler file is called that`);
  return deployedName(handler.name);
}

/** `functions:` of serverless.yml. */
export function functions(): Record<string, object> {
  return Object.fromEntries(handlers().map(({ key, name }) => [key, definition(key, name)]));
}

function definition(key: string, name: string): object {
  const chosen = settings[key] ?? (/(Ensure|Remove)$/.test(key) ? step : undefined);
  if (!chosen) throw new Error(`serverless/functions.ts has no entry for functions/${name}.ts`);
  return {
    name: deployedName(name),
    handler: 'index.handler',
    package: { artifact: `dist/${name}.zip` },
    memorySize: chosen.memory,
    timeout: chosen.timeoutSeconds,
    // As a Sub, not a GetAtt: for that the framework adds a DependsOn that says the same again.
    role: { 'Fn::Sub': `\${${key}Role.Arn}` },
    ...(chosen.environment ? { environment: chosen.environment } : {}),
    ...(chosen.events ? { events: chosen.events } : {}),
  };
}

/** One role a function, under `resources:`. */
export function functionRoles(allowPublicEndpoint: boolean): Record<string, object> {
  return Object.fromEntries(
    handlers().map(({ key }) => [`${key}Role`, functionRole(key, allowPublicEndpoint)]),
  );
}
