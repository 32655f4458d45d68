import { defineConfig } from 'vitest/config';

// .ci/run counts from a JSON report; people read the default one.
const report = process.env.AOSCLOUD_TEST_REPORT;

export default defineConfig({
  test: {
    // Whole runs, on whatever machine is at hand, beside whatever else it does.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Projects of their own, so that what wire and browser tests say ahead is said only where they are asked for.
    projects: [
      {
        extends: true,
        test: {
          name: 'own',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/wire/**', 'tests/browser/**'],
          globalSetup: 'tests/support/package-folder.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/*.test.ts'],
          globalSetup: 'tests/browser/announce.ts',
        },
      },
      {
        extends: true,
        test: { name: 'wire', include: ['tests/wire/*.test.ts'], globalSetup: 'tests/wire/announce.ts' },
      },
    ],
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', AWS_REGION: 'eu-central-1' },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
