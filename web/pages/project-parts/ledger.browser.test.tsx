import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakePeer, offerOf, no, OTHER, snapshotOf, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, openPart, type Mounted } from '../../testing/mount.tsx';

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
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const asked = (name: string) => peer.asked.filter((call) => call.name === name).map((call) => call.args);
const record = () => new File(['{}'], 'record.json', { type: 'application/json' });

async function train(): Promise<void> {
  mounted = mountAt(`/f/${federation.id}`, peer);
  await expect.poll(() => asked('follow')).toHaveLength(1);
  peer.publish(snapshotOf(federation.id, { activity: 'left' }));
  await openPart('Privacy');
}

test('the record says how many rounds it holds, whether the browser keeps it, and what it cannot know', async () => {
  vi.spyOn(navigator.storage, 'persisted').mockResolvedValue(false);
  await train();
  await expect.element(page.getByText('This browser has paid for 12 rounds here.')).toBeVisible();
  await expect.element(page.getByText(/may delete this record when disk space runs short/)).toBeVisible();
  await page.getByText('What this record cannot do').click();
  await expect.element(page.getByText(/Safari deletes a site’s data after seven days/)).toBeVisible();
  await expect.element(page.getByText(/Everybody who uses this browser shares one record/)).toBeVisible();
});

test('a saved record is another’s until its owner says that it is theirs', async () => {
  await train();
  peer.answer('importLedger', (_file, mine) =>
    mine
      ? { ok: true, value: { self: OTHER, records: 30, rounds: 12, accounts: 1, imported: 7, held: [] } }
      : no('conflict', { field: 'ledger.by', expected: 'this ledger’s key', got: 'another' }),
  );
  expect(page.getByLabelText('The saved record').elements()).toHaveLength(0);
  await page.getByText('Load a saved record').click();
  await userEvent.upload(page.getByLabelText('The saved record'), record());
  await expect.element(page.getByRole('alert')).toBeVisible();
  await page.getByLabelText('It is from another browser, device or site of mine').click();
  await userEvent.upload(page.getByLabelText('The saved record'), record());
  await expect.element(page.getByText('Another 7 were counted in from elsewhere', { exact: false })).toBeVisible();
  await expect.element(page.getByText('Loaded. Everything in it is counted.')).toBeVisible();
  expect(page.getByRole('alert').elements()).toHaveLength(0);
});

test('what is held of a restored record is told, and written off after a warning', async () => {
  const held = [{ federation: federation.id, title: 'Elsewhere', epsilon: 0.5, rounds: 20 }];
  peer.answer('ledger', () => ({ ok: true, value: { self: OTHER, records: 30, rounds: 12, accounts: 1, imported: 2, held } }));
  await train();
  await expect.element(page.getByText(/“Elsewhere” counts with everything you agreed to there: 20 rounds/)).toBeVisible();
  await page.getByRole('button', { name: 'Do not count it' }).click();
  await expect.element(page.getByText(/Do this only if this device has not taken part there/)).toBeVisible();
  expect(asked('writeOff')).toHaveLength(0);
  await page.getByRole('button', { name: 'I am sure: do not count it' }).click();
  await expect.poll(() => asked('writeOff')).toEqual([[federation.id]]);
  await expect.element(page.getByText(/counts with everything you agreed/)).not.toBeInTheDocument();
});

test('a new person begins after a warning and a second press', async () => {
  await train();
  await openPart('Details');
  await page.getByRole('button', { name: 'Start as a new person' }).click();
  await expect.element(page.getByText(/Do this only for another person with other data/)).toBeVisible();
  expect(asked('newPerson')).toHaveLength(0);
  await page.getByRole('button', { name: 'Delete the record and start over' }).click();
  await expect.element(page.getByText('Done. Nothing about the previous person is kept here.')).toBeVisible();
  expect(asked('newPerson')).toHaveLength(1);
});

test('rows that were seen before share their count, unless a person says that they are other people’s', async () => {
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  let others = false;
  peer.answer('setRowOwner', (wanted) => {
    others = wanted;
    return { ok: true, value: null };
  });
  peer.answer('offer', (epsilon) => {
    const rows = { known: others ? 0 : 399, accounts: others ? 0 : 2, others };
    return { ok: true, value: offerOf({ epsilon, rounds: 5, spent: others ? 0 : 0.4, rows }) };
  });
  await page.getByRole('button', { name: 'Use the sample, part 2' }).click();
  await expect.element(page.getByText('This browser has used 399 of these rows before.', { exact: false })).toBeVisible();
  await expect.element(page.getByText(/They come from 2 separate counts/)).toBeVisible();
  await expect.element(page.getByText(/Already used with this data: ε 0.4/)).toBeVisible();
  const box = page.getByLabelText('These rows describe other people. Count them separately');
  await expect.element(box).not.toBeChecked();
  await box.click();
  await expect.element(page.getByText(/No privacy is used with this data yet/)).toBeVisible();
  await expect.element(box).toBeChecked();
  expect(asked('setRowOwner')).toEqual([[true]]);
});
