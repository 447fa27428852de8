import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeFounding, FRESH_RELAY, GUESS, type FakeFounding } from '../../testing/fake-founding.ts';
import { relayFetch } from '../../testing/federation.ts';
import { mountFounding, type Mounted } from '../../testing/mount.tsx';

const KEY = 'mesh-founding';

let founding: FakeFounding;
let mounted: Mounted;

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal('fetch', relayFetch(FRESH_RELAY));
  founding = fakeFounding();
  mounted = mountFounding(founding.start);
});
afterEach(() => {
  mounted.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const name = () => page.getByLabelText('What is the project called?');
const openExpert = () => page.getByText('Expert settings').click();
const kept = () => page.getByText(/Draft kept in this tab\./);

async function readSample(): Promise<void> {
  await userEvent.upload(page.getByLabelText('Choose a sample file'), new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' }));
  await expect.element(page.getByText('Read 50 rows and 4 columns.')).toBeVisible();
}

function reload(): void {
  mounted.dispose();
  founding = fakeFounding();
  mounted = mountFounding(founding.start);
}

test('a draft outlives a reload and Back: name, answers and what was found; the sample does not, and its founder is told', async () => {
  await readSample();
  await userEvent.fill(name(), 'Boats');
  await openExpert();
  await userEvent.fill(page.getByRole('slider', { name: /Privacy allowance/ }), '4');
  reload(); // at once: the last input is kept too
  await expect.element(name()).toHaveValue('Boats');
  await expect.element(page.getByText('From your draft: 50 rows and 4 columns of ships. The file itself was not kept.')).toBeVisible();
  await expect.element(page.getByText('at most ε = 4')).toBeVisible();
  await expect.element(kept()).toBeVisible();
  mounted.go('/');
  await page.getByRole('link', { name: 'Create a project' }).click();
  await expect.element(name()).toHaveValue('Boats');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect
    .poll(founding.drafts)
    .toMatchObject([{ name: 'Boats', policy: { epsilon: 4 }, task: { label: { name: 'saved', classes: ['no', 'yes'] } } }]);
  await expect.element(page.getByRole('heading', { name: 'Boats is published' })).toBeVisible();
  expect(sessionStorage.getItem(KEY)).toBeNull();
});

test('cells of the sample are kept only where they were going to be public', async () => {
  const columns = GUESS.columns.map((column, i) =>
    i === 3 ? { ...column, examples: ['A/5 21171'], values: ['A/5 21171', 'PC 17599'] } : column,
  );
  founding.answer('infer', () => ({ ok: true, value: { ...GUESS, columns } }));
  await readSample();
  await expect.element(kept()).toBeVisible();
  const text = sessionStorage.getItem(KEY)!;
  expect(text).toContain('"ticket"');
  expect(text).toContain('yes');
  expect(text).not.toContain('A/5');
  expect(text).not.toContain('17599');
});

test('starting over clears the form and what is kept, and the focus is not lost', async () => {
  await readSample();
  await userEvent.fill(name(), 'Boats');
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect.element(name()).toHaveValue('');
  expect(document.activeElement?.tagName).toBe('H1');
  await expect.element(page.getByText('Choose a sample, and its columns appear here.')).toBeVisible();
  await expect.element(kept()).not.toBeInTheDocument();
  reload();
  await expect.element(name()).toHaveValue('');
});

test('who started over by mistake can undo it', async () => {
  await readSample();
  await userEvent.fill(name(), 'Boats');
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.element(name()).toHaveValue('Boats');
  await expect.element(page.getByText('Read 50 rows and 4 columns.')).toBeVisible();
  await expect.element(kept()).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Undo' })).not.toBeInTheDocument();
});

test.each([
  ['of another build', JSON.stringify({ version: 0, form: { source: 'pictures', name: 'Old' } })],
  ['that is no draft', '{"version"'],
])('a draft %s is dropped', async (_what, text) => {
  sessionStorage.setItem(KEY, text);
  const before = mounted;
  mounted = mountFounding(founding.start);
  before.dispose();
  await expect.element(page.getByRole('radio', { name: 'Table' })).toBeChecked();
  await expect.element(name()).toHaveValue('');
});

test('a storage that is full or denied does no harm, and leaves no older draft', async () => {
  await readSample();
  await expect.element(kept()).toBeVisible();
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await userEvent.fill(name(), 'Boats');
  await expect.element(page.getByText(/This draft cannot be kept\. Reloading clears it\./)).toBeVisible();
  expect(sessionStorage.getItem(KEY)).toBeNull();
  await expect.element(name()).toHaveValue('Boats');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.element(page.getByRole('heading', { name: 'Boats is published' })).toBeVisible();
});

test('a large sample says how far it is read, and can be given up', async () => {
  let answer: (given: unknown) => void = () => {};
  founding.answer('infer', () => new Promise((resolve) => (answer = resolve)) as never);
  await userEvent.upload(page.getByLabelText('Choose a sample file'), new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' }));
  await expect.element(page.getByRole('progressbar')).toHaveAttribute('value', '0.4');
  await page.getByRole('button', { name: 'Stop reading' }).click();
  await expect.poll(() => founding.asked.map(({ name: asked }) => asked)).toContain('stop');
  answer({ ok: false, error: { code: 'stale', detail: { field: 'file' } } });
  await expect.element(page.getByText('A few rows of your own are enough.', { exact: false })).toBeVisible();
  await expect.element(page.getByText('The file you chose last is not used.', { exact: false })).toBeVisible();
  expect(page.getByRole('alert').elements()).toEqual([]);
});
