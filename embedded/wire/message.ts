/** One request as it arrives and its answer as it leaves, the same for every protocol. */
import type { IncomingHttpHeaders } from 'node:http';
import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types';
import type { AwsFault } from '#embedded/model.ts';

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

/** Where a service is, and how its calls are written. */
export interface Endpoint {
  /** The SDK's package: its schemas are AWS's service model. */
  readonly package: string;
  /** The first part of the host name. */
  readonly host: string;
  /** The service of the signature's scope, where it is not the host's. */
  readonly signsAs?: string;
  /** One endpoint a partition instead of one a region. */
  readonly global?: boolean;
  readonly protocol: Protocol;
  /** Of the query protocols: the API version, which every call names. */
  readonly version?: string;
  /** Of the JSON protocol: what stands before the operation in `x-amz-target`. */
  readonly target?: string;
}

/** A service on the wire, with the SDK's schemas of its shapes. */
export interface WireService extends Endpoint {
  /** `ec2` */
  readonly name: string;
  /** Throws {@link WireError} where the service has no such operation. */
  operation(action: string): StaticOperationSchema;
  operations(): StaticOperationSchema[];
  /** The modelled error the SDK calls so, if it is one. */
  error(name: string): StaticErrorSchema | undefined;
}

/** Something on the wire that AWS would not understand, or that no SDK sends: a fault of this front or its caller. */
export class WireError extends Error {}
