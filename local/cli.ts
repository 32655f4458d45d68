/** The command line. Nothing here is deployed. */
import { enableCompileCache } from 'node:module';

// The SDK clients are large: compiled once, later starts load them in a fraction of the time.
enableCompileCache();
const { main } = await import('./main.ts');
// Whoever reads has read enough (`| head`): that stops no run, and is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const code = await main(process.argv.slice(2));
// What was cut off goes on otherwise: an invocation that died holds its early timeout, of a minute. First all is said.
process.stdout.write('', () => process.exit(code));
