/** The console as people use it: a real browser, before the service as they start it. */
import { describe, expect, it } from 'vitest';
import layouts from '#console/graph/layouts.json' with { type: 'json' };
import { findChromium } from './chromium.ts';
import { visiting } from './visiting.ts';

/** Beside the other tests of two small processors. */
const patience = 5;
const steps = layouts.provision.folded.boxes.filter(({ kind }) => kind === 'step').map(({ id }) => id);

describe.skipIf(!findChromium())('the console in a browser', () => {
  const { come, restart } = visiting({ speed: '60' });

  it('provisions from the form: moving at once, the same after a reload, all done at the end', async () => {
    const one = await come('/');
    const execution = await one.provision('dev', 231);
    await one.page
      .locator('[data-status=working], [data-status=waiting]')
      .first()
      .waitFor({ timeout: 2000 * patience });
    await one.untilBox('VPC and subnets', 'done');
    await one.page.reload();
    await one.untilBox('VPC and subnets', 'done');
    expect((await one.boxes()).get('Verify')).toBe('not-reached');
    const colleague = await come(`/runs/${execution}`);
    await one.page.getByLabel('Speed').selectOption('as fast as it goes');
    for (const visitor of [one, colleague]) await visitor.untilRun('SUCCEEDED');
    const boxes = await one.boxes();
    expect(steps.filter((id) => boxes.get(id) !== 'done')).toEqual([]);
    expect(await colleague.boxes()).toEqual(boxes);

    await one.page.getByRole('link', { name: 'network' }).click();
    await one.page.locator('[data-thing="endpoint/sts"][data-status=there]').waitFor();
    expect(await one.page.locator('[data-status=absent], [data-status=coming]').count()).toBe(0);
    await one.page.getByRole('link', { name: 'result' }).click();
    expect(await one.page.locator('[data-rule][data-holds=true]').count()).toBe(32);
    await one.page.getByText('aws eks update-kubeconfig --name aoscloud-dev --region eu-central-1').waitFor();
  });

  it('says without a click why a run failed and what to do, and shows it taken back', async () => {
    const one = await come('/');
    await one.setSpeed(60);
    await one.provision('doomed', 232);
    await one.untilBox('VPC and subnets', 'done');
    await one.page.locator('[data-box="Aurora"]').click();
    await one.press('Fail this step');
    await one.setSpeed(null);
    await one.untilRun('FAILED');
    await one.page.getByRole('alert').filter({ hasText: 'What to do:' }).first().waitFor();
    const boxes = await one.boxes();
    expect([boxes.get('Aurora'), boxes.get('VPC and subnets')]).toEqual(['failed', 'taken-back']);
    expect(boxes.get('Verify')).toBe('not-reached');
    await one.page.getByRole('link', { name: /-rollback/ }).click();
    await one.untilRun('SUCCEEDED');
    await one.page.getByRole('link', { name: 'doomed', exact: true }).click();
    await one.page.locator('[data-run]').nth(1).waitFor();
  });

  it('kills a run, which goes on from what exists, and stops one', async () => {
    const one = await come('/');
    await one.setSpeed(60);
    const killed = await one.provision('unlucky', 233);
    await one.untilBox('VPC and subnets', 'done');
    await one.press('Kill the process and go on');
    await one.untilRun('ABORTED');
    expect([...(await one.boxes()).values()]).not.toContain('working');
    await one.goTo('/environment/unlucky');
    await one.page.getByRole('link', { name: 'Watch the run' }).click();
    expect(await one.runName()).not.toBe(killed);
    await one.untilBox('EKS control plane', 'waiting');
    await one.press('Stop this run');
    await one.untilRun('ABORTED');
    expect((await one.boxes()).get('EKS control plane')).toBe('stopped');
    await one.setSpeed(null);
    // As its request says: what it made is taken back.
    await one.goTo('/');
    await one.page.locator('tr[data-environment=unlucky][data-status=FAILED]').waitFor();
  });

  it('removes what is named twice, and nothing before', async () => {
    const one = await come('/environment/dev');
    await one.page.getByText('Take it down').click();
    const button = one.page.getByRole('button', { name: 'Take down dev' });
    expect(await button.isDisabled()).toBe(true);
    await one.page.getByLabel('Type dev to consent').fill('de');
    expect(await button.isDisabled()).toBe(true);
    await one.page.getByLabel('Type dev to consent').fill('dev');
    await button.click();
    await one.untilRun('SUCCEEDED');
    await one.goTo('/');
    await one.page.locator('tr[data-environment=dev][data-status=GONE]').waitFor();
  });

  it('says that the service has ended, and knows the runs of the process before', async () => {
    const one = await come('/runs/latest');
    await one.untilRun('SUCCEEDED');
    const boxes = await one.boxes();
    await restart(() =>
      one.page.locator('[data-connection=ended]').getByText('npm start -- serve').waitFor(),
    );
    await one.page.getByText('· live').waitFor();
    await one.page.reload();
    await one.untilRun('SUCCEEDED');
    expect(await one.boxes()).toEqual(boxes);
  });
});
