/** The console that other commands offer while they work: a fleet, and a run. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { consolePort } from '#local/commands/options.ts';
import { findChromium, launch } from './chromium.ts';
import { type RunningCommand, startCommand } from './service.ts';
import { Visitor } from './visitor.ts';

/** Beside the other tests of two small processors. */
const patience = 5;

describe.skipIf(!findChromium())('the console beside a command', () => {
  let browser: Browser;
  let command: RunningCommand | undefined;
  let visitor: Visitor | undefined;

  /** Has the port that others would take, once a process of ours is dead. */
  const occupant = createServer();

  beforeAll(async () => {
    occupant.once('error', () => {}).listen(consolePort, '127.0.0.1');
    browser = await launch();
  });
  afterEach(async () => {
    expect(visitor?.complaints ?? []).toEqual([]);
    await visitor?.leave();
    await command?.stop();
    command?.forget();
  });
  afterAll(async () => {
    occupant.close();
    await browser?.close();
  });

  async function start(args: readonly string[], folder?: string): Promise<Visitor> {
    command = await startCommand(args, /at (http:\S+)/, folder ? { folder } : {});
    const { origin, pathname } = new URL(command.url);
    visitor = await Visitor.come(browser, origin);
    await visitor.goTo(pathname);
    return visitor;
  }

  it('has a link in the first line of a run, and a graph that moves within two seconds', async () => {
    const one = await start(['provision', dev, '--speed', '60']);
    await one.page
      .locator('[data-status=working], [data-status=waiting]')
      .first()
      .waitFor({ timeout: 2000 * patience });
    // A colour alone would not be seen to go on.
    expect(await one.page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
  });

  it('says plainly that the process has ended and what to type, keeps what it has, and comes back', async () => {
    const one = await start(['provision', dev, '--speed', '60']);
    await one.untilBox('VPC and subnets', 'done');
    await one.setSpeed(null);
    await one.untilRun('SUCCEEDED');
    await command?.ended;
    await one.page.locator('[data-connection=ended]').getByText('npm start -- watch dev').waitFor();
    await one.page.getByRole('link', { name: 'result' }).click();
    expect(await one.page.locator('[data-rule][data-holds=true]').count()).toBe(32);
    await one.page.getByRole('link', { name: 'graph' }).click();
    const boxes = await one.boxes();
    expect(boxes.get('Verify')).toBe('done');

    const { port } = new URL(command?.url as string);
    const again = await startCommand(['watch', 'dev', '--port', port], undefined, {
      folder: command?.folder as string,
    });
    try {
      await one.page.getByText('· live').waitFor();
      expect(await one.page.locator('[data-connection]').count()).toBe(0);
      await one.page.reload();
      await one.untilRun('SUCCEEDED');
      expect(await one.boxes()).toEqual(boxes);
    } finally {
      await again.stop();
    }
  });

  it('says so of a process that was killed, too, and its clock stands', async () => {
    const one = await start(['provision', dev, '--speed', '60']);
    await one.untilBox('EKS control plane', 'waiting');
    await command?.stop('SIGKILL');
    await one.page.locator('[data-connection=silent]').getByText('npm start -- watch dev').waitFor();
    const time = () => one.page.locator('[data-box="EKS control plane"] + .time').textContent();
    const before = await time();
    await one.page.waitForTimeout(1500);
    expect(await time()).toBe(before);
    const again = await startCommand(
      ['watch', 'dev', '--port', new URL(command?.url as string).port],
      undefined,
      {
        folder: command?.folder as string,
      },
    );
    try {
      await one.untilRun('ABORTED');
      expect((await one.boxes()).get('EKS control plane')).toBe('stopped');
    } finally {
      await again.stop();
    }
  });

  it('shows a fleet in its waves, who waits in which queue at which place, and leads to each run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'console-'));
    writeFileSync(join(folder, 'fleet.json'), JSON.stringify(fleet));
    const one = await start(['fleet', 'provision', 'fleet.json', '--speed', '80', '--grant-quotas'], folder);
    await one.page.locator('[data-member=first][data-place=under-way]').waitFor();
    expect(await one.page.locator('[data-place=waiting]').count()).toBe(crowd.length + 1);
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

const dev = fileURLToPath(new URL('../../examples/dev.json', import.meta.url));

const crowd = Array.from({ length: 12 }, (_, index) => `crowd-${index + 1}`);

/** So many beside each other that their endpoints queue for minutes: seconds of a watcher's, on a busy machine too. */
const fleet = {
  fleet: 'customers',
  defaults: { region: 'eu-central-1', vpcCidr: 'auto', cidrPool: ['10.64.0.0/12'] },
  environments: ['first', ...crowd, 'last'].map((environment) => ({ environment })),
  waves: [1, crowd.length],
};
