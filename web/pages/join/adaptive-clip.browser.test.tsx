import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { updateLength } from '#protocol/manifest/manifest';
import { fakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation } from '../../testing/federation.ts';
import { mountAt, type Mounted } from '../../testing/mount.tsx';

let mounted: Mounted | undefined;
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
});

test('where the clip norm adapts, the count that leaves is among the numbers, and said', async () => {
  const { body } = await testFederation();
  const federation = await testFederation({ privacy: { ...body.privacy, adaptive: { quantile: 0.5, rate: 0.2, share: 0.1 } } });
  vi.stubGlobal('fetch', relayOf(federation));
  mounted = mountAt(`/f/${federation.id}/join`, fakePeer());
  await page.getByLabelText('Choose a CSV file').upload(new File(['p0,digit\n'], 'mine.csv', { type: 'text/csv' }));
  await expect.element(page.getByText(/One number, noised the same way, counts how much stayed within it/)).toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: 'I agree, start training' })).toBeVisible();
  expect(updateLength(federation.body)).toBe(updateLength(body) + 1);
  const numbers = updateLength(federation.body).toLocaleString('en');
  expect(document.querySelector('main')!.textContent).toContain(`one update: ${numbers} numbers`);
});
