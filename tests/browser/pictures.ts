/** Takes the pictures of README and docs from the real page. `npm run pictures`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, howToGetChromium, launch } from './chromium.ts';
import { startCommand, startService } from './service.ts';
import { Visitor } from './visitor.ts';

const fleet = {
  fleet: 'customers',
  defaults: { region: 'eu-central-1', vpcCidr: 'auto', cidrPool: ['10.64.0.0/12'] },
  environments: ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne'].map((environment) => ({
    environment,
  })),
  waves: [1, 5],
};

if (!findChromium()) throw new Error(`No Chromium on this machine. What to do: ${howToGetChromium}`);
const folder = fileURLToPath(new URL('../../docs/pictures', import.meta.url));
mkdirSync(folder, { recursive: true });

const [browser, service] = await Promise.all([launch(), startService({ speed: '60' })]);
try {
  const one = await Visitor.come(browser, service.url, { viewport: { width: 1280, height: 900 } });
  const { page } = one;
  const take = async (name: string, selector = 'body') => {
    // What moves is taken as it stands.
    const png = await page.locator(selector).first().screenshot({ animations: 'disabled' });
    const webp = await asWebp(png);
    writeFileSync(`${folder}/${name}.webp`, webp);
    console.log(`docs/pictures/${name}.webp  ${Math.round(webp.length / 1000)} KB`);
  };
  const darkroom = await browser.newPage();
  const asWebp = async (png: Buffer) => {
    const url = await darkroom.evaluate(
      async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = Object.assign(document.createElement('canvas'), {
          width: image.width,
          height: image.height,
        });
        canvas.getContext('2d')?.drawImage(image, 0, 0);
        return canvas.toDataURL('image/webp', 0.9);
      },
      `data:image/png;base64,${png.toString('base64')}`,
    );
    return Buffer.from(url.split(',')[1] as string, 'base64');
  };
  await one.goTo('/');

  await one.provision('dev', 231);
  await one.untilBox('NAT, Internet Gateway and routes', 'done');
  await page.locator('[data-box="Aurora"]').click();
  await page.getByRole('heading', { name: 'Answers' }).waitFor();
  await take('run');
  await page.getByRole('link', { name: 'network' }).click();
  await page.locator('[data-thing="endpoint/sts"][data-status=there]').waitFor();
  await page.setViewportSize({ width: 1000, height: 900 });
  await take('network', '.vpc');
  await page.setViewportSize({ width: 1280, height: 900 });
  await one.setSpeed(null);
  await one.untilRun('SUCCEEDED');
  await page.getByRole('link', { name: 'timeline' }).click();
  await take('timeline');

  await one.setSpeed(60);
  await one.provision('staging', 232);
  await page.locator('[data-box="Aurora"]').click();
  await one.press('Fail this step');
  await one.setSpeed(null);
  await one.untilRun('FAILED');
  await take('failed');

  await one.provision('prod', 240);
  await one.untilRun('SUCCEEDED');
  await one.setSpeed(10);
  await one.provision('load-test', 233);
  await one.goTo('/');
  await page.locator('tr[data-environment=load-test] td a').first().waitFor();
  await take('environments', 'main');

  writeFileSync(join(service.folder, 'fleet.json'), JSON.stringify(fleet));
  const beside = ['--speed', '60', '--grant-quotas', '--state', 'fleet'];
  const command = await startCommand(['fleet', 'provision', 'fleet.json', ...beside], undefined, {
    folder: service.folder,
  });
  await page.goto(command.url);
  // Its first environment is done, and of the next wave some have to queue.
  await page.locator('[data-queue-place]').nth(2).waitFor();
  await take('fleet', 'main');
  await command.stop();
} finally {
  await browser.close();
  await service.stop();
  service.forget();
}
