/** A participant's tab: opens the page, joins through its own controls like a person, and tells what the peer behind it reports. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Snapshot } from '#workers/api';
import { noteBrowser } from '../bench/machine-card.ts';
import { CHROMIUM_ARGS, chromiumPath } from './browser-path.ts';

const PATIENCE_MS = 120_000;

export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: await chromiumPath(), headless: true, args: [...CHROMIUM_ARGS, ...args] });
  noteBrowser(browser.version());
  return browser;
}

export interface CsvFile {
  readonly name: string;
  readonly text: string;
}

export class Tab {
  readonly context: BrowserContext;
  page: Page;
  /** Errors of the console and uncaught ones: a good run has none. */
  readonly errors: string[] = [];
  readonly #url: string;

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.context = context;
    this.page = page;
    this.#url = url;
  }

  /** A browser profile of its own. */
  static async open(browser: Browser, url: string): Promise<Tab> {
    const context = await browser.newContext();
    return Tab.inContext(context, url);
  }

  static async inContext(context: BrowserContext, url: string): Promise<Tab> {
    const tab = new Tab(context, await context.newPage(), url);
    await tab.#watch();
    await tab.page.goto(url);
    return tab;
  }

  async #watch(): Promise<void> {
    this.page.setDefaultTimeout(PATIENCE_MS);
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    this.page.on('pageerror', (error) => this.errors.push(String(error)));
    // The peer tells its snapshots to every tab of the profile; so can a test hear them.
    await this.page.addInitScript(() => {
      const store = globalThis as { latest?: unknown };
      new BroadcastChannel('sovereign-mesh/snapshots').addEventListener('message', (event: MessageEvent) => (store.latest = event.data));
    });
  }

  snapshot(): Promise<Snapshot | null> {
    return this.page.evaluate(() => ((globalThis as { latest?: unknown }).latest ?? null) as never);
  }

  /** Polls until the snapshot satisfies. @throws with the last snapshot's activity */
  async until(what: string, good: (snapshot: Snapshot) => boolean, patienceMs = PATIENCE_MS): Promise<Snapshot> {
    const end = Date.now() + patienceMs;
    let last: Snapshot | null = null;
    while (Date.now() < end) {
      last = await this.snapshot().catch(() => null);
      if (last !== null && good(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seen =
      last === null
        ? 'no snapshot'
        : `${last.activity}, round ${last.round}, peers ${last.peers.length}, problem ${JSON.stringify(last.problem)}`;
    throw new Error(`${what}: not within ${patienceMs} ms (${seen}; ${this.errors.slice(-3).join(' | ')})`);
  }

  /** Projects → file → budget → consent, by what a person sees. */
  async join(federation: string, file: CsvFile): Promise<void> {
    await this.choose(federation, file);
    await this.agree();
  }

  async choose(federation: string, file: CsvFile): Promise<void> {
    await this.page
      .getByRole('link', { name: new RegExp(`^Join ${federation}`, 'i') })
      .first()
      .click();
    await this.page
      .getByLabel('Choose a CSV file')
      .setInputFiles({ name: file.name, mimeType: 'text/csv', buffer: Buffer.from(file.text) }, { timeout: PATIENCE_MS });
  }

  async agree(): Promise<void> {
    await this.page.getByRole('button', { name: 'I agree, start training' }).click({ timeout: PATIENCE_MS });
  }

  /** A button of a project's screen; one that is behind the three dots is brought out first. */
  async press(name: string): Promise<void> {
    const button = this.page.getByRole('button', { name, exact: true });
    const dots = this.page.getByLabel('More actions');
    await button.or(dots).first().waitFor();
    if (!(await button.isVisible())) await dots.click();
    await button.click();
  }

  /** Opens what stands behind a project's screen. */
  async part(name: 'Results' | 'Privacy' | 'Participants' | 'Details'): Promise<void> {
    const part = this.page.getByRole('group', { name: 'More about this project' }).getByRole('button', { name });
    if ((await part.getAttribute('aria-expanded')) === 'false') await part.click();
  }

  async download(): Promise<Buffer> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.press('Download the model')]);
    const stream = await download.createReadStream();
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }

  /** The same profile, a new page. */
  async reopen(path = '/'): Promise<void> {
    this.page = await this.context.newPage();
    await this.#watch();
    await this.page.goto(new URL(path, this.#url).href);
  }
}
