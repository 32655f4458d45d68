/** Says in one line why the wire tests are skipped, where they are. */
import { findMoto, howToGetMoto } from './support/moto.ts';

export default function announce(): void {
  if (!findMoto())
    process.stdout.write(`Wire tests skipped: no moto_server on the PATH. Get it: ${howToGetMoto}\n`);
}
