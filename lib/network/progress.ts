/** How far one resource of a step has come. */

/** `wait` is absent once nothing is missing. */
export interface Progress {
  readonly id?: string;
  readonly wait?: Wait;
}

export interface Wait {
  /** One sentence part for the person watching. */
  readonly detail: string;
  /** Looking again before is pointless. */
  readonly seconds: number;
}

export function done(id: string): Progress {
  return { id };
}

export function waiting(detail: string, seconds: number, id?: string): Progress {
  return { wait: { detail, seconds }, ...(id ? { id } : {}) };
}

/** The waits of several resources as one, which is worth looking at when the first of them may be over. */
export function soonest(waits: readonly (Wait | undefined)[]): Wait | undefined {
  const open = waits.filter((wait) => wait !== undefined);
  if (open.length === 0) return undefined;
  return {
    detail: [...new Set(open.map((wait) => wait.detail))].join('; '),
    seconds: Math.min(...open.map((wait) => wait.seconds)),
  };
}

/** Members that have a value: one that is undefined would erase what is known already. */
export function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
