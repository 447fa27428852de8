/**
 * `npm run prove -- e2e:newcomer`: a fresh browser profile meets the first view, presses *Try the demo*, and has drawn a digit that the
 * trained model answers; then takes part in a real project beside two headless participants. Counted is every click, key and stroke.
 * Until the real project no socket may be opened, nothing be sent, no database be made, and the relay see nobody. Screenshots of every
 * step go to artifacts/.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page, Request } from 'playwright-core';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { fetchFederations } from '#signaling/relay-client';
import { allInView, inView } from './in-view.ts';
import { publishDigits } from './publish.ts';
import { openStage, type Stage } from './stage.ts';
import { Tab } from './tab.ts';
import { round, verdict } from './verdict.ts';

const PROJECT = 'Digits of the town';
const ROUNDS = 400;
const PACE = { joinWindowMs: 300, deadlineMs: 10_000, takeoverMs: 5000 };
const PATIENCE_MS = 120_000;
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const FOLDER = fileURLToPath(new URL('../artifacts/', import.meta.url));

const targets = {
  demoActions: '<= 2',
  demoSeconds: '<= 30',
  projectActions: '<= 3',
  wordsOnLanding: '<= 40',
  wordsWhileTraining: '<= 90',
  noScroll: 'demo, finished demo, training',
  filledButtons: '1 a screen',
  phone: 'result and button in view',
  apart: 'nothing sent, kept or opened before the real project; both seen in it',
  consoleErrors: 0,
};

/** What a person did, one after another. */
class Person {
  readonly page: Page;
  actions: string[] = [];

  constructor(page: Page) {
    this.page = page;
  }

  async press(role: 'link' | 'button', name: string): Promise<void> {
    this.actions.push(`press ${name}`);
    await this.page.getByRole(role, { name, exact: true }).click({ timeout: PATIENCE_MS });
  }

  /** One stroke over the drawing field: a seven. */
  async draw(): Promise<void> {
    this.actions.push('draw');
    const field = this.page.locator('.draw-field canvas');
    const box = (await field.boundingBox({ timeout: PATIENCE_MS }))!;
    const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
    const path = [
      [0.25, 0.2],
      [0.72, 0.2],
      [0.45, 0.85],
    ] as const;
    await this.page.mouse.move(...at(path[0]));
    await this.page.mouse.down();
    for (const point of path.slice(1)) await this.page.mouse.move(...at(point), { steps: 8 });
    await this.page.mouse.up();
  }
}

/** What a screen shows, and a picture of it in both sizes. Stays wide. */
async function look(page: Page, step: string) {
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: `${FOLDER}newcomer-${step}-390.png` });
  const phone = await allInView(page, ['.result .number', '.bar .button.primary']);
  await page.setViewportSize(WIDE);
  await page.screenshot({ path: `${FOLDER}newcomer-${step}-1280.png` });
  return { ...(await inView(page)), phone };
}

/** Records of every database of this origin, and files; a database counts as one itself. */
async function kept(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(request.error ?? new Error('refused')));
      });
    let found = 0;
    for (const { name } of await indexedDB.databases()) {
      const db = await settled(indexedDB.open(name!));
      found++;
      for (const store of db.objectStoreNames) found += await settled(db.transaction(store).objectStore(store).count());
      db.close();
    }
    const root = (await navigator.storage.getDirectory()) as unknown as { keys(): AsyncIterable<string> };
    for await (const _ of root.keys()) found++;
    return found;
  });
}

async function participantsAt(relay: string): Promise<number> {
  const list = await fetchFederations(relay);
  return list.reduce((sum, { members }) => sum + members, 0);
}

const sends = (request: Request) => request.method() !== 'GET' || request.postData() !== null;

/** First view to a drawn digit that the finished model answers. */
async function demo(stage: Stage, person: Person) {
  const { page } = person;
  await page.getByRole('link', { name: 'Try the demo' }).waitFor({ timeout: PATIENCE_MS });
  const landing = await look(page, '1-landing');
  const began = performance.now();
  await person.press('link', 'Try the demo');
  await page
    .getByText(/^Round \d+ of/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  const training = await look(page, '2-demo');
  await page.locator('.state-chip[data-tone=done]').waitFor({ timeout: PATIENCE_MS });
  await person.draw();
  await page
    .getByText(/^digit: \d, with a probability of/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  const seconds = (performance.now() - began) / 1000;
  const answer = (await page.locator('.answer-best').textContent()) ?? '';
  const finished = await look(page, '3-demo-done');
  const correct = Number.parseFloat((await page.locator('.result .number').textContent()) ?? '');
  return { landing, training, finished, seconds, answer, correct, seen: await participantsAt(stage.relay.url) };
}

/** From the list to a round that this browser's rows are in. */
async function project(stage: Stage, tab: Tab, person: Person) {
  await tab.page.goto(stage.relay.url);
  await person.press('link', `Join ${PROJECT}`);
  await person.press('button', 'Use the sample, part 1');
  await person.press('button', 'I agree, start training');
  await tab.until('a round with its part', (s) => s.contributed >= 1 && s.scores.length > 1, PATIENCE_MS);
  await tab.page
    .getByText(/^Round \d+ of/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  return look(tab.page, '4-training');
}

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const stage = await openStage();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-newcomer-'));
  const peers: HeadlessPeer[] = [];
  try {
    const federation = await publishDigits(stage.relay.url, PROJECT, ROUNDS, PACE);
    const context = await stage.browser.newContext({ viewport: WIDE });
    const sockets: string[] = [];
    const sent: string[] = [];
    // Before the page is opened: what the first view does counts as well.
    context.on('page', (opened) => opened.on('websocket', (socket) => void sockets.push(socket.url())));
    context.on('request', (request) => void (sends(request) && sent.push(`${request.method()} ${request.url()}`)));
    const tab = await Tab.inContext(context, stage.relay.url);
    const { page } = tab;
    const person = new Person(page);
    const shown = await demo(stage, person);
    const demoActions = person.actions;
    const quiet = { sockets: sockets.length, sent: sent.length, kept: await kept(page), seen: shown.seen };
    for (const i of [2, 3]) {
      const options = { relay: stage.relay.url, federation, folder: join(folder, `peer-${i}`), data: { sample: `digits-${i}.csv` } };
      peers.push(await openHeadlessPeer(options));
    }
    person.actions = [];
    const training = await project(stage, tab, person);
    const control = sockets.length > 0 && (await kept(page)) > 0 && (await participantsAt(stage.relay.url)) >= 3;

    process.stdout.write(`${[...demoActions, ...person.actions].join(', ')}: ${shown.answer}\n`);
    for (const line of [...tab.errors, ...sent.slice(0, quiet.sent)]) process.stdout.write(`  ${line}\n`);
    const screens = { landing: shown.landing, demo: shown.training, 'finished demo': shown.finished, training };
    const stages = [shown.training, shown.finished, training];
    const figures = {
      demoActions: demoActions.length,
      demoSeconds: round(shown.seconds, 1),
      demoCorrect: shown.correct,
      projectActions: person.actions.length,
      wordsOnLanding: shown.landing.words,
      wordsWhileTraining: Math.max(shown.training.words, training.words),
      noScroll: stages.every(({ fits }) => fits),
      filledButtons: Object.fromEntries(Object.entries(screens).map(([name, { filled }]) => [name, filled])),
      phone: stages.every(({ phone }) => phone),
      beforeTheProject: quiet,
      seenInTheProject: control,
      consoleErrors: tab.errors.length,
    };
    const apart = Object.values(quiet).every((n) => n === 0) && control;
    const quick = demoActions.length <= 2 && shown.seconds <= 30 && person.actions.length <= 3;
    const calm =
      figures.wordsOnLanding <= 40 && figures.wordsWhileTraining <= 90 && Object.values(screens).every(({ filled }) => filled === 1);
    verdict('e2e:newcomer', quick && calm && apart && figures.noScroll && figures.phone && tab.errors.length === 0, figures, targets);
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
process.exit();
