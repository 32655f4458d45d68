/** Options every command shares. */
import { InvalidArgumentError } from 'commander';

export interface CommonOptions {
  readonly json: boolean;
  readonly state: string;
  readonly seed: number;
}

export interface RunOptions extends CommonOptions {
  /** Simulated seconds per real second; Infinity for `max`. */
  readonly speed: number;
  readonly endpoint?: string;
  readonly failAt?: string;
}

/** About fifteen real seconds for a first run. */
export const defaultSpeed = 60;

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
  return (line) => (json ? process.stderr : process.stdout).write(`${line}\n`);
}
