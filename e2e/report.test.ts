/** The privacy report in a real tab: made beside the training, saved, checked offline together with the exported ledger, printed on one page. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedReport } from '#protocol/privacy/ledger/report-check';
import { inspect } from './axe.ts';
import { publishDigits } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const NAME = 'Digits to report on';
const PACE = { minContributors: 1, joinWindowMs: 300, deadlineMs: 15_000, takeoverMs: 3000 };
const VALIDATE = fileURLToPath(new URL('../workers/ledger/privacy-validate.ts', import.meta.url));
const run = promisify(execFile);

let stage: Stage;
let folder: string;
beforeAll(async () => {
  [stage, folder] = await Promise.all([openStage(), mkdtemp(join(tmpdir(), 'mesh-report-'))]);
});
afterAll(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

async function save(page: Page, button: RegExp, name: string): Promise<string> {
  const path = join(folder, name);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
  await download.saveAs(path);
  return path;
}

it('is what the ledger says, holds offline, and fits on one page', async () => {
  const fed = await publishDigits(stage.relay.url, NAME, 400, PACE);
  const tab = await Tab.open(stage.browser, stage.relay.url);
  const { page } = tab;
  await page.goto(new URL(`/f/${fed}/report`, stage.relay.url).href);
  await page.getByText('Nothing to report').waitFor();
  await page.goto(stage.relay.url);
  await tab.join(NAME, await sampleCsv(1));
  await tab.until('five rounds', (s) => s.contributed >= 5);
  await tab.press('Pause');
  const paused = await tab.until('paused', (s) => s.activity === 'paused');

  await tab.part('Privacy');
  await page.getByRole('link', { name: 'See my privacy report' }).click();
  await page.getByRole('heading', { name: 'In plain words' }).waitFor({ timeout: 60_000 });
  const report = await save(page, /signed report/, 'report.json');
  const { body } = JSON.parse(await readFile(report, 'utf8')) as SignedReport;
  expect(body).toMatchObject({ site: stage.relay.url.replace(/\/$/, ''), member: paused.self, federation: { id: fed } });
  expect(body.guarantee).toMatchObject({ by: 'pld', pldAbsent: null });
  // What is shown and decides is a bound for any number of rounds, worked out ahead; the report's is worked out for these.
  expect(body.guarantee.epsilon).toBeLessThanOrEqual(paused.budget.spent);
  expect(body.guarantee.epsilon).toBeGreaterThan(paused.budget.spent * 0.999);
  expect(body.left.visitBytes).toBeGreaterThan(body.left.updateBytes);

  const findings = await inspect(page, 'report');
  expect(findings).toEqual([]);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  expect([...pdf.toString('latin1').matchAll(/\/Type\s*\/Page\b(?!s)/g)]).toHaveLength(1);

  await page.getByRole('link', { name: 'Back to the project' }).click();
  await tab.part('Privacy');
  const ledger = await save(page, /^Save the record$/, 'ledger.json');
  const { stdout } = await run(process.execPath, [VALIDATE, report, ledger, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ pass: true, compared: [['report.json', 'ledger.json']] });
  expect(tab.errors).toEqual([]);
});
