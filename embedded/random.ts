/** The one source of chance in the embedded AWS: mulberry32, whose state is one integer and is stored with the account. */
export interface RandomState {
  seed: number;
}

/** A number in [0, 1); advances `state`. */
export function nextRandom(state: RandomState): number {
  state.seed = (state.seed + 0x6d2b79f5) | 0;
  let t = Math.imul(state.seed ^ (state.seed >>> 15), 1 | state.seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
