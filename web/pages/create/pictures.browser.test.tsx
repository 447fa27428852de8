import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeFounding, FRESH_RELAY, type FakeFounding } from '../../testing/fake-founding.ts';
import { no } from '../../testing/fake-peer.ts';
import { relayFetch } from '../../testing/federation.ts';
import { mountFounding, type Mounted } from '../../testing/mount.tsx';

let founding: FakeFounding;
let mounted: Mounted;

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal('fetch', relayFetch(FRESH_RELAY));
  founding = fakeFounding();
  mounted = mountFounding(founding.start);
});
afterEach(async () => {
  mounted.dispose();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

const centre = () => page.getByLabelText('Typical brightness');

async function withSample(): Promise<void> {
  await page.getByRole('radio', { name: 'Pictures' }).click();
  await userEvent.upload(page.getByLabelText('Choose pictures'), [new File(['x'], 'a.jpg', { type: 'image/jpeg' })]);
  await expect.element(page.getByText('Looked at a sample of 30 pictures. The model would see 24 by 24 points.')).toBeVisible();
}

test('a sample of pictures proposes answers, a size and a middle brightness, which can be changed and is said', async () => {
  await withSample();
  expect((founding.asked.find(({ name }) => name === 'inferPictures')!.args[0] as File[]).map(({ name }) => name)).toEqual(['a.jpg']);
  await page.getByText('Expert settings').click();
  await expect.element(centre()).toHaveValue('180, 160, 130');
  await expect.element(page.getByText('Public, rounded from your sample', { exact: false })).toBeVisible();
  await expect.element(page.getByText(/a typical brightness, rounded from your pictures/)).toBeVisible();
  await userEvent.fill(centre(), '170 150; 120');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.poll(() => founding.drafts()).toHaveLength(1);
  expect(founding.drafts()[0]).toMatchObject({
    name: 'pets',
    task: {
      kind: 'image',
      width: 24,
      height: 24,
      colour: 'rgb',
      background: 'none',
      centre: [170, 150, 120],
      label: { name: 'label', classes: ['cat', 'dog'] },
    },
  });
  expect(founding.drafts()[0]!.consent).toContain('The typical brightness was rounded from a sample');
});

test('without a sample nothing is counted from a centre; one that is refused is said at the field', async () => {
  await page.getByRole('radio', { name: 'Pictures' }).click();
  founding.answer('inferPictures', () => no('picture-unreadable', { field: 'a.heic', expected: 'a JPEG', got: 'a HEIC photo' }));
  await userEvent.upload(page.getByLabelText('Choose pictures'), [new File(['x'], 'a.heic')]);
  await expect.element(page.getByRole('alert').first()).toBeVisible();
  await userEvent.fill(page.getByLabelText('What is the project called?'), 'Signs');
  await userEvent.fill(page.getByLabelText('What should the model learn?'), 'left\nright');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.poll(() => founding.drafts()).toHaveLength(1);
  expect(founding.drafts()[0]!.task).not.toHaveProperty('centre');
});

test('at 320 px nothing scrolls sideways, and axe is content', async () => {
  await page.viewport(320, 640);
  await withSample();
  await page.getByText('Expert settings').click();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
  const { violations } = await axe.run(document.querySelector('main')!);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join()).join()}`)).toEqual([]);
});
