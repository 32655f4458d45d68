/**
 * Errors of the embedded AWS held to AWS's service models. Whatever a test on the embedded AWS provokes is held to
 * the operation's own list (tests/support/embedded.ts); here every name in the sources is, provoked or not.
 */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { services } from '#embedded/services/index.ts';
import { faultProblem, isKnownError } from './check-fault.ts';
import { serviceModel } from './service-model.ts';

/** Which sources speak for a service: DocumentDB is RDS with another engine, the load balancers share a file. */
const sources: Readonly<Record<string, string>> = {
  docdb: 'rds',
  elbv2: 'elb',
  servicequotas: 'service-quotas',
};

/** The functions that make faults, and how each turns its first argument into the error's name. */
const makers = /\b(new AwsFault|rdsFault|cacheFault|efsFault|iamFault)\(\s*'([\w.]+)'/g;

function namesIn(text: string): string[] {
  return [...text.matchAll(makers)].map(([, maker, name]) =>
    maker === 'iamFault' ? `${name}Exception` : name!,
  );
}

function faultNames(service: string): string[] {
  const of = sources[service] ?? service;
  const files = globSync([`embedded/services/${of}.ts`, `embedded/services/${of}/*.ts`]);
  return [...new Set(files.flatMap((file) => namesIn(readFileSync(file, 'utf8'))))].sort();
}

const modelled = services.map(({ service }) => service).filter((service) => service !== 'ec2');
const everyName = modelled.flatMap((service) => faultNames(service).map((name) => [service, name] as const));

describe(`held to the service models of ${serviceModel('rds').source.split(' ').slice(0, 2).join(' ')}`, () => {
  test.each(everyName)('%s knows the error %s', (service, name) => {
    // One source may serve two APIs; the name must be known to one of them.
    const apis = modelled.filter((other) => (sources[other] ?? other) === (sources[service] ?? service));
    expect(apis.some((api) => isKnownError(api, name))).toBe(true);
  });

  test('names are found in the sources of every service that refuses anything', () => {
    expect(modelled.filter((service) => faultNames(service).length === 0)).toEqual([]);
  });

  test('EC2 models no error, so its codes cannot be held to its model', () => {
    expect(serviceModel('ec2').errors).toEqual({});
  });
});

describe('a refusal that AWS would not give', () => {
  const quota = 'DBClusterQuotaExceededFault';
  test.each([
    ['has a name no error has', 'DBClusterNotThereFault', {}, 'is no error of'],
    [
      'is an error of another operation',
      'DBSnapshotNotFoundFault',
      { status: 404 },
      'but not of this operation',
    ],
    ['has another status', quota, { status: 400 }, 'has status 403, not 400'],
    ['has another code on the wire', quota, { status: 403, wireCode: 'QuotaExceeded' }, 'on the wire'],
    [
      'has a class name though it is not modelled',
      'InvalidParameterValue',
      { wireCode: 'InvalidParameterValueFault' },
      'is not modelled',
    ],
  ])('%s', (_what, name, options, complaint) => {
    expect(faultProblem('rds:CreateDBCluster', new AwsFault(name, 'refused', options))).toContain(complaint);
  });

  test('and one it would give is let through', () => {
    expect(
      faultProblem('rds:CreateDBCluster', new AwsFault(quota, 'refused', { status: 403 })),
    ).toBeUndefined();
  });
});
