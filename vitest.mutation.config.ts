import { defineConfig } from 'vitest/config';

/** The unit tests alone: whole runs would judge every line by whether anything at all still works. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    include: ['tests/{functions,lib}/**/*.test.ts'],
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', AWS_REGION: 'eu-central-1' },
  },
});
