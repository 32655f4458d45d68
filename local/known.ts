/** Which environments there are, for whoever names one that is not. */
import { wordsOf } from '#lib/run/failure-words.ts';
import { listEnvironments, type RegistryItem, readEnvironment } from '#lib/run/registry.ts';

const mostNames = 20;

/** Throws where the registry does not know it. A region finds also what the registry has lost. */
export async function assertKnown(name: string, region: string | undefined): Promise<void> {
  if (region === undefined && !(await readEnvironment(name))) throw new Error(await unknownInWords(name));
}

/** `No environment prdo is known. What to do: name one of dev, prod.` */
export async function unknownInWords(name: string): Promise<string> {
  return wordsOf({ what: `No environment ${name} is known`, todo: todoOf(await listEnvironments()) });
}

function todoOf(items: readonly RegistryItem[]): string {
  const names = items
    .filter(({ status }) => status !== 'GONE')
    .map(({ environment }) => environment)
    .sort();
  if (names.length === 0) return 'make one, as none exists: npm start -- provision FILE';
  const shown = names.slice(0, mostNames).join(', ');
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return names.length === 1 ? `name ${shown}, which is all there is` : `name one of ${shown}${more}`;
}
