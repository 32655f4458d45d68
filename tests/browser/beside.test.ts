/** The console that other commands offer while they work: a fleet, and a run. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launch } from './chromium.ts';
import { type RunningCommand, startCommand } from './service.ts';
import { Visitor } from './visitor.ts';

describe.skipIf(!findChromium())('the console beside a command', () => {
  let browser: Browser;
  let command: RunningCommand | undefined;
  let visitor: Visitor | undefined;

  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    expect(visitor?.complaints ?? []).toEqual([]);
    await visitor?.leave();
    await command?.stop();
    command?.forget();
  });
  afterAll(() => browser?.close());

  async function start(args: readonly string[], folder?: string): Promise<Visitor> {
    command = await startCommand(args, /at (http:\S+)/, folder ? { folder } : {});
    const { origin, pathname } = new URL(command.url);
    visitor = await Visitor.come(browser, origin);
    await visitor.goTo(pathname);
    return visitor;
  }

  it('shows a fleet in its waves, who waits in which queue at which place, and leads to each run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'console-'));
    writeFileSync(join(folder, 'fleet.json'), JSON.stringify(fleet));
    const one = await start(['fleet', 'provision', 'fleet.json', '--speed', '120', '--grant-quotas'], folder);
    await one.page.locator('[data-member=first][data-place=under-way]').waitFor();
    expect(await one.page.locator('[data-place=waiting]').count()).toBe(5);
    await one.page.locator('[data-member=first]').getByRole('link', { name: /step/ }).click();
    await one.untilBox('VPC and subnets', 'done');
    await one.page.goBack();
    await one.page.locator('[data-member=first][data-place=done]').waitFor();
    await one.page.locator('[data-queue-place]').first().waitFor();
    await one.page.getByText('for ec2:CreateVpcEndpoint').first().waitFor();
    await one.goTo('/');
    await one.page.locator('[data-fleet]').getByRole('link').click();
    await one.page.getByRole('heading', { name: 'Wave 2 of 3' }).waitFor();
  });
});

/** As many beside each other as have to queue for their endpoints. */
const fleet = {
  fleet: 'customers',
  defaults: { region: 'eu-central-1', vpcCidr: 'auto', cidrPool: ['10.64.0.0/12'] },
  environments: ['first', 'two', 'three', 'four', 'five', 'last'].map((environment) => ({ environment })),
  waves: [1, 4],
};
