/** What a click on a box tells: answers, AWS calls, times, and the error with what to do. */
import type { ComponentChildren } from 'preact';
import type { PlacedBox } from '../graph/layout.ts';
import { boxView, type CallView, type RunView } from '../model/run.ts';
import { count, duration, moment, partsOf, statusWords } from './words.ts';

interface Props {
  readonly box: PlacedBox;
  readonly run: RunView | undefined;
  readonly isTakenBack: boolean;
  readonly now: number;
  /** What can be done to it. */
  readonly children?: ComponentChildren;
}

export function Detail({ box, run, isTakenBack, now, children }: Props) {
  const view = boxView(run, box.states, isTakenBack);
  const looks = run?.looks[box.states[0] as string] ?? [];
  const calls = run?.calls[box.states[0] as string] ?? [];
  return (
    <section class="card" aria-labelledby="box-title">
      <h3 id="box-title" style={{ marginTop: 0 }}>
        {box.id} <span class={`badge ${view.status}`}>{statusWords[view.status]}</span>
      </h3>
      {box.comment && <p class="quiet">{box.comment}</p>}
      {view.error && <Problem {...view.error} />}
      {children}
      <dl class="facts">
        {view.enteredAt !== undefined && (
          <>
            <dt>Began</dt>
            <dd>{moment(view.enteredAt)}</dd>
            <dt>{view.exitedAt === undefined ? 'So far' : 'Took'}</dt>
            <dd>{duration((view.exitedAt ?? now) - view.enteredAt)}</dd>
          </>
        )}
        {view.look && (
          <>
            <dt>Says</dt>
            <dd>{view.look.detail}</dd>
          </>
        )}
      </dl>
      {looks.length > 0 && (
        <>
          <h3>Answers</h3>
          <ul class="looks">
            {[...looks].reverse().map((look) => (
              <li key={look.at}>
                <span class="quiet">{duration(look.at - (view.enteredAt ?? look.at))}</span>
                <span>{look.detail}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {calls.length > 0 && <Calls calls={calls} since={view.enteredAt ?? 0} />}
    </section>
  );
}

export function Problem({ error, cause }: { readonly error: string; readonly cause: string }) {
  const { what, todo } = partsOf(cause);
  return (
    <div class="problem" role="alert">
      <strong>{error}</strong>
      {what}
      {todo && (
        <p style={{ margin: '8px 0 0' }}>
          <b>What to do:</b> {todo}
        </p>
      )}
    </div>
  );
}

function Calls({ calls, since }: { readonly calls: readonly CallView[]; readonly since: number }) {
  const refused = calls.filter(({ refusal }) => refusal).length;
  return (
    <details>
      <summary>
        {count(calls.length, 'AWS call')}
        {refused > 0 ? `, ${refused} refused` : ''}
      </summary>
      <ul class="looks">
        {[...calls].reverse().map((call, index) => (
          <li key={index}>
            <span class="quiet">{duration(call.at - since)}</span>
            <span class="mono">
              {call.operation}
              {call.refusal ? ` → ${call.refusal}` : ''}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
