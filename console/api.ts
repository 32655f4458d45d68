/**
 * What crosses between the console's server and the page: documents and events, plain JSON. Times are milliseconds
 * since the epoch on the clock of the account (virtual on the embedded one).
 */

export type MachineName = 'provision' | 'deprovision';
export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** A run's own facts. `parent`: the run whose rollback this one is. */
export interface RunHead {
  readonly execution: string;
  readonly machine: MachineName;
  readonly environment: string;
  readonly startedAt: number;
  readonly status: RunStatus;
  readonly endedAt?: number;
  readonly parent?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** What a step answered at one look. */
export interface Look {
  readonly step: string;
  readonly status: 'ready' | 'gone' | 'pending' | 'taken-back';
  readonly detail: string;
  readonly since: string;
  readonly retryAfterSeconds: number;
  readonly resources: Readonly<Record<string, unknown>>;
}

interface At {
  /** Rises by one with every event of the stream: where to go on after a lost connection. */
  readonly sequence: number;
  readonly execution: string;
  readonly at: number;
}

export type RunEvent =
  | (At & { readonly type: 'run-started'; readonly run: RunHead })
  | (At & { readonly type: 'entered'; readonly state: string; readonly stateType: string })
  | (At & { readonly type: 'exited' | 'retried' | 'caught' | 'stopped'; readonly state: string })
  | (At & { readonly type: 'answered'; readonly state: string; readonly look: Look })
  | (At & { readonly type: 'failed'; readonly state: string; readonly error: string; readonly cause: string })
  | (At & {
      readonly type: 'called';
      readonly state: string;
      readonly operation: string;
      readonly mutates: boolean;
      /** The refusal's code, where AWS refused it. */
      readonly refusal?: string;
    })
  | (At & {
      readonly type: 'run-ended';
      readonly status: Exclude<RunStatus, 'RUNNING'>;
      readonly error?: string;
      readonly cause?: string;
    });

/** Where the page is served, and by whom. */
export interface Session {
  /** For a person: "embedded AWS in .local". */
  readonly where: string;
  /** Simulated seconds a second; null for as fast as it goes. */
  readonly speed: number | null;
}
