/** What a reload, a missing relay or a leaving does to a person who looks at another page, in real tabs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishDigits } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const NAME = 'Going on';
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

it('a reload on a page of no project goes on with the one that is taken part in; leaving ends it, once and without an error', async () => {
  const id = await publishDigits(stage.relay.url, NAME, 400, { minContributors: 1, joinWindowMs: 300 });
  const tab = await Tab.open(stage.browser, stage.relay.url);
  await tab.join(NAME, await sampleCsv(1));
  const before = await tab.until('a round', (s) => s.contributed >= 1);
  await tab.page.goto(new URL('/help', stage.relay.url).href);
  await tab.page.reload();
  const after = await tab.until('it contributes again', (s) => s.federation === id && s.contributed > before.contributed);
  expect(after.self).toBe(before.self);
  await tab.page.getByRole('link', { name: /^(● )?Training$/ }).click();
  await tab.press('Leave now');
  await tab.until('it has left', (s) => s.activity === 'left');
  await tab.page.getByText('You have left').first().waitFor();
  expect(await tab.page.getByRole('alert').count()).toBe(0);
  await tab.page.goto(stage.relay.url);
  await tab.page.getByText('You took part').waitFor();
  await tab.page.reload();
  await tab.page.getByText('You took part').waitFor();
  expect(await tab.snapshot()).toBeNull();
  expect(tab.errors).toEqual([]);
});
