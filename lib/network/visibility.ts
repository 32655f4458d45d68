/**
 * How long what a create answered may stay unseen. It counts from the create and by id: a step that AWS keeps
 * waiting for minutes has looked long ago, and still makes things that nobody lists yet.
 */
import type { Resources } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';

/** How long an id we were given may stay invisible to filters before it counts as gone (aws-facts 0.5). */
export const visibleWithinSeconds = 60;

/** Made so recently that its absence from a listing says nothing. */
export function isFresh({ madeAt }: Resources, id: string | undefined): boolean {
  const made = id === undefined ? undefined : madeAt?.[id];
  return made !== undefined && isRecent(made);
}

function isRecent(made: string): boolean {
  return Date.now() - Date.parse(made) < visibleWithinSeconds * 1000;
}

/** Keeps what was made just now, whatever the rest of the look comes to: nobody lists it yet, and it has one name only. */
export function keepMade({ resources, keep }: StepContext, id: string, found: Resources): void {
  keep({ ...found, madeAt: { [id]: resources.madeAt?.[id] ?? new Date().toISOString() } });
}

/** The note of what this look made, beside what is still fresh; what is old enough is forgotten. */
export function noteMade({ madeAt = {} }: Resources, ids: readonly (string | undefined)[]): Resources {
  const now = new Date().toISOString();
  const made = ids.filter((id) => id !== undefined && madeAt[id] === undefined).map((id) => [id, now]);
  const recent = Object.entries(madeAt).filter(([, at]) => isRecent(at));
  return { madeAt: Object.fromEntries([...recent, ...made]) };
}
