import { readFileSync } from 'node:fs';
import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { steps } from '#lib/run/steps.ts';
import { ensure, machine, parallel, remove, request, sequence, task } from '../../statemachines/compose.ts';
import { machines, textOf } from '../../statemachines/write.ts';

it.each(Object.keys(machines))('the committed %s machine is the composed one (npm run machines)', (name) => {
  const committed = readFileSync(new URL(`../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
  expect(committed).toBe(textOf(machines[name]!));
});

const settings = { comment: 'one step', timeoutSeconds: 60 };

/** Runs a machine of one step that gives `answers` one after the other. */
async function outcomeOf(part: ReturnType<typeof ensure>, name: string, ...answers: readonly object[]) {
  const left = [...answers];
  const definition = JSON.parse(
    JSON.stringify(machine(settings, parallel('Try', { comment: 'as in the real ones' }, part))).replace(
      /\$\{(\w+)Arn\}/g,
      'arn:aws:lambda:local:111122223333:function:$1',
    ),
  );
  const run = new StateMachine(definition, { validationOptions: { noValidate: true } }).run(
    {},
    { overrides: { taskResourceLocalHandlers: { [name]: async () => left.shift() as never } } },
  );
  try {
    await run.result;
    return `done, ${left.length} answers left`;
  } catch (error) {
    return ((error as Error).cause as Error).name;
  }
}

const pending = { status: 'pending', requested: false, retryAfterSeconds: 0 };

describe('a loop', () => {
  it('looks until the step is ready', async () => {
    const ready = { ...pending, status: 'ready' };
    expect(await outcomeOf(ensure('efs', ''), 'EFS', pending, pending, ready, ready)).toBe(
      'done, 1 answers left',
    );
  });

  it('goes on from a request that AWS has taken, although the step is pending', async () => {
    const requested = { ...pending, requested: true };
    expect(await outcomeOf(request('efs', ''), 'Request EFS', pending, requested, pending)).toBe(
      'done, 1 answers left',
    );
  });

  it('fails by name on an answer it does not know, and on the answer of the other direction', async () => {
    expect(await outcomeOf(ensure('efs', ''), 'EFS', { ...pending, status: 'fine' })).toBe(
      'States.NoChoiceMatched',
    );
    expect(await outcomeOf(ensure('efs', ''), 'EFS', { ...pending, status: 'gone' })).toBe(
      'States.NoChoiceMatched',
    );
    expect(await outcomeOf(remove('efs', ''), 'EFS', { ...pending, status: 'ready' })).toBe(
      'States.NoChoiceMatched',
    );
    expect(await outcomeOf(remove('efs', ''), 'EFS', {})).not.toMatch(/done/);
  });
});

it('a sequence leads from one part to the next and a branch ends with its last', () => {
  const { States } = machine(
    settings,
    sequence(task('A', 'A', { comment: '' }), task('B', 'B', { comment: '' })),
  );
  expect(States.A).toMatchObject({ Next: 'B' });
  expect(States.B).toMatchObject({ End: true });
});

it('titles are unique in each direction, as they name states', () => {
  for (const titles of [
    Object.values(steps).map(({ title }) => title),
    Object.values(steps).map((facts) => ('removalTitle' in facts ? facts.removalTitle : facts.title)),
  ])
    expect(new Set(titles).size).toBe(titles.length);
});

/** What a Parallel's branches hand on is one payload, before anything is selected from it. */
it.each(Object.keys(machines))('%s hands on from no branch more than is taken', (name) => {
  interface Inner {
    readonly Type: string;
    readonly End?: boolean;
    readonly OutputPath?: string | null;
    readonly ResultPath?: string | null;
    readonly Branches?: readonly { readonly States: Readonly<Record<string, Inner>> }[];
  }
  const looked: string[] = [];
  const look = (states: Readonly<Record<string, Inner>>): void => {
    for (const one of Object.values(states)) {
      for (const branch of one.Branches ?? []) {
        for (const [title, last] of Object.entries(branch.States)) {
          if (last.End !== true && last.Type !== 'Succeed') continue;
          expect(last.OutputPath, title).toBe(one.ResultPath === null ? null : '$.step');
          looked.push(title);
        }
        look(branch.States);
      }
    }
  };
  look(JSON.parse(textOf(machines[name]!)).States);
  if (name !== 'fleet') expect(looked.length).toBeGreaterThan(8);
});
