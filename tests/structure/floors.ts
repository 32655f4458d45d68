/** The house, as docs/adr/0009-rooms.md tells it: what stands on what. */

/** The rooms of `lib/`, from the ground up. A room uses those below it; those of one floor do not use each other. */
export const floors: readonly (readonly string[])[] = [
  ['aws'],
  ['run'],
  ['ownership'],
  ['request'],
  ['network'],
  ['eks', 'data'],
  ['verify', 'removal-preflight'],
  ['change'],
  ['preflight'],
  ['fleet'],
  ['webhook'],
];

/** What each top folder may use of this repository beside itself. `tests/` may use everything. */
export const mayUse: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  functions: ['lib'],
  embedded: [],
  console: [],
  serverless: ['lib', 'esbuild.config.mjs'],
  statemachines: ['lib'],
  local: ['functions', 'lib', 'embedded', 'console', 'serverless', 'esbuild.config.mjs'],
};
