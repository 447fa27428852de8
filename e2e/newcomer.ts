/**
 * `npm run prove -- e2e:newcomer`: a fresh browser profile opens the list of federations and practises alone. Counted is every click, key and
 * stroke of the person until a model that made-up participants trained has answered. Meanwhile no socket may be opened, nothing be
 * sent, no database be made, and the relay see nobody; at the end a real visit proves that the socket would have been seen.
 * Screenshots of every step, narrow and wide, go to artifacts/.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page, Request } from 'playwright-core';
import { openStage } from './stage.ts';
import { round, verdict } from './verdict.ts';

const FEDERATION = 'Handwritten digits';
const ACTIONS_MAX = 3;
/** Rounds that a newcomer watches before trying the model. */
const ROUNDS = 5;
const PATIENCE_MS = 120_000;
const WIDTHS = [320, 1280] as const;
const FOLDER = fileURLToPath(new URL('../artifacts/', import.meta.url));

const targets = {
  actions: `<= ${ACTIONS_MAX}`,
  roundsFinished: `>= ${ROUNDS}`,
  tried: true,
  practiceMembers: '>= 2, all marked',
  webSockets: 0,
  controlWebSockets: '>= 1',
  requestsThatSend: 0,
  indexedDbWrites: 0,
  keptFiles: 0,
  peopleSeenByRelay: 0,
  consoleErrors: 0,
};

/** What a person did, one after another. */
class Person {
  readonly page: Page;
  readonly actions: string[] = [];

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
    await field.scrollIntoViewIfNeeded();
    const box = (await field.boundingBox())!;
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

/** The first view of the page as it stands, and the whole of it, in both widths. @returns widths at which it scrolls sideways */
async function picture(page: Page, step: string): Promise<number[]> {
  const sideways: number[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: `${FOLDER}newcomer-${step}-${width}.png`, fullPage: true });
    if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) sideways.push(width);
  }
  return sideways;
}

/** Records of every database of this origin; a database counts as a write itself. */
async function databaseWrites(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(request.error ?? new Error('refused')));
      });
    let writes = 0;
    for (const { name } of await indexedDB.databases()) {
      const db = await settled(indexedDB.open(name!));
      writes++;
      for (const store of db.objectStoreNames) writes += await settled(db.transaction(store).objectStore(store).count());
      db.close();
    }
    return writes;
  });
}

async function keptFiles(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let files = 0;
    const root = (await navigator.storage.getDirectory()) as unknown as { keys(): AsyncIterable<string> };
    for await (const _ of root.keys()) files++;
    return files;
  });
}

async function peopleAt(relay: string): Promise<number> {
  const list = (await (await fetch(new URL('/api/federations', relay))).json()) as { members: number }[];
  return list.reduce((sum, { members }) => sum + members, 0);
}

const sends = (request: Request) => request.method() !== 'GET' || request.postData() !== null;

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const stage = await openStage();
  try {
    const context = await stage.browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const person = new Person(page);
    const errors: string[] = [];
    const sockets: string[] = [];
    const sent: string[] = [];
    const sideways: string[] = [];
    const shoot = async (step: string) => sideways.push(...(await picture(page, step)).map((width) => `${step} at ${width}`));
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => void errors.push(String(error)));
    page.on('websocket', (socket) => void sockets.push(socket.url()));
    context.on('request', (request) => void (sends(request) && sent.push(`${request.method()} ${request.url()}`)));

    await page.goto(stage.relay.url);
    await page.getByRole('link', { name: `Practise for ${FEDERATION}` }).waitFor();
    await shoot('1-list');
    const began = performance.now();
    await person.press('link', `Practise for ${FEDERATION}`);

    const done = page.locator('.fact', { hasText: 'Rounds done' }).locator('dd');
    const rounds = async () => Number(/^\d+/.exec((await done.textContent({ timeout: 1000 }).catch(() => '')) ?? '')?.[0] ?? 0);
    const roundsReach = async (wanted: number) => {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await page.waitForTimeout(100)) if ((await rounds()) >= wanted) return;
      throw new Error(`round ${wanted} was not finished within ${PATIENCE_MS} ms: ${errors.join(' | ')}`);
    };
    await roundsReach(1);
    const firstRoundSeconds = (performance.now() - began) / 1000;
    await roundsReach(ROUNDS);
    await shoot('2-practice');
    const people = page.getByRole('region', { name: 'Who takes part' }).locator('tbody tr');
    const marked = await people.filter({ hasText: 'practice' }).count();
    const practiceMembers = (await people.count()) - 1;

    await person.press('button', 'Try the model');
    await page.locator('.draw-field canvas').waitFor({ timeout: PATIENCE_MS });
    await shoot('3-model');
    await person.draw();
    const bars = page.getByRole('list', { name: 'Probability of each answer' }).getByRole('listitem');
    await bars.first().waitFor({ timeout: PATIENCE_MS });
    const answer = (await page.locator('.answer-best').textContent()) ?? '';
    const numbers = (await bars.locator('.bar-number').allTextContents()).map((text) => Number.parseFloat(text));
    await shoot('4-answer');
    const roundsFinished = await rounds();
    const seconds = (performance.now() - began) / 1000;
    const quiet = { webSockets: sockets.length, requestsThatSend: sent.length, indexedDbWrites: await databaseWrites(page) };
    const [files, seen] = [await keptFiles(page), await peopleAt(stage.relay.url)];
    const [consoleErrors, actions] = [errors.length, person.actions.length];

    // A control: who watches for real is seen by the same means.
    await page.getByRole('link', { name: 'All federations' }).click();
    await page.getByRole('link', { name: `Watch ${FEDERATION}` }).click();
    for (let waited = 0; waited < PATIENCE_MS && sockets.length === quiet.webSockets; waited += 100) await page.waitForTimeout(100);

    process.stdout.write(`${person.actions.join(', ')}: ${answer}\n`);
    for (const line of [...errors, ...sent, ...sideways]) process.stdout.write(`  ${line}\n`);
    const sum = numbers.reduce((a, b) => a + b, 0);
    const figures = {
      actions,
      roundsFinished,
      // Rounded to a tenth of a percent each.
      tried: numbers.length === 10 && Math.abs(sum - 100) <= 0.5 && /^digit: \d, /.test(answer),
      practiceMembers,
      markedAsPractice: marked,
      ...quiet,
      keptFiles: files,
      peopleSeenByRelay: seen,
      controlWebSockets: sockets.length - quiet.webSockets,
      consoleErrors,
      sideways: sideways.length,
      firstRoundSeconds: round(firstRoundSeconds, 1),
      seconds: round(seconds, 1),
    };
    const apart = quiet.webSockets + quiet.requestsThatSend + quiet.indexedDbWrites + files + seen === 0 && figures.controlWebSockets > 0;
    const shown = figures.tried && actions <= ACTIONS_MAX && roundsFinished >= ROUNDS;
    const honest = practiceMembers >= 2 && marked === practiceMembers + 1;
    verdict('e2e:newcomer', shown && honest && apart && consoleErrors === 0 && sideways.length === 0, figures, targets);
  } finally {
    await stage.close();
  }
}

await main();
process.exit();
