import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { ImageTask } from '#protocol/manifest/task';
import type { Drawing } from '#workers/api';
import { chooseTheme } from '../../state/theme.ts';
import { fakePeer, no, REPORT, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, type Mounted } from '../../testing/mount.tsx';
import { droppedFiles } from './chosen-files.ts';

const TASK: ImageTask = {
  kind: 'image',
  width: 12,
  height: 12,
  colour: 'grey',
  background: 'dark',
  label: { name: 'animal', classes: ['cat', 'dog', 'hen'] },
};
let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;

beforeEach(async () => {
  federation = await testFederation({ name: 'Animals', task: TASK });
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
});
afterEach(async () => {
  mounted?.dispose();
  vi.unstubAllGlobals();
  chooseTheme('auto');
  await page.viewport(1280, 800);
});

const open = (to = federation) => (mounted = mountAt(`/f/${to.id}/join`, peer));
const button = (name: string) => page.getByRole('button', { name });
const loaded = () => peer.asked.filter(({ name }) => name === 'load').map(({ args }) => args[0]);
const png = (name: string) => new File(['x'], name, { type: 'image/png' });

test('an image federation asks for pictures, and says what it reads; no CSV field and no sample', async () => {
  open();
  await expect.element(page.getByLabelText('Choose a folder of pictures')).toBeVisible();
  expect(page.getByLabelText('Choose a CSV file').query()).toBeNull();
  await page.getByText('What it reads').click();
  await expect.element(page.getByText('Grey pictures. Each is scaled to 12 × 12 pixels.')).toBeVisible();
  await expect.element(page.getByText('It contains one folder per answer (cat, dog, hen).')).toBeVisible();
  expect((page.getByLabelText('Choose a folder of pictures').element() as HTMLInputElement).webkitdirectory).toBe(true);
});

test('files and a CSV go to the worker together, and a refusal stands at the fields', async () => {
  open();
  const field = page.getByLabelText('Choose pictures and a CSV');
  await userEvent.upload(field, [png('a.png'), new File(['file,animal\na.png,cat\n'], 'labels.csv')]);
  await expect.poll(() => loaded()).toHaveLength(1);
  expect((loaded()[0] as { pictures: File[] }).pictures.map((file) => file.name)).toEqual(['a.png', 'labels.csv']);
  peer.answer('load', () => no('picture-unreadable', { field: 'a.png', expected: 'a PNG', got: 'a damaged PNG' }));
  await userEvent.upload(field, [png('a.png')]);
  const alert = page.getByRole('alert');
  await expect.element(alert).toMatchTextContent(/A picture could not be opened/);
  expect(field.element().getAttribute('aria-invalid')).toBe('true');
  expect(field.element().getAttribute('aria-describedby')).toContain(alert.element().id);
});

test('a dropped folder is walked, and files keep their folders in their names', async () => {
  const folder = (name: string, ...parts: unknown[][]) => ({
    isFile: false,
    name,
    createReader: () => ({ readEntries: (done: (entries: unknown[]) => void) => done(parts.shift() ?? []) }),
  });
  const file = (path: string) => ({
    isFile: true,
    fullPath: path,
    file: (done: (file: File) => void) => done(png(path.split('/').at(-1)!)),
  });
  const tree = folder(
    'zoo',
    [folder('cat', [file('/zoo/cat/a.png')], [file('/zoo/cat/b.png')])],
    [folder('dog', [file('/zoo/dog/c.png')])],
  );
  const transfer = { items: [{ webkitGetAsEntry: () => tree }], files: [] } as unknown as DataTransfer;
  expect((await droppedFiles(transfer)).map(({ name }) => name)).toEqual(['zoo/cat/a.png', 'zoo/cat/b.png', 'zoo/dog/c.png']);
  open();
  await expect.element(page.getByLabelText('Choose pictures and a CSV')).toBeVisible();
  const data = new DataTransfer();
  data.items.add(png('loose.png'));
  document.querySelector('.drop')!.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  await expect.poll(() => loaded()).toHaveLength(1);
});

test('drawings: choose the answer, draw by keyboard, add, remove, use', async () => {
  open();
  await page.getByText('Draw your own').click();
  const grid = page.getByRole('grid', { name: 'Field to draw cat' });
  await expect.element(grid).toBeVisible();
  await button('Add as cat').click();
  await expect.element(page.getByText('Nothing is drawn yet.', { exact: false })).toBeVisible();
  const drawOne = async () => {
    document.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]')!.focus();
    await userEvent.keyboard('{ }{Shift>}{ArrowDown}{ArrowDown}{ArrowRight}{/Shift}');
  };
  await drawOne();
  await button('Add as cat').click();
  await expect.element(page.getByText('Added as cat. You have 1.')).toBeVisible();
  // A clean sheet for the next one.
  expect(document.querySelectorAll('[role=gridcell][aria-label$="filled"]')).toHaveLength(0);
  await userEvent.selectOptions(page.getByLabelText('What you draw (animal)'), 'hen');
  for (let i = 0; i < 2; i++) {
    await drawOne();
    await button('Add as hen').click();
  }
  await expect.element(page.getByText('3 drawings by answer')).toBeVisible();
  await button('Remove the last one').click();
  await expect.element(page.getByText('2 drawings by answer')).toBeVisible();
  await button('Use these drawings').click();
  await expect.poll(() => loaded()).toHaveLength(1);
  const [{ drawings }] = loaded() as [{ drawings: Drawing[] }];
  expect(drawings.map(({ label, pixels }) => [label, pixels.length])).toEqual([
    [0, 144],
    [2, 144],
  ]);
  expect(drawings[0]!.pixels.filter((v) => v === 255)).toHaveLength(4);
});

test('a table of pixels takes pictures and drawings too, beside its file', async () => {
  const digits = await testFederation();
  vi.stubGlobal('fetch', relayOf(digits));
  peer.answer('load', () => ({ ok: true, value: REPORT }));
  open(digits);
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
  await page.getByText('Draw your own').click();
  await expect.element(page.getByRole('grid', { name: 'Field to draw 0' })).toBeVisible();
  expect(page.getByRole('gridcell').elements()).toHaveLength(64);
  await page.getByText('Use pictures instead').click();
  await userEvent.upload(page.getByLabelText('Choose pictures and a CSV'), [png('0.png')]);
  await expect.poll(() => loaded()).toHaveLength(1);
});

test('a federation of measurements asks for no pictures', async () => {
  const table = await testFederation({
    task: { kind: 'table', columns: [{ kind: 'number', name: 'x', min: 0, max: 1 }], label: TASK.label, picture: null },
  });
  vi.stubGlobal('fetch', relayOf(table));
  open(table);
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
  expect(page.getByText('Draw your own').query()).toBeNull();
});

test.each(['light', 'dark'] as const)(
  'at 320 px, %s: nothing scrolls sideways, targets are large enough, and axe is content',
  async (theme) => {
    await page.viewport(320, 640);
    open();
    chooseTheme(theme);
    await expect.element(page.getByLabelText('Choose a folder of pictures')).toBeVisible();
    for (const details of document.querySelectorAll('details')) details.open = true;
    await expect.element(page.getByRole('grid')).toBeVisible();
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
    for (const target of document.querySelectorAll<HTMLElement>('main button, main summary, main input, main select')) {
      if (!target.checkVisibility()) continue;
      const { width, height } = target.getBoundingClientRect();
      expect(Math.min(width, height), target.outerHTML).toBeGreaterThanOrEqual(24);
    }
    const { violations } = await axe.run(document.querySelector('main')!, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  },
);
