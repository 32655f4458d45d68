/** Says in one line why the browser tests are skipped, where they are. */
import { findChromium, howToGetChromium } from './chromium.ts';

export default function announce(): void {
  if (!findChromium())
    process.stdout.write(`Browser tests skipped: no Chromium on this machine. Get it: ${howToGetChromium}\n`);
}
