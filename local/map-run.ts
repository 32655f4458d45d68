/**
 * A Map in distributed mode, as Step Functions runs it: each item in an execution of its own, so many at a time, and an
 * end once more have failed than are tolerated. The engine of the runner knows the inline mode only. A field that is not
 * taken into account is refused loudly.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import pMap from 'p-map';
import { TaskError } from './lambda.ts';

export interface DistributedMap {
  readonly Type: 'Map';
  readonly ItemsPath: string;
  readonly MaxConcurrencyPath: string;
  readonly ItemSelector: object;
  readonly ToleratedFailurePercentage?: number;
  readonly ItemProcessor: {
    readonly ProcessorConfig: { readonly Mode: string; readonly ExecutionType: string };
    readonly StartAt: string;
    readonly States: Readonly<Record<string, object>>;
  };
}

/** Beside what every state may have. */
const understood = new Set([
  'Type',
  'Comment',
  'Label',
  'ItemsPath',
  'MaxConcurrencyPath',
  'ItemSelector',
  'ToleratedFailurePercentage',
  'ItemProcessor',
  'ResultPath',
  'Catch',
  'Next',
  'End',
]);

export function isDistributed(state: { readonly Type: string }): state is DistributedMap {
  const { ItemProcessor } = state as Partial<DistributedMap>;
  return state.Type === 'Map' && ItemProcessor?.ProcessorConfig.Mode === 'DISTRIBUTED';
}

/** Makes the map a Task, which the engine hands to whoever runs the items: input, place and Catch stay as they are. */
export function asTask(name: string, map: DistributedMap): object {
  const unknown = Object.keys(map).filter((field) => !understood.has(field));
  if (unknown.length > 0)
    throw new Error(`${name}: this runner does not know ${unknown.join(', ')} of a distributed Map`);
  const { ItemsPath, MaxConcurrencyPath, ItemSelector, ItemProcessor, ToleratedFailurePercentage, ...rest } =
    map;
  const { Label: _, ...task } = rest as { Label?: string };
  return {
    ...task,
    Type: 'Task',
    Resource: 'arn:aws:lambda:local:111122223333:function:map-run',
    // A Map has no limit of its own, a Task of the engine one of a minute; this is what a timer of Node.js can hold.
    TimeoutSeconds: 2_000_000,
  };
}

/** An item's own execution, to its end. Throws as it fails. */
export type RunItem = (processor: object, input: unknown, index: number) => Promise<unknown>;

/** The answers of the items that succeeded, in their order. */
export async function mapRun(
  map: DistributedMap,
  input: unknown,
  context: object,
  runItem: RunItem,
): Promise<unknown[]> {
  const { items, concurrency } = (await payload(
    { 'items.$': map.ItemsPath, 'concurrency.$': map.MaxConcurrencyPath },
    input,
    context,
  )) as { items: unknown[]; concurrency: number };
  const tolerated = ((map.ToleratedFailurePercentage ?? 0) / 100) * items.length;
  let failed = 0;
  const answers = await pMap(
    items,
    async (Value, Index) => {
      if (failed > tolerated) return undefined;
      const selected = await payload(map.ItemSelector, input, {
        ...context,
        Map: { Item: { Index, Value } },
      });
      try {
        return await runItem(map.ItemProcessor, selected, Index);
      } catch (error) {
        if (!(error instanceof TaskError)) throw error;
        failed += 1;
        return undefined;
      }
    },
    { concurrency: concurrency || Number.POSITIVE_INFINITY },
  );
  if (failed > tolerated)
    throw new TaskError(
      'States.ExceedToleratedFailureThreshold',
      `${failed} of ${items.length} items failed`,
    );
  return answers.filter((answer) => answer !== undefined);
}

/** A payload template, filled in by the engine itself. */
async function payload(template: object, input: unknown, context: object): Promise<unknown> {
  const filling = { StartAt: 'Fill', States: { Fill: { Type: 'Pass', Parameters: template, End: true } } };
  const machine = new StateMachine(filling as never, { validationOptions: { noValidate: true } });
  return machine.run(input as never, { context: context as never }).result;
}
