import { defineConfig } from 'vitest/config';

// .ci/run counts from a JSON report; people read the default one.
const report = process.env.AOSCLOUD_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', AWS_REGION: 'eu-central-1' },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
