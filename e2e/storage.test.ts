import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishDigits } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const NAME = 'On a full disk';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await publishDigits(stage.relay.url, NAME, 600, { minContributors: 1, joinWindowMs: 300, takeoverMs: 3000 });
});
afterAll(() => stage?.close());

it('a browser without room for the rows says how much it takes, joins nobody, and joins once there is room', async () => {
  const tab = await Tab.open(stage.browser, stage.relay.url);
  await tab.choose(NAME, await sampleCsv(1));
  await tab.page.getByRole('button', { name: 'I agree, start training' }).waitFor();
  const browser = await tab.context.newCDPSession(tab.page);
  const quota = (quotaSize?: number) =>
    browser.send('Storage.overrideQuotaForOrigin', { origin: stage.relay.url, ...(quotaSize === undefined ? {} : { quotaSize }) });
  // What is there already, the page and its keys, plus less than the rows take.
  const { usage } = await tab.page.evaluate(() => navigator.storage.estimate());
  await quota(usage! + 50_000);
  await tab.agree();
  const alert = tab.page.getByRole('alert');
  await alert.getByText('storage-denied').waitFor();
  expect(await alert.textContent()).toMatch(
    /“rows”: expected \d+\.\d MB of room, got QuotaExceededError; the browser reckons with \d+\.\d MB/,
  );
  expect((await tab.snapshot())!.contributed).toBe(0);
  await quota();
  await tab.agree();
  const joined = await tab.until('a round', (s) => s.contributed >= 1);
  expect(joined.data?.name).toBe('digits-1.csv');
});
