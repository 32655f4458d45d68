/** Writes the pages that are made from the code: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { changingDocument } from '#lib/change/document.ts';
import { costDocument } from './cost-page.ts';
import { troubleshootingDocument } from './troubleshooting.ts';

const pages = {
  changing: changingDocument(),
  cost: costDocument(),
  troubleshooting: troubleshootingDocument(),
};
for (const [name, text] of Object.entries(pages))
  await writeFile(new URL(`../docs/${name}.md`, import.meta.url), text);
