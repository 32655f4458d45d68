/** What a run leaves: outputs to copy, the attestation rule by rule, and what one does next. */
import type { Outputs } from '../api.ts';
import { nextCommands } from '../model/next.ts';
import { rulesOf } from '../model/rules.ts';
import type { RunView } from '../model/run.ts';
import { Copied } from './copied.tsx';
import { count } from './words.ts';

export function Result({ run }: { readonly run: RunView }) {
  const rules = rulesOf(run);
  const outputs = run.attested?.outputs;
  const commands = nextCommands(run);
  if (rules.length === 0 && commands.length === 0) return <p class="quiet">{nothingYet(run)}</p>;
  return (
    <div class="columns">
      <div>
        {commands.length > 0 && (
          <section class="card next">
            <h3>Next</h3>
            <ul class="commands">
              {commands.map(({ what, command }) => (
                <li key={command}>
                  <span>{what}</span>
                  <Copied text={command} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {outputs && <OutputList outputs={outputs} />}
      </div>
      {rules.length > 0 && <Attestation rules={rules} />}
    </div>
  );
}

function nothingYet({ head }: RunView): string {
  if (head.status === 'RUNNING') return 'The run is not over: what it leaves stands here then.';
  return head.machine === 'deprovision'
    ? 'A removal leaves nothing but what the log names.'
    : 'The run ended before anything could be attested.';
}

function OutputList({ outputs }: { readonly outputs: Outputs }) {
  const lists = Object.entries(outputs).filter(([, value]) => Array.isArray(value));
  return (
    <section class="card">
      <h3>Outputs</h3>
      <Rows rows={flat(outputs)} />
      {lists.map(([name, list]) => (
        <details key={name}>
          <summary>{count((list as unknown[]).length, name.replace(/s$/, ''))}</summary>
          <Rows rows={(list as unknown[]).map((one) => rowOf(name, one))} />
        </details>
      ))}
    </section>
  );
}

type Row = readonly [name: string, value: string];

function Rows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <dl class="outputs">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Copied text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Texts, and members of texts. */
function flat(outputs: Outputs): Row[] {
  return Object.entries(outputs).flatMap(([name, value]): Row[] => {
    if (Array.isArray(value)) return [];
    if (value === null || typeof value !== 'object') return [[name, String(value)]];
    return Object.entries(value as Outputs).map(([member, text]) => [`${name} ${member}`, String(text)]);
  });
}

/** Subnets and endpoints are records with a name of their own. */
function rowOf(name: string, one: unknown): Row {
  const { component, service, id } = one as { component?: string; service?: string; id?: string };
  return id === undefined
    ? [name, String(one)]
    : [component?.replace('subnet/', '') ?? service?.replace(/^com\.amazonaws\./, '') ?? name, id];
}

function Attestation({ rules }: { readonly rules: ReturnType<typeof rulesOf> }) {
  const broken = rules.filter(({ holds }) => !holds).length;
  return (
    <section class="card attestation">
      <h3>
        Attestation{' '}
        <span class={`badge ${broken > 0 ? 'failed' : 'done'}`}>
          {broken > 0 ? `${broken} not held` : `${rules.length} of ${rules.length} rules hold`}
        </span>
      </h3>
      <ul class="rules">
        {rules.map(({ rule, holds, evidence, drift = [] }) => (
          <li key={rule} data-rule={rule} data-holds={holds}>
            <span class={`badge ${holds ? 'done' : 'failed'}`}>{rule}</span>
            <span>
              {evidence}
              {drift.map((what) => (
                <span key={what} class="quiet">
                  {' '}
                  Not this run's: {what}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
