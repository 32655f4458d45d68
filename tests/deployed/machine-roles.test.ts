/** The roles of the packaged state machines, held to what Step Functions asks for with them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { machineCalls, type Task } from '#embedded/authorization/hidden/machines.ts';
import { type AccessRequest, decide, type PolicyStatement } from '#embedded/authorization/policy.ts';
import { homeAccount } from '#embedded/engine.ts';
import { homeRegion } from '#local/account.ts';
import { type Packaged, packaged } from '../packaging/packaged.ts';
import { Stack } from './stack.ts';

let dev: Packaged;

beforeAll(async () => {
  dev = await packaged('dev');
}, 120_000);

/** At any depth: in branches of a Parallel, too. */
function tasksIn(value: unknown): Task[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(tasksIn);
  return (value as { Type?: unknown }).Type === 'Task' ? [value as Task, ...inner] : inner;
}

function machine(id: string): { asks: AccessRequest[]; statements: PolicyStatement[] } {
  const stack = new Stack(dev.template, { region: homeRegion, account: homeAccount, partition: 'aws' });
  const tasks = tasksIn(stack.definition(id));
  const asks = machineCalls.flatMap(({ ofTask, ofMachine }) => [
    ...(ofTask ? tasks.flatMap(ofTask) : []),
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

describe.each(['ProvisionStateMachine', 'DeprovisionStateMachine'])('the role of %s', (id) => {
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
});

it('has a Task of a nested execution, so that its row is at work', () => {
  const actions = machine('ProvisionStateMachine').asks.map(({ action }) => action);
  expect(actions).toContain('states:StopExecution');
  expect(actions).toContain('events:PutRule');
  expect(machine('DeprovisionStateMachine').asks.map(({ action }) => action)).not.toContain('events:PutRule');
});
