/** Writes the request's JSON Schema, the build product that editors and other senders read: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { publishedSchema } from '#lib/request/schema.ts';

const target = new URL('../lib/request/request.schema.json', import.meta.url);
await writeFile(target, `${JSON.stringify(publishedSchema(), null, 2)}\n`);
