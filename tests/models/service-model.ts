/**
 * AWS's own description of the operations this project uses: shapes with their constraints, and modelled errors.
 * The files beside this one are cut out of botocore's service models by `npm run models` (Apache-2.0, see NOTICE).
 */
import { readFileSync } from 'node:fs';

/** A shape of the model. What AWS leaves out is not constrained. */
export interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  /** Exactly one member is given. */
  readonly union?: boolean;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** Of a string: characters; of a list or map: members; of a number: its value. */
  readonly min?: number;
  readonly max?: number;
}

export interface ModelledError {
  /** The code on the wire, where it is not the error's name. */
  readonly code?: string;
  readonly status?: number;
}

export interface ServiceModel {
  /** Such as `botocore 1.43.11 rds 2014-10-31`. */
  readonly source: string;
  readonly operations: Readonly<
    Record<string, { readonly input?: string; readonly errors: readonly string[] }>
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Every modelled error of the service by name, which is also the name of the SDK's class. */
  readonly errors: Readonly<Record<string, ModelledError>>;
}

/** Our word for a service (`lib/aws/clients.ts`) and botocore's. */
export const serviceFolders: Readonly<Record<string, string>> = {
  ec2: 'ec2',
  eks: 'eks',
  rds: 'rds',
  docdb: 'docdb',
  elasticache: 'elasticache',
  efs: 'efs',
  iam: 'iam',
  sts: 'sts',
  logs: 'logs',
  servicequotas: 'service-quotas',
  dynamodb: 'dynamodb',
  states: 'stepfunctions',
  elbv2: 'elbv2',
  elb: 'elb',
  secretsmanager: 'secretsmanager',
  events: 'events',
};

const loaded = new Map<string, ServiceModel>();

/** Throws where the service is not one this project uses. */
export function serviceModel(service: string): ServiceModel {
  const known = loaded.get(service);
  if (known) return known;
  const model = JSON.parse(readFileSync(new URL(`${service}.json`, import.meta.url), 'utf8')) as ServiceModel;
  loaded.set(service, model);
  return model;
}
