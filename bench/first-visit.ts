/**
 * One visit to one address on an empty profile, and its cost: bytes of each response on the wire, layout shifts, paints. first-view.ts
 * judges them.
 */
import type { Browser, CDPSession, Page } from 'playwright-core';

/** Lighthouse's slow 4G: 150 ms round trip, 1.6 Mbit/s down, 0.75 Mbit/s up. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const CPU_SLOWDOWN = 4;
/** Selects what shows that the first view has loaded. */
const LIST = '.card';
const SETTLED_MS = 2000;
const QUIET_MS = 700;
const PATIENCE_MS = 60_000;

export interface Transfer {
  readonly path: string;
  readonly bytes: number;
  readonly encoding: string;
  readonly type: string;
}

export interface Visit {
  readonly transfers: readonly Transfer[];
  readonly largestPaintMs: number;
  readonly largest: string;
  readonly firstPaintMs: number;
  /** When the copy for offline use begins; Infinity until then. */
  readonly keptMs: number;
  readonly layoutShift: number;
  readonly shifted: readonly string[];
  readonly controlShift: number;
}

/** The page's measurements of itself; runs before its own code. */
function observe() {
  interface Shift extends PerformanceEntry {
    readonly value: number;
    readonly sources: readonly { readonly node: Element | null }[];
  }
  interface Paint extends PerformanceEntry {
    readonly element: Element | null;
  }
  const seen = { shift: 0, shifted: [] as string[], paint: 0, largest: '', kept: Infinity };
  Object.assign(globalThis, { firstView: seen });
  const named = (node: Element | null) => (node === null ? '?' : `${node.nodeName.toLowerCase()}.${node.getAttribute?.('class') ?? ''}`);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as Shift[]) {
      seen.shift += entry.value;
      seen.shifted.push(`${entry.value.toFixed(4)} ${entry.sources.map(({ node }) => named(node)).join(' ')}`);
    }
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as Paint[]) {
      seen.paint = entry.startTime;
      seen.largest = named(entry.element);
    }
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  const { register } = ServiceWorkerContainer.prototype;
  ServiceWorkerContainer.prototype.register = function (...args) {
    seen.kept = performance.now();
    return register.apply(this, args);
  };
  return seen;
}

/** Every response to the page, with its bytes on the wire; cached ones have none. */
async function record(session: CDPSession): Promise<{ readonly done: Transfer[]; pending(): number }> {
  const open = new Map<string, Omit<Transfer, 'bytes'>>();
  const done: Transfer[] = [];
  session.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    open.set(requestId, { path: new URL(request.url).pathname, encoding: '', type: type ?? '' });
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const known = open.get(requestId);
    const header = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding');
    if (known !== undefined) open.set(requestId, { ...known, encoding: header?.[1] ?? '' });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const known = open.get(requestId);
    if (known !== undefined) done.push({ ...known, bytes: encodedDataLength });
    open.delete(requestId);
  });
  session.on('Network.loadingFailed', ({ requestId }) => void open.delete(requestId));
  await session.send('Network.enable');
  return { done, pending: () => open.size };
}

async function quiet(page: Page, pending: () => number): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let since = Date.now(); Date.now() - since < QUIET_MS;) {
    if (pending() > 0) since = Date.now();
    if (Date.now() > end) throw new Error(`the page was not quiet within ${PATIENCE_MS} ms`);
    await page.waitForTimeout(50);
  }
}

/** Requests icons and manifest, which a headless browser does not load, so that they are counted too. */
async function askForIcons(page: Page, done: readonly Transfer[]): Promise<void> {
  const seen = done.map(({ path }) => path);
  await page.evaluate(async (known) => {
    const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel~=icon], link[rel=manifest], link[rel=apple-touch-icon]')];
    const urls = new Set(links.map(({ href }) => href));
    const manifest = links.find(({ rel }) => rel === 'manifest');
    if (manifest !== undefined) {
      const { icons } = (await (await fetch(manifest.href, { cache: 'reload' })).json()) as { icons: { src: string }[] };
      urls.delete(manifest.href);
      for (const { src } of icons) urls.add(new URL(src, manifest.href).href);
    }
    for (const url of urls) if (!known.includes(new URL(url).pathname)) await (await fetch(url, { cache: 'reload' })).arrayBuffer();
  }, seen);
}

export interface Way {
  readonly window: readonly [number, number];
  readonly slow?: boolean;
  /** Selects what shows that the view has loaded; by default the list's lines. */
  readonly until?: string;
  /** Name of its screenshot. */
  readonly picture?: string;
}

export async function visit(
  browser: Browser,
  url: string,
  { window: [width, height], slow = false, until = LIST, picture }: Way,
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await page.addInitScript(observe);
    const { done, pending } = await record(session);
    if (slow) {
      await session.send('Network.emulateNetworkConditions', SLOW_4G);
      await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    }
    await page.goto(url, { timeout: PATIENCE_MS });
    await page.locator(until).first().waitFor({ timeout: PATIENCE_MS });
    // A federation's page is never idle: its peer is active.
    if (until === LIST) await quiet(page, pending);
    else await page.waitForTimeout(SETTLED_MS);
    const read = () =>
      page.evaluate(() => ({
        ...(globalThis as never as { firstView: ReturnType<typeof observe> }).firstView,
        first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      }));
    const seen = await read();
    if (picture !== undefined) await page.screenshot({ path: `${picture}` });
    if (until === LIST) {
      await askForIcons(page, done);
      await quiet(page, pending);
    }
    // A control, so that the measurement is known to work: a box that pushes everything down.
    await page.evaluate(() => {
      const box = document.createElement('div');
      box.style.blockSize = '300px';
      document.body.prepend(box);
    });
    await page.waitForTimeout(300);
    const { shift } = await read();
    return {
      transfers: done,
      largestPaintMs: seen.paint,
      largest: seen.largest,
      firstPaintMs: seen.first,
      keptMs: seen.kept,
      layoutShift: seen.shift,
      shifted: seen.shifted,
      controlShift: shift - seen.shift,
    };
  } finally {
    await context.close();
  }
}
