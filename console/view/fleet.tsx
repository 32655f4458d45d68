/** A fleet: its environments in their waves, who waits in which queue at which place, who failed, and on what. */
import type { QueuePlace } from '../api.ts';
import type { FleetDocument, FleetMember, FleetPlace, FleetRow } from '../api-fleets.ts';
import { type BoxStatus, endsOf, type Runs } from '../model/run.ts';
import { environmentPage, fleetPage, Link, runPage } from './address.tsx';
import { useDocument } from './ask.ts';
import { Problem } from './detail.tsx';
import { Table } from './table.tsx';
import { count, duration, moment, toneOf } from './words.ts';

const words: Readonly<Record<FleetPlace, string>> = {
  done: 'done',
  failed: 'failed',
  'taking-back': 'taking back',
  'under-way': 'under way',
  waiting: 'waiting',
  'not-started': 'not started',
  unknown: 'not known',
};

const tones: Readonly<Record<FleetPlace, BoxStatus>> = {
  done: 'done',
  failed: 'failed',
  'taking-back': 'taken-back',
  'under-way': 'working',
  waiting: 'not-reached',
  'not-started': 'stopped',
  unknown: 'not-reached',
};

export function FleetPage({ name, runs }: { readonly name: string; readonly runs: Runs }) {
  const fleet = useDocument<FleetDocument>(`/api/fleets/${encodeURIComponent(name)}`, endsOf(runs));
  if (fleet === undefined) return <p class="quiet">Reading the registry…</p>;
  if (fleet === null) return <p class="quiet">No fleet called {name} is known here.</p>;
  const { execution, status, cause, error, waves } = fleet;
  return (
    <>
      <h2>
        Fleet {fleet.fleet ?? execution}{' '}
        <span class={`badge ${toneOf(status)}`} data-fleet-status={status}>
          {status.toLowerCase()}
        </span>
      </h2>
      <p class="quiet">{inWords(fleet)}</p>
      {fleet.consoleUrl && (
        <p>
          <a href={fleet.consoleUrl}>in AWS's console</a>
        </p>
      )}
      {cause && <Problem error={error ?? status} cause={cause} />}
      <Counts fleet={fleet} />
      {waves.map((members, index) => (
        <Wave key={index} title={`Wave ${index + 1} of ${waves.length}`} members={members} at={fleet.at} />
      ))}
    </>
  );
}

function inWords({
  execution,
  status,
  action,
  startedAt,
  endedAt,
  at,
  predictedEnd,
  ...rest
}: FleetDocument) {
  const { environments, stopAt } = rest;
  const left = (predictedEnd ?? 0) - at;
  return [
    `${action ? `${action} run` : 'run'} ${execution}, began ${moment(startedAt)}`,
    endedAt === undefined ? `so far ${duration(at - startedAt)}` : `took ${duration(endedAt - startedAt)}`,
    ...(status === 'RUNNING' && predictedEnd
      ? [left > 0 ? `about ${duration(left)} left` : 'longer than usual']
      : []),
    ...(environments === undefined ? [] : [count(environments, 'environment')]),
    ...(stopAt === undefined ? [] : [`no further one is started once ${stopAt} failed`]),
  ].join(', ');
}

function Counts({ fleet: { counts = {} } }: { readonly fleet: FleetRow }) {
  return (
    <p class="legend">
      {(Object.keys(words) as FleetPlace[])
        .filter((place) => counts[place])
        .map((place) => (
          <span key={place} class={`badge ${tones[place]}`}>
            {counts[place]} {words[place]}
          </span>
        ))}
    </p>
  );
}

const columns = ['environment', 'state', 'time', 'what it waits for'];

interface WaveProps {
  readonly title: string;
  readonly members: readonly FleetMember[];
  readonly at: number;
}

function Wave({ title, members, at }: WaveProps) {
  return (
    <section class="card wave">
      <h3>
        {title} <span class="quiet">{count(members.length, 'environment')}</span>
      </h3>
      <Table columns={columns}>
        {members.map((member) => (
          <Member key={member.environment} member={member} at={at} />
        ))}
      </Table>
    </section>
  );
}

function Member({ member, at }: { readonly member: FleetMember; readonly at: number }) {
  const { environment, place, execution, since, endedAt, steps, doing, queue, cause, error } = member;
  return (
    <tr data-member={environment} data-place={place}>
      <th scope="row">
        <Link to={environmentPage(environment)}>{environment}</Link>
      </th>
      <td data-label="state">
        <span class={`badge ${tones[place]}`}>{words[place]}</span>{' '}
        {execution && (
          <Link to={runPage(execution)}>
            {steps ? `${steps.done} of ${count(steps.all, 'step')}` : 'its run'}
          </Link>
        )}
      </td>
      <td data-label="time">{since === undefined ? '–' : duration((endedAt ?? at) - since)}</td>
      <td data-label="what it waits for">
        {queue && <Queue queue={queue} />}
        {cause ?? error ?? doing ?? '–'}
      </td>
    </tr>
  );
}

/** Who waits for a turn at one of AWS's rates wants to know how long the queue is. */
export function Queue({ queue: { operation, place, from } }: { readonly queue: QueuePlace }) {
  return (
    <>
      <span class="badge waiting" data-queue-place={place}>
        place {place} in the queue
      </span>{' '}
      <span class="quiet">
        for {operation}, from {from} UTC
      </span>{' '}
    </>
  );
}

/** Those of which anything is known, newest first; nothing where there never was one. */
export function Fleets({ runs }: { readonly runs: Runs }) {
  const fleets = useDocument<FleetRow[]>('/api/fleets', endsOf(runs));
  if (!fleets || fleets.length === 0) return null;
  return (
    <section class="card fleets">
      <h3>Fleets</h3>
      <ul class="rules plain">
        {fleets.map((fleet) => (
          <li key={fleet.execution} data-fleet={fleet.execution}>
            <span class={`badge ${toneOf(fleet.status)}`}>{fleet.status.toLowerCase()}</span>
            <span>
              <Link to={fleetPage(fleet.execution)}>{fleet.execution}</Link>{' '}
              <span class="quiet">{inShort(fleet)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function inShort({ startedAt, environments, counts = {} }: FleetRow): string {
  const places = (['done', 'failed', 'taking-back', 'under-way'] as const).filter((place) => counts[place]);
  return [
    moment(startedAt),
    ...(environments === undefined ? [] : [count(environments, 'environment')]),
    ...places.map((place) => `${counts[place]} ${words[place]}`),
  ].join(', ');
}
