/** One browser and one service for the tests of a file, and visitors who have nothing to complain of. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launch } from './chromium.ts';
import { type RunningCommand, startService } from './service.ts';
import { Visitor } from './visitor.ts';

export interface Visiting {
  readonly come: (path: string, options?: BrowserContextOptions) => Promise<Visitor>;
  readonly service: () => RunningCommand;
  /** Stops it, and starts it again under the same address after `meanwhile`. */
  readonly restart: (meanwhile: () => Promise<void>) => Promise<void>;
}

/** `prepare`: makes the folder that the service works in. */
export function visiting(
  options: Parameters<typeof startService>[0] = {},
  prepare?: () => Promise<string>,
): Visiting {
  let browser: Browser;
  let service: RunningCommand;
  const visitors: Visitor[] = [];

  beforeAll(async () => {
    const folder = await prepare?.();
    const starting = startService({ ...options, ...(folder ? { folder } : {}) });
    [browser, service] = await Promise.all([launch(), starting]);
  });
  afterEach(async () => {
    const complaints = visitors.flatMap((visitor) => visitor.complaints);
    await Promise.all(visitors.splice(0).map((visitor) => visitor.leave()));
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    service?.forget();
  });

  return {
    come: async (path, context = {}) => {
      const visitor = await Visitor.come(browser, service.url, context);
      visitors.push(visitor);
      await visitor.goTo(path);
      return visitor;
    },
    service: () => service,
    restart: async (meanwhile) => {
      const { folder, url } = service;
      await service.stop();
      await meanwhile();
      service = await startService({ folder, port: Number(new URL(url).port) });
    },
  };
}
