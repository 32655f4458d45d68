/** Writes the front door's OpenAPI document, a build product that is checked in: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { openapiDocument } from '#lib/webhook/openapi.ts';

const target = new URL('../docs/openapi.json', import.meta.url);
await writeFile(target, `${JSON.stringify(openapiDocument(), null, 2)}\n`);
