/**
 * A federation of recordings in real tabs, from its founding to its use: a folder of files proposes channels and windows, is joined
 * with, trained on, kept over a reload, and the model is tried on recordings that nobody trained on.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const PATIENCE_MS = 120_000;
const MOMENTS = 40;
let stage: Stage;
let folder: string;

/** A slow swing or a fast one, from any phase, with a channel that says nothing. */
function recording(n: number): string {
  const phase = (n * 37) % 11;
  const lines = Array.from({ length: MOMENTS }, (_, i) => {
    const swing = Math.sin(phase + i * (n % 2 === 0 ? 0.25 : 1.4));
    return `${swing.toFixed(4)}, ${(((i * 31 + n * 17) % 100) / 100).toFixed(2)}`;
  });
  return ['#swing, rest', ...lines].join('\n');
}

beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'mesh-recordings-'));
  await mkdir(join(folder, 'swings'));
  const names = Array.from({ length: 60 }, (_, i) => i + 1);
  for (const n of names) await writeFile(join(folder, 'swings', `swing_${n}.csv`), recording(n));
  await writeFile(
    join(folder, 'swings', 'target.csv'),
    ['#id, pace', ...names.map((n) => `${n},${n % 2 === 0 ? 'slow' : 'fast'}`)].join('\n'),
  );
  await writeFile(join(folder, 'swings', 'README.txt'), 'Swings, made up\n');
  for (const n of [101, 102]) await writeFile(join(folder, `new_${n}.csv`), recording(n));
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

it('a federation is founded from a folder, joined with it, goes on after a reload, and its model tells new recordings apart', async () => {
  const tab = await Tab.open(stage.browser, new URL('/new', stage.relay.url).href);
  const { page } = tab;
  await page.getByRole('radio', { name: 'Recordings' }).click({ timeout: PATIENCE_MS });
  await page.getByLabel('Choose a folder of recordings').setInputFiles(join(folder, 'swings'));
  await page.getByText('Read 60 recordings of swings, with 2 columns of numbers.').waitFor({ timeout: PATIENCE_MS });
  await page.reload();
  await page.getByText('From your draft: 60 recordings of swings.').waitFor({ timeout: PATIENCE_MS });
  await page.getByText('Expert settings').click();
  await page.getByLabel('Fewest participants in a round').fill('1');
  await page.getByLabel('Wait for more, in seconds').fill('0.2');
  await page.getByLabel('Participants you expect').fill('1');
  await page.getByLabel('Recordings each brings').fill('60');
  await page.getByRole('slider').first().fill('8');
  await page.getByRole('button', { name: 'Publish' }).click();
  const published = page.getByRole('heading', { name: 'swings is published' });
  await published.waitFor({ timeout: PATIENCE_MS });
  await page.reload();
  await page.getByRole('link', { name: 'Join it now' }).click({ timeout: PATIENCE_MS });
  await page.getByLabel('Choose a folder of recordings').waitFor({ timeout: PATIENCE_MS });
  await page.goBack();
  await published.waitFor({ timeout: PATIENCE_MS });
  await page.getByRole('link', { name: 'Join it now' }).click({ timeout: PATIENCE_MS });

  await page.getByLabel('Choose a folder of recordings').setInputFiles(join(folder, 'swings'), { timeout: PATIENCE_MS });
  await tab.agree();
  const first = await tab.until('the first model', ({ models }) => models > 0);
  expect(first.data).toMatchObject({ name: 'swings', rows: 60, classCounts: [30, 30], synthetic: false });
  expect(first.data!.findings).toContainEqual(expect.objectContaining({ code: 'recording-file', action: 'kept', got: 'README.txt' }));
  await page.reload();
  const last = await tab.until('the last round', ({ activity }) => activity === 'budget-spent' || activity === 'finished');
  expect(last.data).toMatchObject({ name: 'swings', rows: 60 });

  await page.goto(new URL(`/f/${last.federation}/try`, stage.relay.url).href);
  const choose = page.getByLabel('Choose files of recordings to predict');
  await choose.setInputFiles(
    [101, 102].map((n) => join(folder, `new_${n}.csv`)),
    { timeout: PATIENCE_MS },
  );
  await page.getByRole('row', { name: /new_101\.csv fast/ }).waitFor({ timeout: PATIENCE_MS });
  expect(await page.getByRole('row', { name: /new_102\.csv slow/ }).count()).toBe(1);
  expect(tab.errors).toEqual([]);
});
