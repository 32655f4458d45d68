/** One request as it arrives and its answer as it leaves, the same for every protocol. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AwsFault } from '#embedded/model.ts';
import type { WireService } from './services.ts';

export interface WireRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ReadCall {
  /** `CreateVpc` */
  readonly action: string;
  readonly input: Record<string, unknown>;
}

/** How a service's calls are read and its answers written. */
export interface Protocol {
  read(service: WireService, request: WireRequest): ReadCall;
  answer(service: WireService, action: string, output: object, requestId: string): WireAnswer;
  refusal(service: WireService, fault: AwsFault, requestId: string): WireAnswer;
}

/** Something on the wire that AWS would not understand, or that no SDK sends: a fault of this front or its caller. */
export class WireError extends Error {}
