import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { openReport, type SignedReport } from '#protocol/privacy/ledger/report-check';
import { fakePeer, no, snapshotOf, type FakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';
import { testReport } from '../testing/report.ts';

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;

beforeEach(async () => {
  federation = await testFederation();
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
});
afterEach(() => {
  mounted?.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  delete document.documentElement.dataset['theme'];
});

const open = () => (mounted = mountAt(`/f/${federation.id}/report`, peer));
const region = (name: string) => page.getByRole('region', { name });
const answer = (signed: SignedReport) => peer.answer('report', () => ({ ok: true, value: signed }));

test('says in words, in a formal sentence and in figures what the report says, rounding bounds up', async () => {
  answer(await testReport(federation));
  open();
  await expect
    .element(region('In plain words'))
    .toMatchTextContent(/80 rounds.*1 project.*at most 72 % sure that one row took part.*1 in 100,000.*ε 1 here/);
  await expect.element(region('The formal sentence')).toMatchTextContent(/80 rounds.*add\/remove.*ε = 0.9116 and δ = 1e-5/);
  const accountants = page.getByRole('table', { name: /each accountant/ });
  await expect.element(accountants.getByRole('row', { name: /Rényi/ })).toMatchTextContent(/0.9997.*order 18/);
  await expect
    .element(accountants.getByRole('row', { name: /This one counts/ }))
    .toMatchTextContent(/loss distribution.*0.9116.*within 2e-7/);
  await expect.element(page.getByRole('table', { name: 'What was paid for' })).toMatchTextContent(/this project.*80.*0.25.*9.24/);
  const who = page.getByRole('table', { name: 'Who got it' });
  await expect.element(who.getByRole('row', { name: /The relay/ })).toMatchTextContent(/network address/);
  await expect.element(who.getByRole('row', { name: /Participants of this project/ })).not.toMatchTextContent(/network address/);
  await expect.element(region('What this does not cover')).toMatchTextContent(/another browser.*limit set before/);
  await expect.element(region('How long it is kept')).toMatchTextContent(/after two more decided rounds/);
  await expect.element(region('What leaving or withdrawing cannot undo')).toMatchTextContent(/It stays used/);
});

test('the file that is saved is the signed report, and its signature holds', async () => {
  answer(await testReport(federation));
  const saved: Blob[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved.push(blob as Blob);
    return 'blob:report';
  });
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download);
  });
  open();
  await page.getByRole('button', { name: 'Download the signed report' }).click();
  await expect.poll(() => names).toEqual(['privacy-report-2026-11-21.json']);
  const { body } = await openReport(JSON.parse(await saved[0]!.text()));
  expect(body.lifetime.rounds).toBe(80);
});

test('prints by the browser’s own dialog', async () => {
  answer(await testReport(federation));
  const print = vi.spyOn(window, 'print').mockImplementation(() => {});
  open();
  await page.getByRole('button', { name: 'Print on one page' }).click();
  expect(print).toHaveBeenCalledOnce();
});

test('a group, no bound and another ledger are said as what they are', async () => {
  const whole = await testReport(federation);
  const guarantee = {
    ...whole.body.guarantee,
    epsilon: null,
    by: 'rdp' as const,
    probability: 1,
    pld: null,
    pldAbsent: 'grid-unknown' as const,
    pldSupposes: null,
  };
  const lifetime = { rounds: 90, federations: 2, imports: 1 };
  answer(await testReport(federation, { unit: 'group', guarantee, lifetime, limit: null }));
  open();
  await expect.element(region('In plain words')).toMatchTextContent(/2 projects.*another record of yours.*no noise/);
  await expect.element(region('The formal sentence')).toMatchTextContent(/one group of rows.*ε = no bound/);
  await expect.element(page.getByRole('row', { name: /loss distribution/ })).toMatchTextContent(/without their grid/);
});

test('rounds of rows and of groups together promise something only for a row that is alone in its group', async () => {
  const { phases } = (await testReport(federation)).body;
  answer(await testReport(federation, { phases: [...phases, { ...phases[0]!, from: 'elsewhere', unit: 'group' }] }));
  open();
  const alone = /one (particular )?row outside any group/;
  await expect.element(region('In plain words')).toMatchTextContent(alone);
  await expect.element(region('The formal sentence')).toMatchTextContent(alone);
});

test('a figure that supposes more than the rest is told with what it supposes, and does not count', async () => {
  const whole = await testReport(federation);
  const { rdp } = whole.body.guarantee;
  const guarantee = { ...whole.body.guarantee, epsilon: rdp.epsilon, by: 'rdp' as const, pldSupposes: 'settings-fixed-before' as const };
  answer(await testReport(federation, { guarantee }));
  open();
  const row = page.getByRole('row', { name: /loss distribution/ });
  await expect.element(row).toMatchTextContent(/if settings did not depend.*does not count/);
  await expect.element(page.getByRole('row', { name: /Rényi.*This one counts/ })).toBeVisible();
});

test('without a payment there is nothing to report, and a failure can be tried again', async () => {
  open();
  await expect.element(page.getByText(/has not paid for any round in this project/)).toBeVisible();
  mounted!.dispose();
  peer = fakePeer();
  peer.answer('report', () => no('conflict', { field: 'budget.3.hash' }));
  open();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/budget.3.hash/);
  answer(await testReport(federation));
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(region('In plain words')).toBeVisible();
});

test('a mirror asks nothing of the peer and says who can', async () => {
  peer.answer('follow', () => {
    peer.publish(snapshotOf(federation.id, { mirror: true }));
    return { ok: true, value: { resumed: false } };
  });
  peer.answer('report', () => no('budget-locked'));
  open();
  await expect.element(page.getByText('Another tab of this browser is at work')).toBeVisible();
  expect(page.getByRole('button', { name: /Download/ }).query()).toBeNull();
});

test('is clean by axe in both themes, and never wider than its window', async () => {
  answer(await testReport(federation));
  open();
  await expect.element(region('In plain words')).toBeVisible();
  for (const theme of ['light', 'dark'] as const) {
    document.documentElement.dataset['theme'] = theme;
    for (const width of [320, 768, 1280]) {
      await page.viewport(width, 900);
      expect([width, document.documentElement.scrollWidth <= width]).toEqual([width, true]);
      for (const table of document.querySelectorAll('table'))
        expect(table.scrollWidth).toBeLessThanOrEqual(table.parentElement!.clientWidth);
      // A colour in transition belongs to neither theme.
      await expect.poll(() => document.getAnimations().filter(({ playState }) => playState === 'running')).toEqual([]);
      const { violations } = await axe.run(document.querySelector('main')!, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      });
      expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
    }
  }
});
