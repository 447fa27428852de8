/**
 * A tab whose peer and trainer threads tell when the parts of an update happen. The page's own scripts run unchanged, behind page/watch-tab.ts.
 * Chromium asks Playwright for a page's threads, but not for those that these start: the peer's thread is made to import both.
 */
import type { Browser } from 'playwright-core';
import { launchChromium, Tab } from '../e2e/tab.ts';
import type { PartTimes } from './page/part-times.ts';

const PEER = /\/peer\.worker-[^/]*\.js$/;
/** A script that Playwright answers has no address of its own, so Chromium would keep it from this machine's relay. */
const OFF = 'WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets';

export const launchWatched = (): Promise<Browser> => launchChromium([`--disable-features=${OFF}`]);

export interface WatchedTab {
  readonly tab: Tab;
  /** All so far. */
  parts(): Promise<readonly PartTimes[]>;
}

/** @param watch bundle of page/watch-tab.ts */
export async function openWatched(browser: Browser, url: string, watch: string): Promise<WatchedTab> {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const trainerToo = `{
    const address = (script) => URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const watch = address(${JSON.stringify(watch)});
    const Thread = globalThis.Worker;
    globalThis.Worker = class extends Thread {
      constructor(url, options) {
        const both = [watch, String(url)].map((from) => 'import ' + JSON.stringify(from) + ';').join('');
        super(String(url).includes('/trainer.worker-') ? address(both) : url, options);
      }
    };
  }`;
  await context.route(PEER, async (route) => {
    const response = await route.fetch();
    const { 'content-security-policy': _, ...headers } = response.headers(); // it allows no blobs
    await route.fulfill({ response, headers, body: [watch, trainerToo, await response.text()].join('\n') });
  });
  await context.addInitScript(() => {
    const heard: unknown[] = ((globalThis as { partTimes?: unknown[] }).partTimes = []);
    new BroadcastChannel('bench/part-times').addEventListener('message', ({ data }: MessageEvent) => heard.push(data));
  });
  const tab = await Tab.inContext(context, url);
  return { tab, parts: () => tab.page.evaluate(() => (globalThis as { partTimes?: unknown[] }).partTimes as never) };
}
