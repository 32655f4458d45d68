/**
 * What whoever looks may do to the embedded AWS, and to the runs on it: what this project promises, to be tried by hand.
 */
import type { Control } from '#console/api.ts';
import type { EmbeddedAws } from '#embedded/engine.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { refusing } from '../fail-at.ts';
import { currentInvocation, currentTask, killInvocations } from '../lambda.ts';
import { definition, tasksOf } from '../runner.ts';

export interface Controlled {
  readonly aws: EmbeddedAws;
  /** Simulated seconds a second. */
  readonly setSpeed: (speed: number) => void;
  /** `StopExecution`. False where it does not run. */
  readonly stop: (execution: string, cause: string) => boolean;
  /** The same request again, once the run that was killed is over. Absent where there is nobody who could. */
  readonly goOn?: (execution: string) => void;
}

export function controlsOf(controlled: Controlled): (control: Control) => Promise<void> {
  const { aws } = controlled;
  const failing = new Map<string, ReturnType<typeof refusing>>();
  const before = aws.inject;
  aws.inject = (call) => {
    if (currentInvocation()?.dead) return { kind: 'kill', effect: false, onKill: () => {} };
    return failing.get(currentTask()?.execution ?? '')?.(call) ?? before?.(call);
  };
  return async (control) => {
    switch (control?.do) {
      case 'speed':
        return controlled.setSpeed(speedOf(control.speed));
      case 'fail':
        failing.set(
          control.execution,
          refusing(functionOf(control.state), 'AccessDenied', 'refused on purpose (console)'),
        );
        return;
      case 'stop':
        return stop(controlled, control.execution, 'stopped from the console');
      case 'kill':
        if (!controlled.goOn)
          throw new Error(
            wordsOf({
              what: 'a run that belongs to a fleet does not go on by itself',
              todo: 'stop it, and start the fleet again: it goes on from what exists',
            }),
          );
        stop(controlled, control.execution, 'the process that ran it is gone');
        killInvocations(control.execution);
        return controlled.goOn(control.execution);
      default:
        throw new Error(wordsOf({ what: 'there is no such control', todo: 'speed, fail, stop or kill' }));
    }
  };
}

/** Of a Task's state, of whichever machine. */
function functionOf(state: string): string {
  const resource =
    tasksOf(definition('provision').States).get(state) ??
    tasksOf(definition('deprovision').States).get(state);
  if (!resource?.includes(':function:'))
    throw new Error(
      wordsOf({ what: `${state} is no step that asks AWS for anything`, todo: 'choose another box' }),
    );
  return resource.split(':').at(-1) as string;
}

function speedOf(speed: number | null): number {
  if (speed === null) return Number.POSITIVE_INFINITY;
  if (typeof speed === 'number' && speed > 0) return speed;
  throw new Error(`speed ${speed}: must be above 0, or null for as fast as it goes`);
}

function stop(controlled: Controlled, execution: string, cause: string): void {
  if (!controlled.stop(execution, cause))
    throw new Error(wordsOf({ what: `${execution} does not run any more`, todo: 'look at how it ended' }));
}
