/** docs/openapi.json as a judge of answers: what a route may say, in which form, by a validator nobody here wrote. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Media {
  readonly schema: { readonly $ref: string };
}
interface Response {
  readonly content: Readonly<Record<string, Media>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const document: Document = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
addFormats.default(ajv);
// OpenAPI's words around the schemas are none of JSON Schema's.
ajv.addSchema({ $id: 'openapi', ...document }, 'openapi', undefined, false);
for (const word of ['openapi', 'info', 'servers', 'security', 'paths', 'components']) ajv.addKeyword(word);

const problemOnly: Response = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** What is wrong with an answer to `method path`; undefined where it is as documented. */
export function objectionTo(method: string, path: string, { status, headers, text }: Answer) {
  const response = documentedFor(method, path, status);
  if (!response) return `${status} is not documented`;
  const type = String(headers['content-type']);
  const media = response.content[type];
  if (!media) return `${status} as ${type} is not documented`;
  for (const name of Object.keys(response.headers ?? {}))
    if (headers[name.toLowerCase()] === undefined) return `${status} lacks ${name}`;
  // The answer to a HEAD is that of another method without its body.
  if (method === 'HEAD') return text === '' ? undefined : 'HEAD was answered with a body';
  const validate = ajv.getSchema(`openapi${media.schema.$ref}`);
  if (!validate) return `${media.schema.$ref} is not there`;
  if (validate(JSON.parse(text))) return undefined;
  return `${status} ${ajv.errorsText(validate.errors)}`;
}

function documentedFor(method: string, path: string, status: number): Response | undefined {
  const operations = Object.entries(document.paths).find(([template]) => fits(template, path))?.[1];
  if (!operations) return status === 404 ? problemOnly : undefined;
  const operation = operations[method.toLowerCase()];
  if (!operation) return status === 405 ? problemOnly : undefined;
  return operation.responses[status];
}

function fits(template: string, path: string): boolean {
  return new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
