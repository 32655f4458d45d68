/** What a run that failed leaves changed (U19): a rollback takes back what the run made, and no more. */
import { aftermath, wordsOf } from './failure-words.ts';
import type { InPlace, RegistryItem } from './registry.ts';

/**
 * How far each step had come is known to the registry, so what is named is what was done, and what may have been.
 * Undefined where no step had begun.
 */
export function changedInPlace(
  { steps = {} }: Partial<Pick<RegistryItem, 'steps'>>,
  execution: string,
  asked: readonly InPlace[],
): string | undefined {
  const begun = asked.filter(({ step }) => steps[step]?.execution === execution);
  if (begun.length === 0) return undefined;
  const said = (isDone: boolean, begins: string) => {
    const those = begun.filter(({ step }) => (steps[step]?.status === 'ready') === isDone);
    return those.length > 0 ? [`${begins}${those.map(({ words }) => words).join('; ')}`] : [];
  };
  return wordsOf({
    what: [...said(true, aftermath.changed), ...said(false, aftermath.maybeChanged)].join('. '),
    todo: wayOnOrBack(begun),
  });
}

function wayOnOrBack(begun: readonly InPlace[]): string {
  const forGood = begun.filter((change) => change.forGood).map(({ field }) => field);
  const back = 'the former request to bring it back, or ';
  const noWayBack = forGood.length > 0 ? `; AWS takes ${forGood.join(' and ')} no way back` : '';
  return `provision ${forGood.length === begun.length ? '' : back}this one again to go on${noWayBack}`;
}

/** What stands although the run made it, as the steps of its rollback say. */
export function keptOfRollback({ takingBack = {} }: Pick<RegistryItem, 'takingBack'>): string[] {
  return Object.values(takingBack)
    .map(({ detail }) => detail)
    .filter((detail) => detail.includes(aftermath.stays));
}
