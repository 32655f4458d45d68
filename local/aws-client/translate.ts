/** From Step Functions' history events to what the progress board understands. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { MachineName, RunEvent, RunResult } from '#local/runner.ts';

export interface Translated {
  readonly events: readonly RunEvent[];
  /** The execution a Task started and waits for: the rollback. */
  readonly nestedArn?: string;
  readonly end?: ExecutionEnd;
}

export interface ExecutionEnd extends Omit<RunResult, 'status'> {
  readonly status: RunResult['status'] | 'ABORTED';
}

interface Where {
  readonly state: string;
  readonly functionKey?: string;
}

/** `…:function:aoscloud-provisioning-dev-vpc-ensure` -> `VpcEnsure`. */
export function functionKeyOf(resource: string, prefix: string): string {
  const name = (resource.split(':function:')[1] ?? resource).split(':')[0] as string;
  return name
    .replace(`${prefix}-`, '')
    .replace(/(^|-)(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase());
}

/** Follows one execution: every event names the one before it, which leads back to the state it belongs to. */
export class Translator {
  readonly #machine: MachineName;
  readonly #execution: string;
  readonly #prefix: string;
  readonly #where = new Map<number, Where>();
  /** Events that say that something failed. */
  readonly #failed = new Set<number>();

  /** @param prefix what the names of deployed functions begin with. */
  constructor(machine: MachineName, execution: string, prefix: string) {
    this.#machine = machine;
    this.#execution = execution;
    this.#prefix = prefix;
  }

  take(event: HistoryEvent): Translated {
    const where = this.#place(event);
    const of = { machine: this.#machine, execution: this.#execution, state: where.state };
    const { functionKey = '' } = where;
    const entered = event.stateEnteredEventDetails;
    if (entered)
      return {
        events: [{ ...of, type: 'entered', stateType: (event.type ?? '').replace('StateEntered', '') }],
      };
    if (event.type === 'LambdaFunctionSucceeded') {
      const answer = parsed(event.lambdaFunctionSucceededEventDetails?.output);
      return { events: [{ ...of, type: 'answered', functionKey, answer }] };
    }
    const failed = event.lambdaFunctionFailedEventDetails ?? event.lambdaFunctionTimedOutEventDetails;
    if (failed) {
      const { error = 'States.TaskFailed', cause = '' } = failed;
      return { events: [{ ...of, type: 'failed', functionKey, error, cause }] };
    }
    if (event.type === 'TaskSubmitted') {
      const output = parsed(event.taskSubmittedEventDetails?.output) as { ExecutionArn?: string } | undefined;
      return { events: [], ...(output?.ExecutionArn ? { nestedArn: output.ExecutionArn } : {}) };
    }
    const end = endOf(event);
    return { events: [], ...(end ? { end } : {}) };
  }

  /** What a board does not need, and a graph does: states that are left, errors that are caught, tries that are repeated. */
  moved(event: HistoryEvent): RunEvent[] {
    if (failures.has(event.type ?? '')) this.#failed.add(event.id as number);
    const isAfterFailure = this.#failed.has(event.previousEventId ?? 0);
    const of = { machine: this.#machine, execution: this.#execution };
    const left = event.stateExitedEventDetails?.name;
    if (left) return [{ ...of, type: isAfterFailure ? 'caught' : 'exited', state: left }];
    if (event.type !== 'LambdaFunctionScheduled' || !isAfterFailure) return [];
    return [{ ...of, type: 'retried', state: this.#where.get(event.id as number)?.state ?? '' }];
  }

  #place(event: HistoryEvent): Where {
    const before = this.#where.get(event.previousEventId ?? 0) ?? { state: '' };
    const name = event.stateEnteredEventDetails?.name;
    const resource = event.lambdaFunctionScheduledEventDetails?.resource;
    const where: Where = {
      ...before,
      ...(name ? { state: name } : {}),
      ...(resource ? { functionKey: functionKeyOf(resource, this.#prefix) } : {}),
    };
    this.#where.set(event.id as number, where);
    return where;
  }
}

const failures = new Set([
  'LambdaFunctionFailed',
  'LambdaFunctionTimedOut',
  'LambdaFunctionScheduleFailed',
  'LambdaFunctionStartFailed',
  'TaskFailed',
  'TaskTimedOut',
  'ParallelStateFailed',
  'MapStateFailed',
]);

function endOf(event: HistoryEvent): ExecutionEnd | undefined {
  switch (event.type) {
    case 'ExecutionSucceeded':
      return { status: 'SUCCEEDED', output: parsed(event.executionSucceededEventDetails?.output) };
    case 'ExecutionFailed':
      return { status: 'FAILED', ...event.executionFailedEventDetails };
    case 'ExecutionTimedOut':
      return { status: 'TIMED_OUT', ...event.executionTimedOutEventDetails };
    case 'ExecutionAborted':
      return { status: 'ABORTED', ...event.executionAbortedEventDetails };
    default:
      return undefined;
  }
}

/** Undefined where the history left the text out. */
function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}
