/** Somebody at the console: opens pages, fills in the form, presses buttons, reads what stands there. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A whole run at full speed, on whatever machine is at hand. */
const runMilliseconds = 90_000;

export class Visitor {
  readonly page: Page;
  readonly #url: string;
  /** What the browser complained of: a script that throws, a policy that is broken. */
  readonly complaints: string[] = [];

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    page.setDefaultTimeout(runMilliseconds);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      // Of a server that is away the page itself tells.
      if (message.type() === 'error' && !message.text().includes('net::ERR_'))
        this.complaints.push(message.text());
    });
  }

  static async come(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    return new Visitor(await context.newPage(), url);
  }

  async goTo(path: string): Promise<void> {
    await this.page.goto(this.#url + path);
    await this.page.locator('h2').waitFor();
  }

  /** Answers the run's name. */
  async provision(environment: string, octet: number): Promise<string> {
    await this.goTo('/new');
    await this.page.getByLabel('environment *').fill(environment);
    await this.page.getByLabel('vpcCidr').fill(`10.${octet}.0.0/16`);
    await this.press('Plan');
    await this.page.locator('[data-plan=something]').waitFor();
    await this.press('Provision');
    return this.runName();
  }

  async runName(): Promise<string> {
    await this.page.waitForURL(/\/runs\/(?!latest)/);
    return decodeURIComponent(new URL(this.page.url()).pathname.split('/')[2] as string);
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** By its button's own request, whatever page this is. Null for as fast as it goes. */
  async setSpeed(speed: number | null): Promise<void> {
    await this.page.evaluate(async (wanted) => {
      const token = document.querySelector<HTMLMetaElement>('meta[name=console-token]')?.content ?? '';
      await fetch('/api/control', {
        method: 'POST',
        headers: { 'x-console-token': token },
        body: JSON.stringify({ do: 'speed', speed: wanted }),
      });
    }, speed);
  }

  async untilRun(status: string): Promise<void> {
    await this.page.locator(`[data-run-status=${status}]`).waitFor();
  }

  async untilBox(box: string, status: string): Promise<void> {
    await this.page.locator(`[data-box="${box}"][data-status=${status}]`).waitFor();
  }

  async boxes(): Promise<ReadonlyMap<string, string>> {
    const found = await this.page
      .locator('[data-box]')
      .evaluateAll((all) =>
        all.map((one) => [one.getAttribute('data-box'), one.getAttribute('data-status')]),
      );
    return new Map(found as [string, string][]);
  }

  /** Frames the browser drew in so many milliseconds. */
  frames(milliseconds: number): Promise<number> {
    return this.page.evaluate(
      (until) =>
        new Promise<number>((resolve) => {
          const start = performance.now();
          let count = 0;
          const next = (at: number) => {
            count += 1;
            if (at - start < until) requestAnimationFrame(next);
            else resolve(count);
          };
          requestAnimationFrame(next);
        }),
      milliseconds,
    );
  }

  leave(): Promise<void> {
    return this.page.context().close();
  }
}
