/**
 * Holds a refusal of the embedded AWS to AWS's service model: its name, its code on the wire and its status are
 * those of a modelled error of that operation, or it is one of the few that AWS answers without modelling them.
 */
import type { AwsFault } from '#embedded/model.ts';
import { serviceModel } from './service-model.ts';

/**
 * Codes that are in no model, by service, each from the service's "Common Errors" page or as seen on AWS
 * (aws-facts 0.2). The SDK then uses the code on the wire as the error's name.
 */
const unmodelled: Readonly<Record<string, readonly string[]>> = {
  rds: ['InvalidParameterValue', 'InvalidParameterCombination'],
  docdb: ['InvalidParameterValue', 'InvalidParameterCombination'],
  iam: ['ValidationError'],
  elb: ['ValidationError'],
  elbv2: ['ValidationError'],
  dynamodb: ['ValidationException'],
  events: ['ValidationException'],
  secretsmanager: ['AccessDeniedException'],
  sts: ['AccessDenied', 'ExpiredToken'],
};

/** Is `name` what the SDK calls an error of `service`, of whatever operation? */
export function isKnownError(service: string, name: string): boolean {
  return name in serviceModel(service).errors || (unmodelled[service] ?? []).includes(name);
}

/** What is wrong with `fault` as an answer of `operation`, or undefined. EC2 models no error. */
export function faultProblem(operation: string, fault: AwsFault): string | undefined {
  const [service, action] = operation.split(':') as [string, string];
  if (service === 'ec2') return undefined;
  const model = serviceModel(service);
  const { name, status } = fault;
  const wireCode = fault.wireCode ?? name;
  if (unmodelled[service]?.includes(name)) {
    return wireCode === name
      ? undefined
      : `${operation}: ${name} is not modelled, so its name is its code, not ${wireCode}`;
  }
  const modelled = model.errors[name];
  if (!modelled) return `${operation}: ${name} is no error of ${model.source}`;
  if (!model.operations[action]?.errors.includes(name))
    return `${operation}: ${name} is an error of ${model.source}, but not of this operation`;
  const code = modelled.code ?? name;
  if (wireCode !== code) return `${operation}: ${name} has the code ${code} on the wire, not ${wireCode}`;
  if (modelled.status !== undefined && modelled.status !== status)
    return `${operation}: ${name} has status ${modelled.status}, not ${status}`;
  return undefined;
}
