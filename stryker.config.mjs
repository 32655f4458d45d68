/**
 * Mutation testing of what is deployed: `npm run mutation -- lib/run/registry.ts[,…]`. A mutant that survives is a
 * line no test would miss. Outside the test command: it runs the tests of a file once for every change to it.
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  // Under TypeScript 7 Stryker cannot read a tsconfig, and needs none: Node and vitest strip the types.
  tsconfigFile: 'none',
  ignoreStatic: true,
  coverageAnalysis: 'perTest',
  concurrency: 2,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: 'coverage/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: 'coverage/stryker',
  mutate: [],
};
