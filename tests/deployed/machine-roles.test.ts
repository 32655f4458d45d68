/** The roles of the packaged state machines, held to what Step Functions asks for with them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type MapState, machineCalls, type Task } from '#embedded/authorization/hidden/machines.ts';
import { type AccessRequest, decide, type PolicyStatement } from '#embedded/authorization/policy.ts';
import { homeAccount } from '#embedded/engine.ts';
import { homeRegion } from '#local/account.ts';
import { type Packaged, packaged } from '../packaging/packaged.ts';
import { Stack } from './stack.ts';

let dev: Packaged;

beforeAll(async () => {
  dev = await packaged('dev');
}, 120_000);

/** At any depth: in branches of a Parallel, and in the items of a Map, too. */
function statesIn(value: unknown, type: 'Task' | 'Map'): object[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((one) => statesIn(one, type));
  return (value as { Type?: unknown }).Type === type ? [value, ...inner] : inner;
}

function machine(id: string): { asks: AccessRequest[]; statements: PolicyStatement[] } {
  const stack = new Stack(dev.template, { region: homeRegion, account: homeAccount, partition: 'aws' });
  const tasks = statesIn(stack.definition(id), 'Task') as Task[];
  const maps = statesIn(stack.definition(id), 'Map') as MapState[];
  const arn = stack.resolve({ Ref: id }) as string;
  const asks = machineCalls.flatMap(({ ofTask, ofMap, ofMachine }) => [
    ...(ofTask ? tasks.flatMap(ofTask) : []),
    ...(ofMap ? maps.flatMap((map) => ofMap(map, arn)) : []),
    ...(ofMachine?.() ?? []),
  ]);
  const policies = stack.properties(`${id}Role`).Policies as {
    PolicyDocument: { Statement: PolicyStatement[] };
  }[];
  return { asks, statements: policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) };
}

const denied = ({ asks, statements }: { asks: AccessRequest[]; statements: PolicyStatement[] }) =>
  asks
    .filter((request) => decide(statements, request) !== 'allowed')
    .map(({ action, resource }) => `${action} on ${resource}`);

describe.each(['ProvisionStateMachine', 'DeprovisionStateMachine', 'FleetStateMachine'])(
  'the role of %s',
  (id) => {
    it('allows all that Step Functions asks for', () => {
      expect(denied(machine(id))).toEqual([]);
    });

    it('allows nothing that Step Functions does not ask for', () => {
      const { asks, statements } = machine(id);
      for (const [index, statement] of statements.entries()) {
        const actions = [statement.Action ?? []].flat();
        for (const action of actions) {
          const rest = { ...statement, Action: actions.filter((one) => one !== action) };
          expect(denied({ asks, statements: statements.with(index, rest) }), action).not.toEqual([]);
        }
      }
    });
  },
);

it('has a Task of a nested execution, so that its row is at work', () => {
  const actions = machine('ProvisionStateMachine').asks.map(({ action }) => action);
  expect(actions).toContain('states:StopExecution');
  expect(actions).toContain('events:PutRule');
  const ofFleet = machine('FleetStateMachine').asks.map(({ action }) => action);
  expect(ofFleet).toContain('s3:GetObject');
  expect(ofFleet.filter((action) => action === 'states:StartExecution')).toHaveLength(3);
  expect(machine('DeprovisionStateMachine').asks.map(({ action }) => action)).not.toContain('events:PutRule');
});
