/** What every e2e test stands on: a real relay, a real browser, the sample files, and what counts as an error in their logs. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { startRelayProcess, type RelayProcess } from './relay-process.ts';
import { launchChromium, Tab, type CsvFile } from './tab.ts';

export interface Stage {
  readonly relay: RelayProcess;
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function openStage(options: Parameters<typeof startRelayProcess>[0] = {}): Promise<Stage> {
  const relay = await startRelayProcess(options);
  const browser = await launchChromium().catch(async (error: unknown) => {
    await relay.remove();
    throw error;
  });
  return {
    relay,
    browser,
    async close() {
      await browser.close();
      await relay.remove();
    },
  };
}

/** One of the sample parts that ship with the page, 1 to 3, as a person's file. */
export async function sampleCsv(part: number): Promise<CsvFile> {
  return { name: `digits-${part}.csv`, text: await readFile(new URL(`../public/samples/digits-${part}.csv`, import.meta.url), 'utf8') };
}

/** Tabs with a profile each, joined one after another through the page's controls, with the sample parts in order. */
export async function joinedTabs(stage: Stage, federation: string, count: number): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let part = 1; part <= count; part++) {
    const tab = await Tab.open(stage.browser, stage.relay.url);
    await tab.join(federation, await sampleCsv(part));
    tabs.push(tab);
  }
  return tabs;
}

/** A profile whose pages have no WebRTC, as behind a policy that forbids it. */
export async function contextWithoutRtc(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext();
  await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'));
  return context;
}

/** Lines of a relay's JSON log at level error (50) or above, and lines that are no JSON: a stack trace, a warning of Node. */
export function relayErrors(log: readonly string[]): string[] {
  return log.filter((line) => {
    if (/^\S.* https?:\/\//.test(line)) return false; // the address it printed
    try {
      const { level } = JSON.parse(line) as { level?: number | string };
      return typeof level === 'number' ? level >= 50 : level === 'error' || level === 'fatal';
    } catch {
      return true;
    }
  });
}
