/** Chromium as the test's own process, on a profile that outlives it, for tests that kill and restart it. */
import { spawn } from 'node:child_process';
import { chromium, type BrowserContext } from 'playwright-core';
import { CHROMIUM_ARGS, chromiumPath } from './browser-path.ts';

const START_MS = 60_000;

export interface BrowserProcess {
  /** The profile's own context: its storage is on the disk. */
  readonly context: BrowserContext;
  /** SIGKILL to the browser process; its renderers end with it. Nothing is flushed or sent. */
  kill(): Promise<void>;
}

/** @param profile a folder, possibly with an earlier process's data */
export async function startBrowserProcess(profile: string): Promise<BrowserProcess> {
  const args = [...CHROMIUM_ARGS, '--headless', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'];
  const child = spawn(await chromiumPath(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  const endpoint = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the browser printed no address: ${said.slice(-500)}`)), START_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found === null) return;
      clearTimeout(late);
      resolve(found[1]!);
    });
    child.once('exit', (code) => reject(new Error(`the browser ended with ${code}: ${said.slice(-500)}`)));
  });
  const browser = await chromium.connectOverCDP(endpoint);
  return {
    context: browser.contexts()[0]!,
    async kill() {
      child.kill('SIGKILL');
      await ended;
      await browser.close().catch(() => {}); // its socket is gone: only the client's side is left to close
    },
  };
}
