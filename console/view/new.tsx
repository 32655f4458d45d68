/** A request, as a form and as JSON beside each other, and what a run of it would do before the button that starts it. */
import { useEffect, useState } from 'preact/hooks';
import type { ActionAnswer, EnvironmentDocument, FormDocument, PlanDocument, Session } from '../api.ts';
import { go, runPage } from './address.tsx';
import { act, once, useAction, useDocument } from './ask.ts';
import { Problem } from './detail.tsx';
import { Fields, type Request } from './fields.tsx';
import { Plan } from './plan.tsx';

interface Props {
  /** The environment whose request it begins with. */
  readonly from: string | undefined;
  readonly session: Session;
}

export function NewEnvironment({ from, session }: Props) {
  const form = useDocument<FormDocument>('/api/form', '', 3600);
  const [text, setText] = useState<string>();
  useEffect(() => {
    if (from)
      once<EnvironmentDocument>(`/api/environments/${encodeURIComponent(from)}`).then((found) =>
        setText(written((found?.request ?? {}) as Request)),
      );
  }, [from]);
  if (!session.starts) return <p class="quiet">This console only shows: runs are started elsewhere.</p>;
  if (!form) return <p class="quiet">Reading the schema…</p>;
  const start = text ?? written(form.examples[0]?.request ?? {});
  return (
    <>
      <h2>{from ? `Change ${from}` : 'New environment'}</h2>
      <Editor form={form} text={start} setText={setText} />
    </>
  );
}

function written(request: Request): string {
  return JSON.stringify(request, null, 2);
}

interface EditorProps {
  readonly form: FormDocument;
  readonly text: string;
  readonly setText: (text: string) => void;
}

function Editor({ form, text, setText }: EditorProps) {
  const request = parsed(text);
  const [planned, setPlanned] = useState<{ readonly text: string; readonly plan: PlanDocument }>();
  const planning = useAction(async () =>
    setPlanned({ text, plan: await act<PlanDocument>('/api/plan', request) }),
  );
  const starting = useAction(async () => {
    const { execution } = await act<ActionAnswer>('/api/provision', request);
    go(runPage(execution as string));
  });
  const plan = planned?.text === text ? planned.plan : undefined;
  const problem = planning.problem ?? starting.problem;
  return (
    <div class="columns">
      <form class="card form" onSubmit={(event) => event.preventDefault()}>
        <fieldset class="controls">
          <legend class="quiet">Examples</legend>
          {form.examples.map(({ name, request: example }) => (
            <button key={name} type="button" onClick={() => setText(written(example))}>
              {name}
            </button>
          ))}
        </fieldset>
        {request ? (
          <Fields schema={form.schema} value={request} onChange={(next) => setText(written(next))} />
        ) : (
          <p role="alert">The text beside is not JSON yet: the form comes back when it is.</p>
        )}
      </form>
      <div>
        <section class="card">
          <label class="form">
            <span>
              <b>The request as JSON</b>{' '}
              <span class="quiet">The same as the form; everything the schema has can stand here.</span>
            </span>
            <textarea
              class="mono"
              rows={Math.min(32, Math.max(12, text.split('\n').length + 1))}
              spellcheck={false}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </label>
          <div class="controls">
            <button type="button" disabled={!request || planning.isBusy} onClick={() => planning.start()}>
              {planning.isBusy ? 'Planning…' : 'Plan'}
            </button>
            <button
              type="button"
              class="primary"
              disabled={!plan || plan.refusal !== undefined || starting.isBusy}
              onClick={() => starting.start()}
            >
              Provision
            </button>
            {!plan && <span class="quiet">What a run would do comes before the run.</span>}
          </div>
          {problem && <Problem error="Refused" cause={problem} />}
          {plan && <Plan plan={plan} />}
        </section>
      </div>
    </div>
  );
}

/** Undefined while the text is no JSON object. */
function parsed(text: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Request)
      : undefined;
  } catch {
    return undefined;
  }
}
