/** Options every command shares. */
import { InvalidArgumentError } from 'commander';
import { wrapped } from '#local/prose.ts';
import { columnsOf } from '#local/terminal.ts';

export interface CommonOptions {
  readonly json: boolean;
  readonly state: string;
  readonly seed: number;
}

export interface RunOptions extends CommonOptions {
  /** One JSON line an event on stdout, the report last. */
  readonly events?: boolean;
  /** Simulated seconds per real second; Infinity for `max`. */
  readonly speed: number;
  readonly endpoint?: string;
  readonly failAt?: string;
  /** Opens the console in a browser, and serves it until it is told to stop. */
  readonly open?: boolean;
  /** False: no console. */
  readonly console?: boolean;
}

/** Of commands that may work on the deployed service. */
export interface AwsOptions {
  readonly json: boolean;
  /** One JSON line an event on stdout, the report last. */
  readonly events?: boolean;
  readonly aws?: boolean;
  readonly awsDirect?: boolean;
  readonly profile?: string;
  readonly stage: string;
  readonly serviceRegion?: string;
}

/** About fifteen real seconds for a first run. */
export const defaultSpeed = 60;

/** The embedded account's folder. */
export const defaultState = '.local';

export const defaultPort = 8787;

/** Of the console; any that is free where it is taken. */
export const consolePort = 8788;

export function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('a port from 0 (any that is free) to 65535');
  return port;
}

export function parseAccount(value: string): string {
  if (!/^\d{12}$/.test(value)) throw new InvalidArgumentError('twelve digits');
  return value;
}

export function parseSpeed(value: string): number {
  if (value === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(value);
  if (!(speed > 0))
    throw new InvalidArgumentError('a number of simulated seconds per second above 0, or max');
  return speed;
}

export function parseSeed(value: string): number {
  const seed = Number(value);
  if (!Number.isInteger(seed)) throw new InvalidArgumentError('a whole number');
  return seed;
}

/** Everything for people goes to stderr when stdout carries JSON. */
export function printer(json: boolean): (line: string) => void {
  const stream = json ? process.stderr : process.stdout;
  return (line) => stream.write(`${wrapped(line, columnsOf(stream))}\n`);
}

/** The printer of a run. */
export function printerOf({ json, events }: { readonly json: boolean; readonly events?: boolean }) {
  return printer(json || events === true);
}

/** A run's report on stdout, where a program reads it. */
export function writeReport(
  report: object,
  { json, events }: { readonly json: boolean; readonly events?: boolean },
) {
  if (events) process.stdout.write(`${JSON.stringify({ type: 'report', ...report })}\n`);
  else if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}
