/** A distributed Map as Step Functions runs it. */
import { describe, expect, it } from 'vitest';
import { TaskError } from '#local/lambda.ts';
import { asTask, type DistributedMap, isDistributed, mapRun } from '#local/map-run.ts';

const map = (changes: object = {}): DistributedMap => ({
  Type: 'Map',
  ItemsPath: '$.items',
  MaxConcurrencyPath: '$.most',
  ItemSelector: { 'value.$': '$$.Map.Item.Value', 'of.$': '$.name', 'run.$': '$$.Execution.Name' },
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'It',
    States: { It: { Type: 'Pass', End: true } },
  },
  ...changes,
});
const input = { items: [1, 2, 3, 4], most: 2, name: 'n' };
const context = { Execution: { Name: 'run' } };

it('gives each item what the selector makes of it, and answers in the order of the items', async () => {
  const answers = await mapRun(map(), input, context, async (_processor, selected) => selected);
  expect(answers).toEqual(input.items.map((value) => ({ value, of: 'n', run: 'run' })));
});

it('never has more items under way than its ceiling', async () => {
  let [underWay, most] = [0, 0];
  await mapRun(map(), input, context, async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
  });
  expect(most).toBe(2);
});

describe('where items fail', () => {
  const failing = (bad: readonly number[], begun: number[] = []) => ({
    begun,
    runItem: async (_processor: object, selected: unknown) => {
      const { value } = selected as { value: number };
      begun.push(value);
      if (bad.includes(value)) throw new TaskError('E', 'why');
      return value;
    },
  });

  it('it fails at the first one unless it tolerates some, and begins no further one', async () => {
    const { begun, runItem } = failing([1]);
    const one = { ...input, most: 1 };
    await expect(mapRun(map(), one, context, runItem)).rejects.toMatchObject({
      name: 'States.ExceedToleratedFailureThreshold',
    });
    expect(begun).toEqual([1]);
  });

  it('it goes on as long as no more have failed than it tolerates', async () => {
    const some = map({ ToleratedFailurePercentage: 50 });
    expect(await mapRun(some, input, context, failing([1, 2]).runItem)).toEqual([3, 4]);
    await expect(mapRun(some, input, context, failing([1, 2, 3]).runItem)).rejects.toThrow(
      '3 of 4 items failed',
    );
  });
});

it('is told from an inline Map, and refused where it has a field this runner does not know', () => {
  expect(isDistributed(map())).toBe(true);
  expect(isDistributed({ ...map(), ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' } } } as never)).toBe(
    false,
  );
  expect(asTask('It', map({ Next: 'There', ResultPath: null }))).toMatchObject({
    Type: 'Task',
    Next: 'There',
    ResultPath: null,
  });
  expect(() => asTask('It', map({ ItemReader: {} }))).toThrow(
    'does not know ItemReader of a distributed Map',
  );
});
