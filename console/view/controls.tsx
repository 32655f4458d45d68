/** On the embedded AWS only: its speed, and what may go wrong, in the hand of whoever looks. */
import type { Control, Session } from '../api.ts';
import { act, useAction } from './ask.ts';

const speeds = [1, 10, 60, 600, null] as const;

interface Props {
  readonly execution: string;
  readonly session: Session;
  readonly refresh: () => void;
}

export function RunControls({ execution, session, refresh }: Props) {
  const { start, isBusy, problem } = useAction(async (control: Control) => {
    await act('/api/control', control);
    refresh();
  });
  const shown = new Set<number | null>([...speeds, session.speed]);
  return (
    <fieldset class="controls">
      <legend class="quiet">Try it</legend>
      <label>
        Speed{' '}
        <select
          value={String(session.speed)}
          onChange={({ currentTarget: { value } }) =>
            start({ do: 'speed', speed: value === 'null' ? null : Number(value) })
          }
        >
          {[...shown].map((speed) => (
            <option key={String(speed)} value={String(speed)}>
              {speed === null ? 'as fast as it goes' : `× ${speed}`}
            </option>
          ))}
        </select>
      </label>
      <button type="button" disabled={isBusy} onClick={() => start({ do: 'stop', execution })}>
        Stop this run
      </button>
      <button type="button" disabled={isBusy} onClick={() => start({ do: 'kill', execution })}>
        Kill the process and go on
      </button>
      {problem && <span role="alert">{problem}</span>}
    </fieldset>
  );
}

export function FailButton({ execution, state }: { readonly execution: string; readonly state: string }) {
  const { start, isBusy, problem } = useAction(() =>
    act<void>('/api/control', { do: 'fail', execution, state }),
  );
  return (
    <p>
      <button type="button" class="danger" disabled={isBusy} onClick={() => start()}>
        Fail this step
      </button>{' '}
      <span class="quiet">AWS refuses whatever it asks for next.</span>
      {problem && <span role="alert">{problem}</span>}
    </p>
  );
}
