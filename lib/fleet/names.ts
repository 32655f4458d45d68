/** What a fleet is called, and what the executions of its environments are. */
import { createHash } from 'node:crypto';

export const fleetNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const maxFleetNameLength = 40;

export function isFleetName(text: string): boolean {
  return text.length <= maxFleetNameLength && fleetNamePattern.test(text);
}

/** What the execution of one environment of a fleet is called: the same however often it is asked for. */
export function memberExecution(environment: string, fleetExecution: string): string {
  return `${environment}-${createHash('sha256').update(fleetExecution).digest('hex').slice(0, 16)}`;
}
