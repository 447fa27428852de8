/**
 * `npm run prove -- e2e:a11y`: axe (WCAG 2.2 A and AA) over every page in its states, in both themes, at 320 and 1280 px, and no page
 * scrolls sideways; then the whole journey by keyboard only: take part, train, pause, try, download the model; found a federation.
 */
import type { Page } from 'playwright-core';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { fetchFederations } from '#signaling/relay-client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, THEMES, WIDTHS, type Finding } from './axe.ts';
import { press, tabTo } from './keyboard.ts';
import { publishDigits } from './publish.ts';
import { openStage, type Stage } from './stage.ts';
import { Tab } from './tab.ts';
import { verdict } from './verdict.ts';

const FEDERATION = 'Long digits';
const PATIENCE_MS = 120_000;
/** Enough rounds that training continues while its page is checked. */
const ROUNDS = 2000;
/** A founder's sample: numbers, a category, an answer. */
const SAMPLE = [
  'age,home,income,repaid',
  ...Array.from({ length: 60 }, (_, i) => `${20 + (i % 45)},${i % 3 === 0 ? 'own' : 'rent'},${900 + 37 * i},${i % 4 === 0 ? 'no' : 'yes'}`),
].join('\n');
const PACE = { minContributors: 2, joinWindowMs: 1000, deadlineMs: 20_000, takeoverMs: 5000 };

const findings: Finding[] = [];
const screens: string[] = [];

async function look(page: Page, screen: string): Promise<void> {
  screens.push(screen);
  findings.push(...(await inspect(page, screen)));
}

async function companions(stage: Stage, federation: string, folder: string, count: number): Promise<HeadlessPeer[]> {
  const open = Array.from({ length: count }, (_, i) =>
    openHeadlessPeer({
      relay: stage.relay.url,
      federation,
      folder: join(folder, `peer-${i}`),
      data: { sample: `digits-${i + 2}.csv` },
    }),
  );
  return Promise.all(open);
}

/** Every page with nothing done yet, with something done, and with something wrong. */
async function lookAround(stage: Stage): Promise<void> {
  const tab = await Tab.open(stage.browser, stage.relay.url);
  const { page } = tab;
  const heading = (name: RegExp) => page.getByRole('heading', { name }).first().waitFor({ timeout: PATIENCE_MS });
  const id = await fetchFederations(stage.relay.url);
  const of = (name: string) => id.find((line) => line.name === name)!.id;
  const open = async (path: string, title: RegExp) => {
    await page.goto(new URL(path, stage.relay.url).href);
    await heading(title);
  };

  await heading(/Handwritten digits/);
  await look(page, 'landing');
  await page.getByText('Join with a link').click();
  await look(page, 'landing, a link to join with');
  await page.getByRole('link', { name: 'Try the demo' }).click();
  await page
    .getByText(/^Round \d+ of/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  await look(page, 'demo');
  await open('/models', /My models/);
  await look(page, 'my models');
  await open('/help', /Help/);
  await look(page, 'help');
  await open('/nowhere', /no such page/i);
  await look(page, 'lost');
  await open('/new', /^Create a project$/);
  await look(page, 'create');
  await page.getByLabel('Choose a sample file').setInputFiles({ name: 'loans.csv', mimeType: 'text/csv', buffer: Buffer.from(SAMPLE) });
  await page.getByText('Read 60 rows and 4 columns.').waitFor({ timeout: PATIENCE_MS });
  await look(page, 'create, a sample read');
  await page.getByText('Expert settings').click();
  await page.locator('details.column > summary').first().click();
  await look(page, 'create, expert settings');
  await open(`/f/${of('Late parcels')}/join`, /Join/);
  await look(page, 'join a table');
  await page.getByLabel('Choose a CSV file').setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
  await page.getByRole('alert').waitFor();
  await look(page, 'join, a file refused');
  await open(`/f/${of('Handwritten digits')}/join`, /Join/);
  await page.getByRole('button', { name: 'Use the sample, part 1' }).click();
  await page.getByRole('button', { name: 'I agree, start training' }).waitFor({ timeout: PATIENCE_MS });
  await look(page, 'join, rows read');
  await open(`/f/${of('Handwritten digits')}`, /Handwritten/);
  await look(page, 'watching');
  await open(`/f/${of('Late parcels')}/try`, /Try/);
  await page.getByRole('button', { name: 'Predict' }).click({ timeout: PATIENCE_MS });
  await page.getByText('with a probability of').first().waitFor({ timeout: PATIENCE_MS });
  await look(page, 'try a table');
  await open(`/f/${of('Handwritten digits')}/practice`, /Practice/);
  await page.getByRole('grid').waitFor({ timeout: PATIENCE_MS });
  await page.getByRole('group', { name: 'More about this project' }).getByRole('button', { name: 'Participants' }).click();
  await look(page, 'practice, with the model to try');
  await tab.context.close();
}

/** Founds a federation, from a sample file to the link. */
async function foundByKeyboard(stage: Stage): Promise<string[]> {
  const { page, context, errors } = await Tab.open(stage.browser, stage.relay.url);
  await page.setViewportSize({ width: 1280, height: 900 });
  await press(page, /^Create a project$/);
  await page.getByRole('radio').first().waitFor({ timeout: PATIENCE_MS });
  const chooser = page.waitForEvent('filechooser', { timeout: PATIENCE_MS });
  await press(page, /^Choose a sample file$/);
  await (await chooser).setFiles({ name: 'loans.csv', mimeType: 'text/csv', buffer: Buffer.from(SAMPLE) });
  await page.getByText(/^Read 60 rows/).waitFor({ timeout: PATIENCE_MS });
  await tabTo(page, /^What is the project called\?$/);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Loans of 2026');
  await tabTo(page, /^Expert settings$/);
  await page.keyboard.press('Enter');
  await tabTo(page, /^Participants you expect$/);
  await press(page, /^Publish$/);
  await page.getByRole('link', { name: /Join it now/ }).waitFor({ timeout: PATIENCE_MS });
  await page.reload();
  await page.getByRole('heading', { name: 'Loans of 2026 is published' }).waitFor({ timeout: PATIENCE_MS });
  await look(page, 'create, published');
  if (errors.length > 0) throw new Error(`errors in the console: ${errors.join(' | ')}`);
  await context.close();
  return ['open', 'sample', 'name', 'expert settings', 'publish'];
}

type Step = (name: string, work: () => Promise<unknown>) => Promise<void>;

/** By keyboard only, from the list to a downloaded model. Checks the pages that only a member sees on the way. */
async function byKeyboard(stage: Stage): Promise<string[]> {
  const steps: string[] = [];
  const tab = await Tab.open(stage.browser, stage.relay.url);
  const step: Step = async (name, work) => {
    await work();
    steps.push(name);
  };
  await joinByKeyboard(tab, step);
  await look(tab.page, 'training');
  for (const part of ['Results', 'Privacy', 'Participants', 'Details'] as const) {
    await tab.part(part);
    await look(tab.page, `training, ${part.toLowerCase()}`);
  }
  await step('privacy report', async () => {
    await tab.page.setViewportSize({ width: 1280, height: 900 });
    await press(tab.page, /^Privacy$/);
    await press(tab.page, /^See my privacy report$/);
    await tab.page.getByRole('table').first().waitFor({ timeout: PATIENCE_MS });
  });
  await look(tab.page, 'privacy report');
  await tab.page.goBack();
  await tryByKeyboard(tab, step);
  if (tab.errors.length > 0) throw new Error(`errors in the console: ${tab.errors.join(' | ')}`);
  await tab.context.close();
  return steps;
}

async function joinByKeyboard(tab: Tab, step: Step): Promise<void> {
  const { page } = tab;
  await page.setViewportSize({ width: 1280, height: 900 });
  await step('skip link', async () => {
    await page.getByRole('heading', { name: FEDERATION }).waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press('Tab');
    await tabTo(page, /^Skip to the content$/);
    await page.keyboard.press('Enter');
  });
  await step('join', () => press(page, new RegExp(`^Join ${FEDERATION}$`)));
  await step('choose rows', () => press(page, /^Use the sample, part 1$/, 'Space'));
  await step('keep rows aside', async () => {
    // It is disabled and cannot be focused while rows are read.
    await page
      .getByLabel(/^Keep some rows aside/)
      .and(page.locator(':enabled'))
      .waitFor({ timeout: PATIENCE_MS });
    await tabTo(page, /^Keep some rows aside/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page
      .getByText(/kept aside|held aside|aside/i)
      .first()
      .waitFor();
  });
  await step('set a budget', async () => {
    await page.getByText(/You can take part in/).waitFor({ timeout: PATIENCE_MS });
    await tabTo(page, /^Allowance$/);
    await page.keyboard.press('ArrowLeft');
  });
  await step('agree', () => press(page, /^I agree, start training$/));
  await step('train', () => tab.until('its own rounds', (s) => s.contributed >= 3, PATIENCE_MS));
}

async function tryByKeyboard(tab: Tab, step: Step): Promise<void> {
  const { page } = tab;
  await page.setViewportSize({ width: 1280, height: 900 });
  await step('pause', async () => {
    await press(page, /^More actions$/);
    await press(page, /^Pause$/);
    await tab.until('paused', (s) => s.activity === 'paused');
  });
  await step('resume', async () => {
    await press(page, /^Resume$/);
    await tab.until('training again', (s) => s.activity !== 'paused');
  });
  await step('try', async () => {
    await press(page, /^Try it$/);
    // The project's screen has a drawing field as well.
    await page.getByRole('heading', { level: 1, name: /^Try / }).waitFor({ timeout: PATIENCE_MS });
    await page.getByRole('grid').waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press('Tab');
  });
  await step('draw', async () => {
    await page.getByRole('gridcell').first().waitFor();
    for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement?.closest('[role=grid]') !== null)); i++)
      await page.keyboard.press('Tab');
    for (const key of [
      'ArrowDown',
      'ArrowRight',
      'ArrowRight',
      'Space',
      'ArrowDown',
      'Space',
      'ArrowDown',
      'Space',
      'ArrowDown',
      'Space',
    ]) {
      await page.keyboard.press(key);
    }
    await page.getByText('with a probability of').first().waitFor({ timeout: PATIENCE_MS });
  });
  await step('own check', async () => {
    await press(page, /^Check on my rows$/);
    await page.getByRole('table', { name: 'Scores with 95 % intervals' }).waitFor({ timeout: PATIENCE_MS });
  });
  await look(page, 'try, drawn and checked');
  await page.setViewportSize({ width: 1280, height: 900 });
  await step('take along', async () => {
    const download = page.waitForEvent('download', { timeout: PATIENCE_MS });
    await press(page, /^Download the model$/);
    await download;
  });
  await step('leave', async () => {
    await press(page, /^Back to the project$/);
    await press(page, /^More actions$/);
    await press(page, /^Leave now$/);
    await tab.until('left', (s) => s.activity === 'left');
  });
}

async function main(): Promise<void> {
  const stage = await openStage();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-a11y-'));
  let peers: HeadlessPeer[] = [];
  try {
    const federation = await publishDigits(stage.relay.url, FEDERATION, ROUNDS, PACE);
    await lookAround(stage);
    peers = await companions(stage, federation, folder, 2);
    const steps = [...(await byKeyboard(stage)), ...(await foundByKeyboard(stage))];
    for (const { screen, theme, width, rule, where } of findings) {
      process.stdout.write(`${screen}, ${theme}, ${width} px: ${rule}\n  ${where.join('\n  ')}\n`);
    }
    const figures = {
      violations: findings.length,
      screens: screens.length,
      themes: THEMES.length,
      widths: WIDTHS,
      keyboardSteps: steps.length,
    };
    verdict('e2e:a11y', findings.length === 0, figures, { violations: 0, keyboardSteps: 'all' });
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
