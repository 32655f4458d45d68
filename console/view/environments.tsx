/** Every environment: its state, where it is, and what it costs. */
import type { EnvironmentRow, Session } from '../api.ts';
import { endsOf, type Runs } from '../model/run.ts';
import { environmentPage, Link, runPage } from './address.tsx';
import { useDocument } from './ask.ts';
import { Fleets, Queue } from './fleet.tsx';
import { Table } from './table.tsx';
import { count, duration, moment, toneOf } from './words.ts';

interface Props {
  readonly runs: Runs;
  readonly session: Session;
}

export function Environments({ runs, session }: Props) {
  const rows = useDocument<EnvironmentRow[]>('/api/environments', endsOf(runs));
  return (
    <>
      <div class="controls">
        <h2>Environments</h2>
        {session.starts && (
          <Link class="button primary" to="/new">
            New environment
          </Link>
        )}
      </div>
      {!rows ? (
        <p class="quiet">Reading the registry…</p>
      ) : rows.length === 0 ? (
        <p class="quiet">There is none yet.</p>
      ) : (
        <List rows={rows} />
      )}
      <Fleets runs={runs} />
    </>
  );
}

const columns = ['environment', 'state', 'region', 'block', 'since', 'last run', 'drift', 'idle cost a day'];

function List({ rows }: { readonly rows: readonly EnvironmentRow[] }) {
  return (
    <div class="card">
      <Table columns={columns}>
        {rows.map((row) => (
          <Row key={row.name} row={row} />
        ))}
      </Table>
    </div>
  );
}

function Row({ row }: { readonly row: EnvironmentRow }) {
  const { name, status, region, account, vpcCidr, since, lastRun, execution, drift, idleCostADay } = row;
  const { steps, queue } = row;
  return (
    <tr data-environment={name} data-status={status}>
      <th scope="row">
        <Link to={environmentPage(name)}>{name}</Link>
      </th>
      <td data-label="state">
        <span class={`badge ${toneOf(status)}`}>{status.toLowerCase().replace('_', ' ')}</span>{' '}
        {execution && steps && (
          <Link to={runPage(execution)}>
            {steps.done} of {count(steps.all, 'step')}
          </Link>
        )}{' '}
        {queue && <Queue queue={queue} />}
      </td>
      <td data-label="region">
        {region} <span class="quiet">{account}</span>
      </td>
      <td data-label="block">{status === 'GONE' ? '–' : (vpcCidr ?? '–')}</td>
      <td data-label="since">{since ? moment(since) : '–'}</td>
      <td data-label="last run">{lastRun ? <LastRun {...lastRun} /> : '–'}</td>
      <td data-label="drift">
        {drift === undefined ? '–' : drift === 0 ? 'none' : count(drift, 'difference')}
      </td>
      <td data-label="idle cost a day">{idleCostADay === undefined ? '–' : `$${idleCostADay.toFixed(2)}`}</td>
    </tr>
  );
}

function LastRun({ execution, machine, status, startedAt, endedAt }: NonNullable<EnvironmentRow['lastRun']>) {
  return (
    <Link to={runPage(execution)}>
      {machine}, {status.toLowerCase()}
      {endedAt === undefined ? '' : ` in ${duration(endedAt - startedAt)}`}
    </Link>
  );
}
