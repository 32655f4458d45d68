/** Every page of the console: what stands on it, at every width, in light and dark, for everybody. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { EnvironmentRow, JsonSchema } from '#console/api.ts';
import schema from '#lib/request/request.schema.json' with { type: 'json' };
import { findChromium, launch } from './chromium.ts';
import { Line } from './line.ts';
import { cut, overlapping } from './looks.ts';
import { runCommand } from './service.ts';
import { visiting } from './visiting.ts';
import { Visitor } from './visitor.ts';

const staging = fileURLToPath(new URL('../../examples/staging.json', import.meta.url));
const fleet = {
  fleet: 'customers',
  defaults: { region: 'eu-central-1', vpcCidr: 'auto', cidrPool: ['10.64.0.0/12'] },
  environments: [{ environment: 'one' }, { environment: 'two' }],
  waves: [1],
};
const noConsole = ['--speed', 'max', '--no-console'];

/** A fleet of two, one of which has run twice, and a run that failed. */
async function someHistory(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  writeFileSync(join(folder, 'fleet.json'), JSON.stringify(fleet));
  await runCommand(['fleet', 'provision', 'fleet.json', '--grant-quotas', ...noConsole], folder);
  writeFileSync(join(folder, 'one.json'), JSON.stringify({ ...fleet.defaults, environment: 'one' }));
  await runCommand(['provision', 'one.json', ...noConsole], folder);
  await runCommand(['provision', staging, '--fail-at', 'aurora', ...noConsole], folder);
  return folder;
}

describe.skipIf(!findChromium())('the pages of the console', () => {
  const { come, service } = visiting({}, someHistory);

  const rowsOf = async (one: Visitor) =>
    (await (await one.page.request.get(`${service().url}/api/environments`)).json()) as EnvironmentRow[];
  const requestOf = async (one: Visitor) =>
    JSON.parse(await one.page.getByLabel('The request as JSON').inputValue());

  it('list every environment with its state, region, block, since when, last run, and cost a day', async () => {
    const one = await come('/');
    const cells = one.page.locator('tr[data-environment=two] td');
    await cells.first().waitFor();
    const texts = await cells.allTextContents();
    expect(texts).toEqual([
      expect.stringMatching(/^ready/),
      'eu-central-1 111122223333',
      '10.65.0.0/16',
      expect.stringMatching(/20\d\d/),
      expect.stringMatching(/^provision, succeeded in 1\d:\d\d$/),
      '–',
      expect.stringMatching(/^\$\d+\.\d\d$/),
    ]);
    await one.page.locator('tr[data-environment=staging][data-status=FAILED]').waitFor();
  });

  it('have a field for everything the schema has, and the same as JSON beside', async () => {
    const one = await come('/new');
    await one.page.getByRole('button', { name: 'prod', exact: true }).click();
    expect((await requestOf(one)).size).toBe('large');
    await one.page.getByRole('button', { name: 'dev', exact: true }).click();
    await one.page.evaluate(() => {
      for (const group of document.querySelectorAll('form details'))
        (group as HTMLDetailsElement).open = true;
    });
    for (const path of leavesOf(schema as JsonSchema)) {
      const field = one.page.locator(`[id="${path}"], [data-rows="${path}"]`);
      expect(await field.count(), path).toBe(1);
    }
    expect(await one.page.getByText('Written as JSON').count()).toBe(0);
    await one.page.getByLabel('tags').fill('team=platform\ncost=a=b');
    await one.page.getByLabel('tags').blur();
    await one.page.getByLabel('restoreFrom').first().fill('snapshot-1');
    await one.page.getByRole('button', { name: 'Add to ingress' }).click();
    await one.page.getByLabel('protocol *').selectOption('tcp');
    await one.page.locator('[id="loadBalancer.ingress[0].fromPort"]').fill('443');
    await one.page.locator('[id="loadBalancer.ingress[0].cidr"]').fill('0.0.0.0/0');
    const request = await requestOf(one);
    expect(request).toMatchObject({
      tags: { team: 'platform', cost: 'a=b' },
      aurora: { restoreFrom: 'snapshot-1' },
      loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, cidr: '0.0.0.0/0' }] },
    });
    await one.page.getByRole('button', { name: 'Remove ingress 1' }).click();
    expect(await requestOf(one)).not.toHaveProperty('loadBalancer');
    await one.page.getByLabel('The request as JSON').fill('{ "environment": ');
    await one.page.getByRole('alert').waitFor();
    expect(await one.page.getByRole('button', { name: 'Plan' }).isDisabled()).toBe(true);
  });

  it('have the plan before the button: addresses, time and cost, and the difference to what stands', async () => {
    const one = await come('/new');
    await one.page.getByLabel('environment *').fill('three');
    await one.page.getByLabel('vpcCidr').fill('10.9.0.0/16');
    const provision = one.page.getByRole('button', { name: 'Provision', exact: true });
    expect(await provision.isDisabled()).toBe(true);
    await one.press('Plan');
    const plan = one.page.locator('[data-plan=something]');
    await plan.getByText('Addresses: 10.9.0.0/16 in 16 subnets').click();
    expect(await plan.locator('tbody tr').count()).toBe(16);
    expect(await plan.locator('[data-cost="Idle cost"]').textContent()).toMatch(/^\$\d+\.\d\d a month/);
    expect(await plan.locator('[data-cost="Nodes and data"]').textContent()).toMatch(/^\$\d+\.\d\d a month/);
    await plan.getByText(/^about 1\d:\d\d$/).waitFor();
    expect(await provision.isDisabled()).toBe(false);
    // Whatever is asked for anew is planned anew.
    await one.page.getByLabel('vpcCidr').fill('10.65.0.0/16');
    expect(await provision.isDisabled()).toBe(true);
    await one.press('Plan');
    await one.page.locator('[data-plan=refused]').getByText('What to do:').first().waitFor();
    expect(await provision.isDisabled()).toBe(true);

    await one.goTo('/new?from=one');
    await one.page.getByText('natGateways', { exact: true }).waitFor({ state: 'attached' });
    await one.page.getByText('network', { exact: true }).click();
    await one.page.getByLabel('natGateways').selectOption('per-zone');
    await one.press('Plan');
    await one.page.getByText('one → per-zone').waitFor();
  });

  it('open what a box did: answers, AWS calls, times; and every state where it is asked for', async () => {
    const one = await come('/environment/one');
    expect(await one.page.locator('[data-run] .history-length').count()).toBe(2);
    await one.page.getByText(/1\d:\d\d shorter than the one before/).waitFor();
    await one.page.locator('[data-run] a').last().click();
    await one.page.locator('[data-box="Aurora"]').click();
    await one.page.getByRole('heading', { name: 'Answers' }).waitFor();
    await one.page.getByText(/^\d+ AWS calls/).click();
    await one.page.getByText('rds:CreateDBCluster').waitFor();
    await one.page.getByText('Took', { exact: true }).waitFor();
    const folded = (await one.boxes()).size;
    await one.page.getByLabel('every state').check();
    expect((await one.boxes()).size).toBeGreaterThan(folded + 20);
    await one.page.getByRole('link', { name: 'timeline' }).click();
    await one.page.locator('.estimate .estimated').waitFor();
    expect(await one.page.locator('[data-bar] .ghost').count()).toBe(12);
    await one.page.getByRole('link', { name: 'log' }).click();
    await one.page
      .getByText(/Aurora instance .* is being created/)
      .first()
      .waitFor();
  });

  it('copy an output', async () => {
    const one = await come('/environment/one', { permissions: ['clipboard-read', 'clipboard-write'] });
    await one.page.locator('[data-run] a').first().click();
    await one.page.getByRole('link', { name: 'result' }).click();
    const command = 'aws eks update-kubeconfig --name aoscloud-one --region eu-central-1';
    await one.page.getByRole('button', { name: `Copy ${command}` }).click();
    await one.page.getByText('copied').waitFor();
    expect(await one.page.evaluate(() => navigator.clipboard.readText())).toBe(command);
  });

  it('find why a run failed, and what to do, in two clicks from the list', async () => {
    const one = await come('/');
    await one.page
      .locator('tr[data-environment=staging]')
      .getByRole('link', { name: /failed/ })
      .click();
    await one.page.getByRole('alert').filter({ hasText: 'What to do:' }).first().waitFor();
    await one.page.getByRole('heading', { name: /^Aurora failed/ }).waitFor();
  });

  it('go on after the line was lost in the middle, with nothing lost', async () => {
    const other = await come('/');
    await other.setSpeed(60);
    const execution = await other.provision('four', 9);
    const { port } = new URL(service().url);
    const line = await Line.to(Number(port));
    const away = await launch(line.rule);
    try {
      const one = await Visitor.come(away, `http://localhost:${port}`);
      await one.goTo(`/runs/${execution}`);
      await one.untilBox('VPC and subnets', 'done');
      line.cut();
      await one.page.getByText('connection lost').waitFor();
      await other.setSpeed(null);
      await other.untilRun('SUCCEEDED');
      expect((await one.boxes()).get('Verify')).toBe('not-reached');
      line.mend();
      await one.untilRun('SUCCEEDED');
      expect(await one.boxes()).toEqual(await other.boxes());
      expect(one.complaints).toEqual([]);
    } finally {
      await away.close();
      line.close();
    }
  });

  it('draw as many frames at full speed, and with fifty environments, as with nothing to do', async () => {
    const one = await come('/');
    const none = (await one.frames(1500)) / 1500;
    const [row] = await rowsOf(one);
    await one.setSpeed(null);
    await one.provision('five', 10);
    const running = await one.frames(2000);
    // The machine has other work, too, the run itself above all: what is held is that the page adds none that is felt.
    expect(running / 2000).toBeGreaterThan(none * 0.5);
    await one.untilRun('SUCCEEDED');
    const rows = Array.from({ length: 50 }, (_, index) => ({ ...row, name: `environment-${index}` }));
    await one.page.route('**/api/environments', (route) => route.fulfill({ json: rows }));
    await one.goTo('/');
    await one.page.locator('tr[data-environment]').nth(49).waitFor();
    expect((await one.frames(3000)) / 3000).toBeGreaterThan(none * 0.7);
  });

  it('are usable by keyboard, and still where motion is not wanted', async () => {
    const one = await come('/', { reducedMotion: 'reduce' });
    await one.page.keyboard.press('Tab');
    await one.page.keyboard.press('Tab');
    await one.page.keyboard.press('Enter');
    await one.page.waitForURL(/\/new$/);
    await one.setSpeed(10);
    await one.provision('six', 11);
    await one.untilBox('VPC and subnets', 'done');
    await one.page.locator('[data-box="Aurora"]').focus();
    await one.page.keyboard.press('Enter');
    await one.page.getByRole('heading', { name: /^Aurora/ }).waitFor();
    expect(await one.page.evaluate(() => document.getAnimations().length)).toBe(0);
    const steps = one.page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    expect(await steps.count()).toBeGreaterThan(12);
    expect(await steps.filter({ hasText: 'VPC and subnets: done' }).count()).toBe(1);
    await one.setSpeed(null);
    await one.untilRun('SUCCEEDED');
  });

  it('can be kept as one file, which asks nobody for anything, and is red where a rule does not hold', async () => {
    const { folder } = service();
    const file = join(folder, 'two.html');
    const said = await runCommand(['report', 'two', '--html', file], folder);
    expect(said).toContain('Open it in any browser');
    // As of a run whose verification found something.
    const broken = readFileSync(file, 'utf8').replace(
      '"rule":"R7","holds":true',
      '"rule":"R7","holds":false',
    );
    writeFileSync(join(folder, 'broken.html'), broken);
    const one = await come('/');
    const asked: string[] = [];
    one.page.on('request', (request) => asked.push(request.url()));
    await one.page.goto(`file://${file}`);
    await one.page.locator('[data-box="Verify"][data-status=done]').waitFor();
    expect(await one.page.locator('[data-rule][data-holds=true]').count()).toBe(32);
    expect(await one.page.locator('.estimate .estimated, [data-bar="Aurora"]').count()).toBe(2);
    expect(await one.page.locator('[data-thing][data-status=absent]').count()).toBe(0);
    await one.page.waitForLoadState('networkidle');
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([`file://${file}`]);
    for (const width of [360, 1024]) {
      await one.page.setViewportSize({ width, height: 900 });
      expect(await one.page.evaluate(cut), `at ${width}`).toEqual([]);
    }

    await one.page.goto(`file://${join(folder, 'broken.html')}`);
    await one.page.locator('[data-thing="subnet/eks-public/a"][data-status=broken]').waitFor();
    expect(await one.page.locator('[data-status=broken]').count()).toBe(3);
    expect(await one.page.locator('[data-rule=R7][data-holds=false]').count()).toBe(1);
  });

  it.each(['light', 'dark'] as const)(
    'find nothing against accessibility, nor anything cut or on top of something else, in %s',
    async (colorScheme) => {
      const one = await come('/', { colorScheme, bypassCSP: true });
      const last = async (name: string) =>
        (await rowsOf(one)).find((row) => row.name === name)?.lastRun?.execution as string;
      const [good, bad] = [await last('two'), await last('staging')];
      const fleets = await (await one.page.request.get(`${service().url}/api/fleets`)).json();
      const views = ['', '/timeline', '/network', '/log', '/result'];
      const addresses = [
        '/',
        '/new',
        '/environment/one',
        '/environment/staging',
        `/fleet/${fleets[0].execution}`,
        ...views.map((view) => `/runs/${good}${view}`),
        ...views.map((view) => `/runs/${bad}${view}`),
        `/runs/${bad}-rollback`,
      ];
      for (const address of addresses) {
        await one.goTo(address);
        await one.page.waitForLoadState('networkidle').catch(() => {});
        await one.page.evaluate(() => {
          for (const one of document.querySelectorAll('details')) one.open = true;
        });
        if (address === '/new') {
          await one.press('Plan');
          await one.page.locator('[data-plan]').waitFor();
        }
        await one.page.evaluate(axe.source);
        expect(await one.page.evaluate(violations), address).toEqual([]);
        // Colours move nothing.
        for (const width of colorScheme === 'light' ? [360, 1024, 2560] : []) {
          await one.page.setViewportSize({ width, height: 900 });
          expect(await one.page.evaluate(cut), `${address} at ${width}`).toEqual([]);
          expect(await one.page.evaluate(overlapping), `${address} at ${width}`).toEqual([]);
        }
        await one.page.setViewportSize({ width: 1280, height: 900 });
      }
    },
  );
});

/** Paths of what has a field of its own: `eks.version`. */
function leavesOf({ properties = {} }: JsonSchema, path = ''): string[] {
  return Object.entries(properties)
    .filter(([name]) => !name.startsWith('$'))
    .flatMap(([name, property]) =>
      property.properties ? leavesOf(property, `${path}${name}.`) : [`${path}${name}`],
    );
}

async function violations(): Promise<string[]> {
  type Violation = { readonly id: string; readonly nodes: readonly { readonly html: string }[] };
  const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
  const { violations: found } = await axe.run();
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
