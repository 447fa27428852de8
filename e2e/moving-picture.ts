/** The README's moving picture: the demo as it runs, a frame about every second, as a GIF of few colours. */
import { writeFile } from 'node:fs/promises';
import gifenc from 'gifenc';
import type { Page } from 'playwright-core';
import type { Stage } from './stage.ts';

const { applyPalette, GIFEncoder, quantize } = gifenc;
/** The whole screen, three quarters of its size: a README is narrower. */
const SIZE = { width: 1280, height: 800 };
const SCALE = 0.75;
const FRAME_MS = 700;
const LAST_MS = 3000;
const FRAMES_MAX = 60;
const COLOURS = 64;
const PATIENCE_MS = 120_000;

/** @returns bytes written */
export async function recordDemo(stage: Stage, path: string): Promise<number> {
  const context = await stage.browser.newContext({ viewport: SIZE, deviceScaleFactor: SCALE, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(stage.relay.url);
  const button = page.getByRole('link', { name: 'Try the demo' });
  await button.waitFor({ timeout: PATIENCE_MS });
  // The button has just become one to press, which takes a moment to see.
  await page.waitForTimeout(FRAME_MS);
  const frames = [await page.screenshot()];
  await button.click();
  await page.locator('.draw-field').waitFor({ timeout: PATIENCE_MS });
  const done = page.locator('.state-chip[data-tone=done]');
  while (frames.length < FRAMES_MAX && !(await done.isVisible())) {
    frames.push(await page.screenshot());
    await page.waitForTimeout(FRAME_MS);
  }
  frames.push(await page.screenshot());
  const gif = GIFEncoder();
  for (const [i, frame] of frames.entries()) {
    const { rgba, width, height } = await pixelsOf(page, frame);
    const palette = quantize(rgba, COLOURS);
    gif.writeFrame(applyPalette(rgba, palette), width, height, { palette, delay: i === 0 || i === frames.length - 1 ? LAST_MS : FRAME_MS });
  }
  gif.finish();
  const bytes = gif.bytes();
  await writeFile(path, bytes);
  await context.close();
  return bytes.length;
}

/** A browser knows how to read a PNG. */
async function pixelsOf(page: Page, png: Buffer): Promise<{ rgba: Uint8ClampedArray; width: number; height: number }> {
  const { base64, width, height } = await page.evaluate(async (encoded) => {
    const bytes = Uint8Array.from(atob(encoded), (c) => c.codePointAt(0)!);
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = '';
    for (let at = 0; at < data.length; at += 8192) text += String.fromCodePoint(...data.subarray(at, at + 8192));
    return { base64: btoa(text), width: bitmap.width, height: bitmap.height };
  }, png.toString('base64'));
  return { rgba: new Uint8ClampedArray(Buffer.from(base64, 'base64')), width, height };
}
