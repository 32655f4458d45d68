/** What a run would do, or does: differences, addresses, time and cost. */
import type { Change, PlanDocument } from '../api.ts';
import { count, duration, partsOf } from './words.ts';

const signs: Readonly<Record<Change['kind'], string>> = {
  add: '+ add',
  change: '~ change',
  replace: '± replace',
  refuse: '✖ refused',
};
const tones: Readonly<Record<Change['kind'], string>> = {
  add: 'done',
  change: 'working',
  replace: 'waiting',
  refuse: 'failed',
};

interface ChangesProps {
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
}

export function Changes({ changes, warnings }: ChangesProps) {
  if (changes.length === 0 && warnings.length === 0) return null;
  return (
    <section class="card changes" aria-label="What changes">
      <ul class="rules plain">
        {changes.map((change) => (
          <li key={change.field}>
            <span class={`badge ${tones[change.kind]}`}>{signs[change.kind]}</span>
            <span>
              <span class="mono">{change.field}</span>: {inWords(change.from)} → {inWords(change.to)}
              <span class="quiet">{aside(change)}</span>
            </span>
          </li>
        ))}
        {warnings.map((warning) => (
          <li key={warning}>
            <span class="badge waiting">warning</span>
            <span>{warning}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return Array.isArray(value) ? value.map(inWords).join(', ') : String(value);
}

function aside({ interrupts, aboutSeconds, why, instead }: Change): string {
  return [
    interrupts && `interrupts ${interrupts}`,
    aboutSeconds && `about ${Math.max(1, Math.round(aboutSeconds / 60))} min`,
    why,
    instead && `What to do: ${instead}`,
  ]
    .filter(Boolean)
    .map((text) => ` · ${text}`)
    .join('');
}

export function Plan({ plan }: { readonly plan: PlanDocument }) {
  const { exists, changes, broken, warnings, refusal, idle, machines, expectedSeconds } = plan;
  const { what, todo } = partsOf(refusal ?? '');
  const isNothing = exists && changes.length === 0 && broken.length === 0;
  return (
    <section aria-label="Plan" data-plan={refusal ? 'refused' : isNothing ? 'nothing' : 'something'}>
      <h3>
        {refusal ? 'Refused: nothing would be made' : isNothing ? 'Nothing differs' : 'What a run would do'}
      </h3>
      {refusal && (
        <div class="problem" role="alert">
          {what}
          {todo && (
            <p>
              <b>What to do:</b> {todo}
            </p>
          )}
        </div>
      )}
      <Changes changes={changes} warnings={warnings} />
      {broken.map(({ rule, evidence }) => (
        <p key={rule}>
          <span class="badge failed">{rule}</span> {evidence}
        </p>
      ))}
      {!refusal && (
        <dl class="facts">
          <dt>Time</dt>
          <dd>about {duration((expectedSeconds ?? 0) * 1000)}</dd>
          {idle && <Cost what="Idle cost" {...idle} aside="before nodes, databases and caches" />}
          {machines && (
            <Cost
              what="Nodes and data"
              before={machines.before.dollars}
              after={machines.after.dollars}
              aside={withoutUnknown(machines.after.unknown)}
            />
          )}
          {!exists && (
            <>
              <dt>Made</dt>
              <dd>{made(plan.resources ?? {})}</dd>
            </>
          )}
        </dl>
      )}
      {plan.plan && !refusal && <Addresses plan={plan.plan} />}
    </section>
  );
}

interface CostProps {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  readonly aside: string;
}

function Cost({ what, before, after, aside }: CostProps) {
  const isOther = before > 0 && before !== after;
  return (
    <>
      <dt>{what}</dt>
      <dd data-cost={what}>
        {isOther ? `${dollars(before)} → ` : ''}
        {dollars(after)} a month, {aside}
      </dd>
    </>
  );
}

const dollars = (amount: number) => `$${amount.toFixed(2)}`;

function withoutUnknown(unknown: readonly string[]): string {
  const without = unknown.length > 0 ? `, without ${unknown.join(', ')}, whose price is not known here` : '';
  return `the fewest nodes, databases and caches${without}`;
}

function made(resources: Readonly<Record<string, number>>): string {
  return Object.entries(resources)
    .filter(([, amount]) => amount > 0)
    .map(([type, amount]) => count(amount, type.replace(/^.*:/, '').replaceAll('-', ' ')))
    .join(', ');
}

function Addresses({ plan: { vpcCidr, subnets } }: { readonly plan: NonNullable<PlanDocument['plan']> }) {
  return (
    <details>
      <summary>
        Addresses: {vpcCidr} in {subnets.length} subnets
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">subnet</th>
            <th scope="col">block</th>
            <th scope="col">zone</th>
          </tr>
        </thead>
        <tbody>
          {subnets.map(({ component, cidr, zone }) => (
            <tr key={component}>
              <td>{component.replace('subnet/', '')}</td>
              <td>{cidr}</td>
              <td>{zone.name}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
