import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { busySnapshot, fakePeer, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, openPart, type Mounted } from '../../testing/mount.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;

beforeEach(async () => {
  const { body } = await testFederation();
  const columns = [
    { kind: 'ignored' as const, name: 'patient' },
    { kind: 'number' as const, name: 'age', min: 0, max: 120 },
  ];
  federation = await testFederation({
    task: {
      kind: 'table',
      columns,
      label: { name: 'ill', classes: ['no', 'yes'] },
      picture: null,
      group: { column: 'patient', rowsMax: 8 },
    },
    privacy: { ...body.privacy, unit: 'group' },
  });
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
});
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
});

test('where a federation protects all rows of one person, nothing on the way promises it of each row', async () => {
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  const file = new File(['patient,age,ill\n'], 'mine.csv', { type: 'text/csv' });
  await page.getByLabelText('Choose a CSV file').upload(file);
  await page.getByText('What this means').click();
  await expect.element(page.getByText(/whether rows of one “patient” of yours took part/)).toBeVisible();
  await expect
    .element(page.getByText(/All rows with the same “patient” are protected together. At most 8 rows of each count/))
    .toBeVisible();
  await expect.element(page.getByText(/What all rows with the same “patient” add together is limited to C = 1/)).toBeVisible();
  await expect.element(page.getByText(/What all rows with the same “patient” add together is limited, then blurred/)).toBeVisible();
  expect(document.querySelector('main')!.textContent).not.toMatch(/each row|one row of yours/i);
});

test('the list says what is protected in words', async () => {
  mounted = mountAt('/', peer);
  await expect.element(page.getByText(/protects all rows of a person or group/)).toBeVisible();
});

test('in the project, what is used is told of each person', async () => {
  peer.answer('follow', () => {
    peer.publish(busySnapshot(federation.id));
    return { ok: true, value: { resumed: true } };
  });
  mounted = mountAt(`/f/${federation.id}`, peer);
  await openPart('Privacy');
  const allowance = page.getByRole('region', { name: 'Your privacy allowance' });
  await expect
    .element(allowance)
    .toMatchTextContent(/For each “patient”: ε 0.42 of 1 used.*rows of one “patient” is now at most 61 % sure/);
});
