/** What an answer of AWS may mean, and the shape of a row that says so. */

/**
 * - `pending`: not visible yet, or busy: look again, for `withinSeconds` where the row has a bound.
 * - `exists` / `gone`: the wished state is already there: observe.
 * - `throttled`, `transient`: the same call later.
 * - `blocked`: something that stays stands in the way; only a person ends it.
 * - `capacity`: AWS has no hardware just now.
 * - `quota`, `configuration`, `access`: no repetition helps.
 * - `unknown`: an error this table does not know; treated as terminal.
 */
export type ErrorClass =
  | 'pending'
  | 'exists'
  | 'gone'
  | 'throttled'
  | 'transient'
  | 'blocked'
  | 'capacity'
  | 'quota'
  | 'configuration'
  | 'access'
  | 'unknown';

/** What a call is for, by its verb. */
export type Intent = 'observe' | 'create' | 'delete';

/** A row fits where all of its conditions do. */
export interface ErrorRow {
  readonly means: Exclude<ErrorClass, 'unknown'>;
  /** Canonical codes; `*` stands for anything. */
  readonly codes?: readonly string[];
  readonly text?: RegExp;
  /** Operations (`ec2:CreateNatGateway`, `eks:*`). */
  readonly on?: readonly string[];
  readonly intent?: Intent;
  /** Of the HTTP answer; undefined where there was none. */
  readonly status?: (status: number | undefined) => boolean;
  /** For `pending`: after this long of the same refusal it is meant. Without: as long as the step may take. */
  readonly withinSeconds?: number;
  /** Better than that of its class. */
  readonly advice?: string;
  /** What stands behind this answer. */
  readonly when: string;
  readonly source: string;
}
