/** The table knows every operation the functions call, and says how services refuse. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { refusal, sentence } from '#embedded/authorization/refusal.ts';
import { hiddenCalls, rowOf } from '#embedded/authorization/table.ts';
import { services } from '#embedded/services/index.ts';

/** `CreateVpc` for every command that lib/ and functions/ name. */
function commands(): Set<string> {
  const files = ['lib', 'functions'].flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .map((path) => join(folder, String(path)))
      .filter((path) => path.endsWith('.ts')),
  );
  return new Set(
    files.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\b(\w+)Command\b/g)].map(([, name]) => name as string),
    ),
  );
}

it('has a row for every operation that a function calls', () => {
  const called = commands();
  const missing = services.flatMap(({ service, operations }) =>
    Object.keys(operations)
      .filter((name) => called.has(name) && !rowOf(`${service}:${name}`))
      .map((name) => `${service}:${name}`),
  );
  expect(missing).toEqual([]);
});

it('has when and source for every hidden call, of operations that exist', () => {
  for (const { of, when, source } of hiddenCalls) {
    expect(when.length).toBeGreaterThan(5);
    expect(source.length).toBeGreaterThan(10);
    for (const operation of of) expect(rowOf(operation), operation).toBeDefined();
  }
});

it('speaks as the service that refuses', () => {
  const request = { action: 'eks:DeleteCluster', resource: 'arn:aws:eks:r:1:cluster/a', context: {} };
  const told = sentence('arn:aws:sts::1:assumed-role/R/s', request, 'not allowed');
  expect(told).toBe(
    'User: arn:aws:sts::1:assumed-role/R/s is not authorized to perform: eks:DeleteCluster on resource: arn:aws:eks:r:1:cluster/a because no identity-based policy allows the eks:DeleteCluster action',
  );
  expect(sentence('u', request, 'denied explicitly')).toContain(
    'with an explicit deny in an identity-based policy',
  );
  expect(refusal('ec2', told)).toMatchObject({ name: 'UnauthorizedOperation', status: 403 });
  expect(refusal('rds', told)).toMatchObject({ name: 'AccessDenied', status: 403 });
  expect(refusal('eks', told)).toMatchObject({ name: 'AccessDeniedException', status: 403 });
  expect(refusal('dynamodb', told)).toMatchObject({ name: 'AccessDeniedException', status: 400 });
});
