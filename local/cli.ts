/** The command line. Nothing here is deployed. */
import { enableCompileCache } from 'node:module';

// The SDK clients are large: compiled once, later starts load them in a fraction of the time.
enableCompileCache();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
