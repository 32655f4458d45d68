/** The executions of an account, as runs of environments. */
import type { RunSummary } from '#console/api.ts';
import type { FleetDocument, FleetRow } from '#console/api-fleets.ts';
import type { RecordedExecution } from '#embedded/services/states.ts';
import type { MachineName } from '../runner.ts';

export interface EnvironmentRun extends RunSummary {
  readonly environment: string;
}

/** The fleet's own execution. */
export interface FleetRun
  extends Pick<FleetRow, 'execution' | 'status' | 'startedAt' | 'endedAt' | 'consoleUrl'>,
    Pick<FleetDocument, 'error' | 'cause'> {}

export function runOf({
  name,
  machine,
  status,
  startedAt,
  stoppedAt,
  input,
}: RecordedExecution): EnvironmentRun {
  const { environment = 'unnamed', createdBy } = JSON.parse(input) as {
    environment?: string;
    createdBy?: string;
  };
  return {
    execution: name,
    machine: machine as MachineName,
    status,
    startedAt,
    ...(stoppedAt === undefined ? {} : { endedAt: stoppedAt }),
    isRollback: createdBy !== undefined,
    environment,
  };
}

export function fleetRunOf({
  name,
  status,
  startedAt,
  stoppedAt,
  error,
  cause,
}: RecordedExecution): FleetRun {
  return {
    execution: name,
    status,
    startedAt,
    ...(stoppedAt === undefined ? {} : { endedAt: stoppedAt }),
    ...(error ? { error } : {}),
    ...(cause ? { cause } : {}),
  };
}
