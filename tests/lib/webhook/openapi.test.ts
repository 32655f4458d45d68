import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { openapiDocument } from '#lib/webhook/openapi.ts';
import { routeTable } from '#lib/webhook/routes.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: object }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const document = openapiDocument() as Document;

it('is the checked-in document', () => {
  const written = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  expect(written, 'docs/openapi.json is not current: npm run schema').toBe(
    `${JSON.stringify(document, null, 2)}\n`,
  );
});

it('has every route of the handler and no other', () => {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toEqual(Object.keys(routeTable).sort());
});

it('refers only to what it has', () => {
  const text = JSON.stringify(document);
  for (const [, kind, name] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
    expect(document.components[kind as string], `${kind}/${name}`).toHaveProperty(name as string);
  expect(text).not.toContain('$defs');
});

it('is an OpenAPI document, as its specification says', async () => {
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

it('describes every answer, errors as problem documents, and what API Gateway says by itself', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  for (const { responses } of operations) {
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description).toBeTruthy();
      expect(Object.keys(content), status).toEqual([
        ...(Number(status) >= 400 ? ['application/problem+json'] : []),
        ...(Number(status) < 400 || /413|429|500|503|default/.test(status) ? ['application/json'] : []),
      ]);
    }
  }
});

it('knows the fields of the published request', () => {
  const published = JSON.parse(
    readFileSync(new URL('../../../lib/request/request.schema.json', import.meta.url), 'utf8'),
  );
  expect(document.components.schemas?.EnvironmentRequest).toHaveProperty('properties', published.properties);
});
