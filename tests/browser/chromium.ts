/** A Chromium of this machine: nothing is downloaded. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

export const howToGetChromium = 'apt-get install chromium, or name one in CHROMIUM';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'msedge'];
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const onPath = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...elsewhere].find(isExecutable);
}

function isExecutable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Somebody else's: as good as none.
    return false;
  }
}

/** Where tests run as root and in containers, Chromium has neither a sandbox nor shared memory of use. */
export function launch(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() as string,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...more],
  });
}
