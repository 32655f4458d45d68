/** What a run that failed leaves changed (U19): a rollback takes back what the run made, and no more. */
import { aftermath, wordsOf } from './failure-words.ts';
import type { InPlace, RegistryItem } from './registry.ts';
import { stages, stepNames } from './steps.ts';

const besideEks = stages.find((stage) => stage.includes('aurora')) ?? [];

/**
 * What is named is what was done, and what may have been. The registry knows how far each step had come, but for what
 * its last look did, and for answers that could not be written down: so a step has also begun that begins before
 * another that has, or beside it. `failedIn` is where the run ended, a step or what comes after all of them; of a run
 * that nobody saw end, the next steps may have begun as well. Undefined where none had.
 */
export function changedInPlace(
  { steps = {} }: Partial<Pick<RegistryItem, 'steps'>>,
  execution: string,
  asked: readonly InPlace[],
  failedIn?: string,
): string | undefined {
  const answered = (step: string) => steps[step]?.execution === execution;
  const known = stages.findLastIndex((stage) => stage.some((step) => answered(step) || step === failedIn));
  const afterAll = failedIn !== undefined && !(stepNames as readonly string[]).includes(failedIn);
  // Beside the databases the steps of EKS go on, one after the other.
  const isBeside = besideEks.some((step) => step === failedIn);
  const next = failedIn === undefined || isBeside ? 1 : 0;
  const mayHave = new Set<string>((afterAll ? stages : stages.slice(0, known + next + 1)).flat());
  const begun = asked.filter(({ step }) => mayHave.has(step));
  if (begun.length === 0) return undefined;
  const isReady = (step: string) => answered(step) && steps[step]?.status === 'ready';
  const said = (isDone: boolean, begins: string) => {
    const those = begun.filter(({ step }) => isReady(step) === isDone);
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
