/** What the form for a request is made of: the published schema, and the examples as they stand in the repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FormDocument } from '#console/api.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => JSON.parse(readFileSync(`${root}${path}`, 'utf8'));

export function formDocument(): FormDocument {
  const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith('.json'));
  return {
    schema: read('lib/request/request.schema.json'),
    examples: examples
      .map((file) => ({ name: file.replace('.json', ''), request: read(`examples/${file}`) }))
      // Other documents may stand there, too: a request names one environment.
      .filter(({ request }) => typeof request.environment === 'string'),
  };
}
