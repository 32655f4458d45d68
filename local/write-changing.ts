/** Writes the page about changes, which is made from their table: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { changingDocument } from '#lib/change/document.ts';

await writeFile(new URL('../docs/changing.md', import.meta.url), changingDocument());
