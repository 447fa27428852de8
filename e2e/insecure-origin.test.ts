import { networkInterfaces } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const address = Object.values(networkInterfaces())
  .flat()
  .find((found) => found !== undefined && found.family === 'IPv4' && !found.internal)?.address;
const none = address === undefined && !process.env['CI'];
if (none) process.stderr.write('SKIPPED: this machine has no address but loopback, and a browser takes loopback for secure.\n');

let stage: Stage | undefined;
afterAll(() => stage?.close());

describe.skipIf(none)('a page that is served without HTTPS to another machine', () => {
  it('shows the one screen that says why and what to do, and starts nothing', async () => {
    expect(address, 'an IPv4 address that is not loopback').toBeDefined();
    stage = await openStage({ host: '0.0.0.0' });
    const origin = `http://${address}:${new URL(stage.relay.url).port}`;
    const context = await stage.browser.newContext();
    const page = await context.newPage();
    const errors: string[] = [];
    const calls: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('websocket', (socket) => calls.push(socket.url()));
    page.on('worker', (worker) => calls.push(worker.url()));
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.startsWith('/api')) calls.push(request.url());
    });
    // Any address of the site ends there, a federation's too.
    for (const path of ['/', '/f/someone-sent-this-link']) {
      await page.goto(new URL(path, origin).href);
      await page.getByRole('heading', { level: 1, name: 'This page cannot run here' }).waitFor();
      expect(await page.evaluate(() => isSecureContext)).toBe(false);
      expect(await page.getByRole('main').innerText()).toContain(`This one is ${origin}`);
      await page.getByText(`http://localhost`).waitFor();
      await page.getByText('https:// in front').waitFor();
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(await page.getByRole('link').count()).toBe(0);
      expect(await page.getByRole('button').count()).toBe(0);
      await page.waitForLoadState('networkidle');
    }
    expect(page.workers()).toEqual([]);
    expect(calls).toEqual([]);
    expect(errors).toEqual([]);
  });
});
