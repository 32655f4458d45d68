/** The documents of fleets: many environments in one execution, in waves. */
import type { QueuePlace, RunStatus } from './api.ts';

/** `unknown`: the fleet is over, and nobody wrote down how this one ended. */
export type FleetPlace =
  | 'waiting'
  | 'under-way'
  | 'taking-back'
  | 'done'
  | 'failed'
  | 'not-started'
  | 'unknown';

export interface FleetMember {
  readonly environment: string;
  readonly place: FleetPlace;
  /** Its own run, once it has begun. */
  readonly execution?: string;
  readonly since?: number;
  readonly endedAt?: number;
  readonly steps?: { readonly done: number; readonly all: number };
  /** What its run waits for, in the words of its step. */
  readonly doing?: string;
  readonly queue?: QueuePlace;
  readonly error?: string;
  /** Shortened: its own page has all of it. */
  readonly cause?: string;
}

export interface FleetRow {
  /** Names the fleet's page. */
  readonly execution: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Its page in AWS's own console. */
  readonly consoleUrl?: string;
  /** Absent, as all that follows, while its list is looked at, and of one that was refused. */
  readonly fleet?: string;
  readonly action?: 'provision' | 'deprovision';
  readonly environments?: number;
  readonly counts?: Readonly<Partial<Record<FleetPlace, number>>>;
  readonly predictedEnd?: number;
}

export interface FleetDocument extends FleetRow {
  /** When it was looked at, on the account's clock. */
  readonly at: number;
  readonly error?: string;
  readonly cause?: string;
  /** When so many have failed, no further one is started. */
  readonly stopAt?: number;
  readonly waves: readonly (readonly FleetMember[])[];
}
