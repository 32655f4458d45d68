/** What the front door offers: the one table its handler, its documentation and its tests are held against. */
import type { z } from 'zod';
import { fleetSchema } from '#lib/fleet/request.ts';
import { requestSchema } from '#lib/request/request.ts';
import type { ProblemStatus } from './problem.ts';
import { accepted, environment, environments, fleet, fleetAccepted, removalBody } from './schema.ts';

export interface Route {
  readonly operationId: string;
  readonly summary: string;
  readonly body?: { readonly schema: z.ZodType; readonly name: string; readonly required: boolean };
  readonly query?: Readonly<Record<string, string>>;
  readonly success: {
    readonly status: 200 | 202;
    readonly schema: z.ZodType;
    readonly name: string;
    readonly description: string;
  };
  /** Beside those every route has. */
  readonly problems: Readonly<Partial<Record<ProblemStatus, string>>>;
}

/** By HTTP API route key. */
export const routeTable = {
  'POST /environments': {
    operationId: 'provisionEnvironment',
    summary: 'Provision an environment, or bring an existing one to what the request says',
    body: { schema: requestSchema, name: 'EnvironmentRequest', required: true },
    success: {
      status: 202,
      schema: accepted,
      name: 'Accepted',
      description: 'A run was started, or had been by an earlier delivery of the same webhook-id.',
    },
    problems: {
      400: 'Not JSON, or not as the schema says: every problem is listed.',
      409: 'Another run holds the environment, or the webhook-id stands for another message. Nothing was started.',
      415: 'The body is not application/json.',
      422: 'The request is sound, but the environment is in another region already.',
    },
  },
  'GET /environments': {
    operationId: 'listEnvironments',
    summary: 'Every environment the registry knows',
    success: {
      status: 200,
      schema: environments,
      name: 'Environments',
      description: 'In the order of their names.',
    },
    problems: {},
  },
  'GET /environments/{name}': {
    operationId: 'showEnvironment',
    summary: 'How an environment is: steps, estimate, outputs, last failure',
    query: { execution: 'Name of a run of this environment: how it goes is answered too, as `run`.' },
    success: {
      status: 200,
      schema: environment,
      name: 'Environment',
      description: 'What the registry knows.',
    },
    problems: { 404: 'No environment of this name is known, or no such run of it.' },
  },
  'DELETE /environments/{name}': {
    operationId: 'deprovisionEnvironment',
    summary: 'Take an environment down; the name has to be repeated, in the body or in x-confirm',
    body: { schema: removalBody, name: 'Removal', required: false },
    success: {
      status: 202,
      schema: accepted,
      name: 'Accepted',
      description: 'A run was started, or had been by an earlier delivery of the same webhook-id.',
    },
    problems: {
      400: 'Not JSON, not as the schema says, or without a confirmation.',
      404: 'No environment of this name is known.',
      409: 'Another run holds the environment, or the webhook-id stands for another message. Nothing was started.',
      415: 'The body is not application/json.',
      422: 'The confirmation is not the name of the environment.',
    },
  },
  'POST /fleets': {
    operationId: 'startFleet',
    summary: 'Provision, or take down, many environments in waves',
    body: { schema: fleetSchema, name: 'FleetRequest', required: true },
    success: {
      status: 202,
      schema: fleetAccepted,
      name: 'FleetAccepted',
      description: 'A fleet was started, or had been by an earlier delivery of the same webhook-id.',
    },
    problems: {
      400: 'Not JSON, or not as the schema says, or an environment of it is not: every problem is listed.',
      409: 'The webhook-id stands for another message.',
      415: 'The body is not application/json.',
    },
  },
  'GET /fleets/{name}': {
    operationId: 'showFleet',
    summary: 'How a fleet goes, by the name of its execution',
    success: {
      status: 200,
      schema: fleet,
      name: 'Fleet',
      description: 'Its run, and the end of each environment that has ended.',
    },
    problems: { 404: 'No fleet had an execution of this name.' },
  },
} as const satisfies Record<string, Route>;

export type RouteKey = keyof typeof routeTable;

/** Answered by every route, and by API Gateway itself in front of it, which has a form of its own for them. */
export const gatewayStatuses: readonly string[] = ['413', '429', '500', '503'];

/** What every route may answer. */
export const commonProblems: Readonly<Partial<Record<ProblemStatus, string>>> = {
  401: 'The signature is missing, stale or wrong; which of these is not said.',
  413: 'The body has more than 65,536 bytes.',
  429: 'Too many requests, for this API or for AWS behind it. Send the same message again after Retry-After.',
  500: 'The service is at fault; its log says why.',
  503: 'AWS cannot answer just now. Send the same message again after Retry-After.',
};

/** What can be done at a path; nothing where there is no such path. `path` as it came: unescaped, it names the same. */
export function methodsAt(path: string): string[] {
  return Object.keys(routeTable)
    .map((key) => key.split(' ') as [string, string])
    .filter(([, template]) => matches(template, path))
    .map(([method]) => method);
}

function matches(template: string, path: string): boolean {
  const given = path.split('/');
  const wanted = template.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]))
  );
}
