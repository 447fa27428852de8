/**
 * A federation of pictures in real tabs: a folder chosen as one, with everything that lies in folders, to rows, a consent and a
 * certified round; and drawings by mouse.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lying, publishLinePictures, upright } from './line-pictures.ts';
import { openStage, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const PATIENCE_MS = 120_000;
let stage: Stage;
let folder: string;

const publishLines = (relay: string) => publishLinePictures(relay, 4, { rounds: { minContributors: 1 } });

beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'mesh-pictures-'));
  for (const kind of ['upright', 'Lying']) await mkdir(join(folder, 'lines', kind), { recursive: true });
  for (let i = 0; i < 10; i++) {
    await writeFile(join(folder, 'lines', 'upright', `${i}.png`), upright(i + 1, 1 + (i % 3)));
    await writeFile(join(folder, 'lines', 'Lying', `${i}.png`), lying(i + 1, 1 + (i % 3)));
  }
  await writeFile(join(folder, 'lines', 'upright', 'broken.png'), upright(3, 1).subarray(0, 60));
  await writeFile(join(folder, 'lines', '.DS_Store'), 'x');
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

it('a folder of pictures is read, trained on, and left where it is', async () => {
  const id = await publishLines(stage.relay.url);
  const tab = await Tab.open(stage.browser, new URL(`/f/${id}/join`, stage.relay.url).href);
  const { page } = tab;
  await page.getByLabel('Choose a folder of pictures').setInputFiles(join(folder, 'lines'), { timeout: PATIENCE_MS });
  await tab.agree();
  const { data } = await tab.until('the first model', ({ models }) => models > 0);
  expect(data).toMatchObject({ name: 'lines', rows: 20, classCounts: [10, 10], synthetic: false });
  expect(data!.findings).toContainEqual(expect.objectContaining({ code: 'image-unreadable', count: 1, got: 'broken.png: a damaged PNG' }));
  expect(tab.errors).toEqual([]);
});

it('drawings by mouse are data too', async () => {
  const id = await publishLines(stage.relay.url);
  const tab = await Tab.open(stage.browser, new URL(`/f/${id}/join`, stage.relay.url).href);
  const { page } = tab;
  await page.getByText('Draw your own').click({ timeout: PATIENCE_MS });
  const draw = async (kind: string, [fromX, fromY, toX, toY]: readonly [number, number, number, number]) => {
    await page.getByLabel('What you draw (line)').selectOption(kind);
    const canvas = page.locator('.draw-field canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width * fromX, box.y + box.height * fromY);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * toX, box.y + box.height * toY, { steps: 8 });
    await page.mouse.up();
    await page.getByRole('button', { name: `Add as ${kind}` }).click();
  };
  for (const at of [0.3, 0.5, 0.7]) {
    await draw('upright', [at, 0.1, at, 0.9]);
    await draw('lying', [0.1, at, 0.9, at]);
  }
  await page.getByRole('button', { name: 'Use these drawings' }).click();
  await page.getByRole('button', { name: 'I agree, start training' }).click({ timeout: PATIENCE_MS });
  const { data } = await tab.until('rows of drawings', (snapshot) => snapshot.data !== null);
  expect(data).toMatchObject({ name: 'drawings', rows: 6, classCounts: [3, 3] });
  expect(tab.errors).toEqual([]);
});
