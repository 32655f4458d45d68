/** Reads that are asked once: of several who ask the same of AWS within one look at it, the later ones get the first answer. */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<Map<string, Promise<unknown>>>();

/** For work that changes nothing of AWS, so that no answer is out of date by its own doing. An error is an answer, too. */
export function remembering<T>(work: () => Promise<T>): Promise<T> {
  return current.run(new Map(), work);
}

/** `key`: whom, where, and what is asked. */
export function answerTo<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const answers = current.getStore();
  if (!answers) return ask();
  const known = answers.get(key) as Promise<T> | undefined;
  if (known) return known;
  const asked = ask();
  answers.set(key, asked);
  return asked;
}
