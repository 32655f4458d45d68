/** The environment as a network: each thing grey until asked for, moving while AWS is at it, solid once AWS says so. */
import { type Flow, type NetworkView, networkOf } from '../model/network.ts';
import type { RunView } from '../model/run.ts';
import type { Thing, ThingStatus } from '../model/things.ts';
import { Scroll } from './scroll.tsx';

const words: Readonly<Record<ThingStatus, string>> = {
  absent: 'not there',
  coming: 'coming up',
  there: 'there',
  leaving: 'being removed',
  broken: 'a rule does not hold',
};

/** The tones of the graph's boxes. */
const tones: Readonly<Record<ThingStatus, string>> = {
  absent: 'not-reached',
  coming: 'waiting',
  there: 'done',
  leaving: 'taken-back',
  broken: 'failed',
};

interface Props {
  readonly run: RunView;
  readonly rollback: RunView | undefined;
}

export function Network({ run, rollback }: Props) {
  const network = networkOf(run, rollback);
  if (!network) return <p class="quiet">No plan is accepted yet: there is nothing to draw.</p>;
  return (
    <div class="network">
      <p class="legend">
        {(Object.keys(words) as ThingStatus[]).map((status) => (
          <span key={status} class={`badge ${tones[status]}`}>
            {words[status]}
          </span>
        ))}
      </p>
      <section class={`vpc ${tones[network.vpc.status]}`} aria-label={spoken(network.vpc)} data-thing="vpc">
        <h3>
          {network.vpc.title} <span class="mono quiet">{network.vpc.resource}</span>
        </h3>
        <div class="columns">
          <Things title="Ways in and out" things={network.gateways} />
          <Things title="Route tables" things={network.routes} />
        </div>
        <Zones network={network} />
        <Endpoints network={network} />
        <div class="columns">
          <Things title="Services" things={network.services} />
          <Things title="Security groups" things={network.groups} />
        </div>
      </section>
      <Flows flows={network.flows} />
    </div>
  );
}

function Zones({ network: { zones, rows } }: { readonly network: NetworkView }) {
  return (
    <div class="zones">
      {zones.map(({ name, zoneId }, index) => (
        <section key={zoneId} aria-label={`Availability Zone ${name}`}>
          <h4>
            {name} <span class="quiet">{zoneId}</span>
          </h4>
          <ul class="things">
            {rows.map(({ group, title, subnets }) => {
              const subnet = subnets[index];
              return subnet && <ThingCard key={group} thing={{ ...subnet, title: `${title} subnet` }} />;
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Endpoints({ network: { endpointSubnet, endpoints } }: { readonly network: NetworkView }) {
  const there = endpoints.filter(({ status }) => status === 'there').length;
  return (
    <section class="endpoints">
      <h4>
        Endpoints <span class="quiet">{`${there} of ${endpoints.length}, in ${endpointSubnet.zone}`}</span>
      </h4>
      <ul class="things">
        <ThingCard thing={{ ...endpointSubnet, title: 'Endpoints subnet' }} />
      </ul>
      <ul class="things wide">
        {endpoints.map((endpoint) => (
          <ThingCard key={endpoint.id} thing={endpoint} />
        ))}
      </ul>
    </section>
  );
}

function Things({ title, things }: { readonly title: string; readonly things: readonly Thing[] }) {
  return (
    <section>
      <h4>{title}</h4>
      <ul class="things wide">
        {things.map((thing) => (
          <ThingCard key={thing.id} thing={thing} />
        ))}
      </ul>
    </section>
  );
}

function ThingCard({ thing }: { readonly thing: Thing }) {
  return (
    <li class={`thing ${tones[thing.status]}`} data-thing={thing.id} data-status={thing.status}>
      <b>{thing.title}</b>
      <span class="visually-hidden">: {words[thing.status]}</span>
      {thing.note && <span class="note">{thing.note}</span>}
      {thing.resource && <span class="mono note">{thing.resource}</span>}
      {thing.why && <span class="why">{thing.why}</span>}
    </li>
  );
}

function spoken({ title, status }: Thing): string {
  return `${title}: ${words[status]}`;
}

function Flows({ flows }: { readonly flows: readonly Flow[] }) {
  return (
    <section class="card flows">
      <h3>Who reaches whom</h3>
      <Scroll label="Who reaches whom">
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              <th scope="col">to</th>
              <th scope="col">port</th>
              <th scope="col">now</th>
            </tr>
          </thead>
          <tbody>
            {flows.map((flow) => (
              <tr key={flow.id} data-thing={flow.id} data-status={flow.status}>
                <td>{flow.from}</td>
                <td>{flow.to}</td>
                <td>{flow.port}</td>
                <td>
                  <span class={`badge ${tones[flow.status]}`}>
                    {flow.status === 'there' ? 'open' : words[flow.status]}
                  </span>{' '}
                  {flow.why}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
