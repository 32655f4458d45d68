/** docs/changing.md, made from the table: `npm run schema`. */
import { type Case, type ComparedRow, durationInWords, type FieldPath, noInterruption } from './row.ts';
import { fields, isCompared, table } from './table.ts';

const introduction = `# Changing an environment

Change the request's file, see what would change, run again: \`npm start -- plan FILE\`, then \`npm start -- provision FILE\`. The
request is compared field by field with what AWS says exists, before the run takes its lock. What stands below as *refused* ends the
run there, with every refusal at once and nothing touched; everything else is brought about by the steps, in place, and verified.
READY means that what exists is what the request says. This page is made from the table that the comparison itself uses
(\`lib/change\`, \`npm run schema\`).

- **add**: made beside what is there. **change**: in place. **replace**: made anew beside, then the old one goes. **keep**: what is there stays, and
  the run says so in a warning.
- What a run changed in place stays changed where it fails later; the failure lists it, and provisioning the former request brings it back. Versions and engines have no way back.
- What other people added (tags, access entries, readers, endpoints) is no difference and is left alone.
- Each kind of a change is asked for where it stands; where a field has several, the first that fits counts.
`;

export function changingDocument(): string {
  const compared = fields.filter((field) => isCompared(table[field]));
  const others = fields.filter((field) => !isCompared(table[field]));
  return [
    introduction,
    '## What AWS has\n',
    '| field | change | what happens | interrupts | about | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...compared.flatMap((field) => linesOf(field, table[field] as ComparedRow)),
    '\n## What nothing stands for, or cannot move\n',
    '| field | |',
    '| --- | --- |',
    ...others.map((field) => `| \`${field}\` | ${(table[field] as { aside: string }).aside} |`),
    '',
  ].join('\n');
}

function linesOf(field: FieldPath, { cases, source }: ComparedRow): string[] {
  return cases.map((one) => {
    const [what, interrupts, about] = cells(one);
    return `| \`${field}\` | ${one.of ?? 'any'} | ${what} | ${interrupts} | ${about} | [AWS](${source}) |`;
  });
}

function cells(one: Case): [what: string, interrupts: string, about: string] {
  if (one.kind === 'refuse') return [`*refused*: ${one.why}. Instead: ${one.instead}`, '', ''];
  if (one.kind === 'keep') return [`*keep*: ${one.why}`, noInterruption, ''];
  return [`*${one.kind}*`, one.interrupts, durationInWords(one.aboutSeconds)];
}
