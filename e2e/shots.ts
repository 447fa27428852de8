/**
 * `npm run prove -- shots`: every state of the page at three widths in both themes, on one contact sheet (artifacts/shots.png), and the same
 * blurred by 12 px, where the number or the button must still stand out. With `--write` also the README's moving picture of the demo.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { fetchFederations } from '#signaling/relay-client';
import { THEMES } from './axe.ts';
import { recordDemo } from './moving-picture.ts';
import { publishDigits } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';
import { verdict } from './verdict.ts';

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const SETTLE_MS = 400;
const PATIENCE_MS = 120_000;
const PACE = { joinWindowMs: 300, deadlineMs: 10_000, takeoverMs: 5000 };
const FOLDER = fileURLToPath(new URL('../artifacts/shots/', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/demo.gif', import.meta.url));

interface Shot {
  readonly state: string;
  readonly theme: string;
  readonly width: number;
  readonly file: string;
}

const shots: Shot[] = [];
const sideways: string[] = [];

/** The window as it stands, in all sizes and both themes. */
async function shoot(page: Page, state: string): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const theme of THEMES) {
      await page.evaluate((name) => void (document.documentElement.dataset['theme'] = name), theme);
      await page.waitForTimeout(SETTLE_MS);
      const file = `${state}-${size.width}-${theme}.png`;
      await page.screenshot({ path: join(FOLDER, file) });
      shots.push({ state, theme, width: size.width, file });
    }
    if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) {
      sideways.push(`${state} at ${size.width}`);
    }
  }
  await page.setViewportSize(SIZES[1]);
}

async function ids(relay: string): Promise<Map<string, string>> {
  const list = await fetchFederations(relay);
  return new Map(list.map(({ id, name }) => [name, id]));
}

async function everyState(stage: Stage, folder: string): Promise<void> {
  const peers: HeadlessPeer[] = [];
  const company = async (federation: string, count: number) => {
    for (let i = 2; i < 2 + count; i++) {
      const options = {
        relay: stage.relay.url,
        federation,
        folder: join(folder, `${federation}-${i}`),
        data: { sample: `digits-${i}.csv` },
      };
      peers.push(await openHeadlessPeer(options));
    }
  };
  try {
    const long = await publishDigits(stage.relay.url, 'Digits of the town', 300, PACE);
    const short = await publishDigits(stage.relay.url, 'Digits of the school', 8, PACE);
    const tab = await Tab.open(stage.browser, stage.relay.url);
    const { page } = tab;
    const open = (path: string) => page.goto(new URL(path, stage.relay.url).href);
    await page.getByRole('link', { name: 'Try the demo' }).waitFor({ timeout: PATIENCE_MS });
    await shoot(page, 'landing');
    await page.getByRole('link', { name: 'Try the demo' }).click();
    await page
      .getByText(/^Round [5-9] of/)
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    await shoot(page, 'demo');
    await open('/new');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await shoot(page, 'create');
    await open(`/f/${'A'.repeat(20)}`);
    await page
      .getByRole('alert')
      .or(page.getByText(/incomplete/))
      .first()
      .waitFor();
    await shoot(page, 'error');
    const choose = async ({ page: its }: Tab, id: string) => {
      await its.goto(new URL(`/f/${id}/join`, stage.relay.url).href);
      const { name, text } = await sampleCsv(1);
      await its.getByLabel('Choose a CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
      await its.getByRole('button', { name: 'I agree, start training' }).waitFor({ timeout: PATIENCE_MS });
    };
    await choose(tab, short);
    await shoot(page, 'join');
    await tab.agree();
    await tab.until('it waits', (s) => s.activity === 'gathering');
    await page
      .getByText(/starts by itself/)
      .first()
      .waitFor();
    await shoot(page, 'waiting');
    await company(short, 2);
    await tab.until('the end', (s) => s.activity === 'finished' || s.activity === 'budget-spent', PATIENCE_MS);
    await page.locator('.result .number').waitFor();
    await shoot(page, 'finished');
    // Another profile: these rows have spent what they may.
    const member = await Tab.open(stage.browser, stage.relay.url);
    await choose(member, long);
    await member.agree();
    await company(long, 2);
    await member.until('some rounds', (s) => s.contributed >= 6, PATIENCE_MS);
    await member.page.locator('.draw-field').waitFor({ timeout: PATIENCE_MS });
    await shoot(member.page, 'training');
    const watcher = await Tab.open(stage.browser, new URL(`/f/${long}`, stage.relay.url).href);
    await watcher.page.locator('.draw-field').waitFor({ timeout: PATIENCE_MS });
    await watcher.until('scores', (s) => s.scores.length > 1, PATIENCE_MS);
    await shoot(watcher.page, 'watching');
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

/** All shots side by side, a state a row. */
async function contactSheet(stage: Stage, blur: number, name: string): Promise<void> {
  const page = await stage.browser.newPage({ viewport: { width: 2400, height: 1200 } });
  const states = [...new Set(shots.map(({ state }) => state))];
  const cell = ({ file, width, theme, state }: Shot) =>
    `<figure><div><img src="${file}" style="filter:blur(${blur}px)"></div><figcaption>${state} ${width} ${theme}</figcaption></figure>`;
  const rows = states.map(
    (state) =>
      `<section>${shots
        .filter((shot) => shot.state === state)
        .map(cell)
        .join('')}</section>`,
  );
  const style =
    'body{margin:8px;font:12px sans-serif;background:#888}section{display:flex;gap:8px;margin-bottom:8px}figure{margin:0}div{overflow:hidden}img{height:300px;display:block}';
  await writeFile(join(FOLDER, `${name}.html`), `<style>${style}</style>${rows.join('')}`);
  await page.goto(`file://${join(FOLDER, `${name}.html`)}`);
  await page.screenshot({ path: fileURLToPath(new URL(`../artifacts/${name}.png`, import.meta.url)), fullPage: true });
  await page.close();
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } }, allowPositionals: true });
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'mesh-shots-'));
  const stage = await openStage();
  try {
    await everyState(stage, folder);
    await contactSheet(stage, 0, 'shots');
    await contactSheet(stage, 12, 'shots-blurred');
    const known = await ids(stage.relay.url);
    const bytes = await recordDemo(stage, values.write ? PICTURE : join(FOLDER, 'demo.gif'));
    for (const line of sideways) process.stdout.write(`scrolls sideways: ${line}\n`);
    const states = new Set(shots.map(({ state }) => state)).size;
    const figures = {
      states,
      shots: shots.length,
      sideways: sideways.length,
      projects: known.size,
      movingPictureKB: Math.round(bytes / 1000),
    };
    const targets = { states: 9, shots: 54, sideways: 0, movingPictureKB: '<= 1500' };
    verdict('shots', states === 9 && shots.length === 54 && sideways.length === 0 && bytes <= 1_500_000, figures, targets);
  } finally {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
process.exit();
