import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { FoundingDraft } from '#workers/founding/api';
import { fakeFounding, FRESH_RELAY, PUBLISHED, RELAY, type FakeFounding } from '../testing/fake-founding.ts';
import { no } from '../testing/fake-peer.ts';
import { relayFetch } from '../testing/federation.ts';
import { mountFounding, type Mounted } from '../testing/mount.tsx';

let founding: FakeFounding;
let mounted: Mounted;
let fetched: string[];

const serve = (replies: Parameters<typeof relayFetch>[0]) => {
  const relay = relayFetch(replies);
  vi.stubGlobal('fetch', (input: string) => {
    fetched.push(new URL(input, location.origin).pathname);
    return relay(input);
  });
};
beforeEach(() => {
  fetched = [];
  serve(FRESH_RELAY);
  founding = fakeFounding();
});
afterEach(async () => {
  mounted.dispose();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

const open = (path?: string) => (mounted = mountFounding(founding.start, path));
const asked = (name: string) => founding.asked.filter((call) => call.name === name).map((call) => call.args);
const button = (name: string) => page.getByRole('button', { name });
const card = (name: string) => page.getByRole('list').getByText(name, { exact: true }).first();
const csv = (name = 'ships.csv') => new File(['a,b\n1,2\n'], name, { type: 'text/csv' });

async function withSample(): Promise<void> {
  open();
  await page.getByRole('radio', { name: /described by a sample file/ }).click();
  await userEvent.upload(page.getByLabelText('Choose a sample file'), csv());
  await expect.element(page.getByText(/Looked at 50 rows of ships, with 4 columns/)).toBeVisible();
}

test('the list leads here; a sample, a look and one button publish, and the way in is shown', async () => {
  open('/');
  await page.getByRole('link', { name: 'Create a federation' }).click();
  await expect.element(page.getByRole('heading', { level: 1, name: 'Create a federation' })).toBeVisible();
  await expect.element(page.getByText(/With a sample file, the columns appear here/)).toBeVisible();
  expect(document.querySelectorAll('main :checked')).toHaveLength(0);
  await page.getByRole('radio', { name: /described by a sample file/ }).click();
  await userEvent.upload(page.getByLabelText('Choose a sample file'), csv());
  await expect.element(page.getByText('not read: it only tells rows apart')).toBeVisible();
  await expect.element(page.getByText('number from 0 to 80')).toBeVisible();
  await expect.element(page.getByText(/What stands here becomes public/)).toBeVisible();
  await expect.element(page.getByLabelText('Name', { exact: true })).toHaveValue('ships');
  await expect.element(page.getByText(/finished after 20 rounds, for which about 71 kB leave each member’s device/)).toBeVisible();
  expect(asked('publish')).toEqual([]);
  await button('Sign and publish').click();
  await expect.element(page.getByRole('heading', { name: 'ships is published' })).toBeVisible();
  expect(document.activeElement?.tagName).toBe('H1');
  expect(founding.drafts()).toMatchObject([
    {
      name: 'ships',
      region: 'here',
      task: {
        kind: 'table',
        columns: [
          { kind: 'category', name: 'sex', values: ['f', 'm'], others: true },
          { kind: 'number', name: 'age', min: 0, max: 80, missing: 'fill' },
          { kind: 'ignored', name: 'ticket' },
        ],
        label: { name: 'saved', classes: ['no', 'yes'], place: 1 },
        picture: null,
      },
      policy: { epsilon: 1, delta: 1e-5, members: 10, rowsEach: 200, hidden: [] },
      seats: { kind: 'home', relays: [RELAY.id] },
      testShare: 0,
    },
  ]);
  expect(asked('publish')[0]![1]).toBe(`${location.origin}/`);
  await expect.element(page.getByLabelText('Link to send')).toHaveValue(`${location.origin}/f/${PUBLISHED}/join`);
  expect(page.getByRole('link', { name: 'Join it now' }).element().getAttribute('href')).toBe(`/f/${PUBLISHED}/join`);
  // The page itself has sent nothing but questions.
  expect(new Set(fetched)).toEqual(new Set(['/api/federations', '/api/relay']));
});

test('a wrong field is said beside it, the first one has the focus, and nothing that was typed is lost', async () => {
  await withSample();
  await card('age').click();
  const highest = page.getByLabelText('Highest');
  await userEvent.fill(highest, 'eighty');
  await card('age').click();
  await userEvent.fill(page.getByLabelText('Name', { exact: true }), '');
  founding.answer('check', () => ({
    ok: true,
    value: [
      { field: 'task.columns.1.max', code: 'field-invalid', expected: 'a number' },
      { field: 'name', code: 'field-invalid', expected: '1 to 80 letters' },
    ],
  }));
  await button('Sign and publish').click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/2 fields need a look. Nothing was published./);
  await expect.element(highest).toBeVisible();
  await expect.poll(() => document.activeElement).toBe(highest.element());
  expect(highest.element().getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(highest.element().getAttribute('aria-describedby')!)?.textContent).toContain('Expected a number.');
  await expect.element(highest).toHaveValue('eighty');
  expect(asked('publish')).toEqual([]);
  const draft = asked('check')[0]![0] as FoundingDraft;
  expect(draft.task).toMatchObject({ columns: { 1: { max: Number.NaN } } });
  await page.getByRole('alert').getByRole('link', { name: 'Name' }).click();
  expect(document.activeElement?.id).toBe('f-name');
  await userEvent.fill(highest, '80');
  expect(highest.element().getAttribute('aria-invalid')).toBe('false');
  await expect.element(page.getByRole('alert')).toMatchTextContent(/1 field needs a look/);
  founding.answer('check', () => ({ ok: true, value: [] }));
  await userEvent.fill(page.getByLabelText('Name', { exact: true }), 'Boats');
  await button('Sign and publish').click();
  await expect.element(page.getByRole('heading', { name: 'Boats is published' })).toBeVisible();
});

test('a file that is no sample is explained beside its field, and the columns of the last one stay', async () => {
  await withSample();
  founding.answer('infer', () => no('file-binary', { expected: 'text with separated values', got: 'binary data' }));
  const field = page.getByLabelText('Choose a sample file');
  await userEvent.upload(field, csv('photo.csv'));
  const alert = page.getByRole('alert');
  await expect.element(alert).toMatchTextContent(/This file is not a table in plain text/);
  expect(field.element().getAttribute('aria-invalid')).toBe('true');
  expect(field.element().getAttribute('aria-describedby')).toBe(alert.element().id);
  await expect.element(page.getByText('number from 0 to 80')).toBeVisible();
});

test('the price follows the budget, and so does the consent until somebody writes their own', async () => {
  await withSample();
  const consent = page.getByLabelText('What members agree to');
  await expect.element(page.getByText(/the noise on each number is 4 % of what one row may change/)).toBeVisible();
  expect((consent.element() as HTMLTextAreaElement).value).toContain('ε = 1,');
  await userEvent.fill(page.getByRole('slider', { name: /Privacy budget/ }), '4');
  await expect.element(page.getByText(/is 1 % of what one row may change/)).toBeVisible();
  await expect.element(page.getByText(/at most 99 % sure/)).toBeVisible();
  await expect.poll(() => (consent.element() as HTMLTextAreaElement).value).toContain('ε = 4,');
  await userEvent.fill(consent, 'Mine.');
  await userEvent.fill(page.getByRole('slider', { name: /Privacy budget/ }), '2');
  await expect.element(consent).toHaveValue('Mine.');
  await button('Use the suggested words again').click();
  expect((consent.element() as HTMLTextAreaElement).value).toContain('ε = 2,');
  founding.answer('quote', () => no('field-invalid', { field: 'rowsEach', expected: '1 to 30000', got: 'NaN' }));
  await userEvent.fill(page.getByLabelText('Rows a member brings'), 'many');
  await expect.element(page.getByRole('alert')).toMatchTextContent(/expected 1 to 30000/);
});

test('a chance that is not small beside the rows is pointed out', async () => {
  await withSample();
  await userEvent.fill(page.getByLabelText('Rows a member brings'), '20000');
  await userEvent.selectOptions(page.getByLabelText(/Chance that the promise fails/), '1e-4');
  await expect.element(page.getByText(/A chance of 1 in 10,000 is not small beside 20000 rows/)).toBeVisible();
});

test('another answer, a unit of several rows and a public share of the sample are in the draft', async () => {
  await withSample();
  await userEvent.selectOptions(page.getByLabelText('The answer to learn'), 'sex');
  await userEvent.selectOptions(page.getByLabelText('One unit is'), 'all rows with the same “ticket”');
  await userEvent.selectOptions(page.getByLabelText('Rows of one unit that count'), '4');
  await page.getByLabelText('Publish some rows of my sample as the test set').click();
  await userEvent.fill(page.getByLabelText(/Share of the sample/), '20');
  await expect.element(page.getByText('Up to 10 rows become public, chosen at random.')).toBeVisible();
  expect((page.getByLabelText('What members agree to').element() as HTMLTextAreaElement).value).toContain('“ticket” (up to 4 rows)');
  await button('Sign and publish').click();
  await expect.poll(founding.drafts).toMatchObject([
    {
      task: {
        columns: [{ name: 'saved', kind: 'category' }, { name: 'age' }, { name: 'ticket' }],
        label: { name: 'sex', classes: ['f', 'm'], place: 0 },
        group: { column: 'ticket', rowsMax: 4 },
      },
      testShare: 0.2,
    },
  ]);
});

test('pictures need no sample: a size and names are enough', async () => {
  open();
  await page.getByRole('radio', { name: /^Pictures/ }).click();
  await userEvent.fill(page.getByLabelText('Width in pixels'), '8');
  await userEvent.fill(page.getByLabelText('What the pictures show'), 'cat\ndog\n\n');
  await userEvent.selectOptions(page.getByLabelText('Background'), 'None: photographs');
  await userEvent.fill(page.getByLabelText('Name', { exact: true }), 'Pets');
  await button('Sign and publish').click();
  await expect.poll(founding.drafts).toMatchObject([
    {
      task: {
        kind: 'image',
        width: 8,
        height: 16,
        colour: 'grey',
        background: 'none',
        label: { name: 'label', classes: ['cat', 'dog'] },
      },
    },
  ]);
});

test('what has no names yet is told without gaps, and with its names once there are some', async () => {
  open();
  await page.getByRole('radio', { name: /^Pictures/ }).click();
  const about = page.getByLabelText('What it is about');
  const learns = page.getByText('Learns', { exact: true }).element().nextElementSibling!;
  await expect.element(about).toHaveValue('Learns to tell “label” from pictures, seen as 16 by 16 points.');
  expect(learns.textContent).toBe('Nothing yet: its answers have no names.');
  await userEvent.fill(page.getByLabelText('What the pictures show'), 'a\nb\nc\nd\ne\nf\ng');
  await expect.element(about).toHaveValue('Learns to tell “label” (a, b, c, d, e, f …) from pictures, seen as 16 by 16 points.');
  expect(learns.textContent).toBe('label: a, b, c, d, e, f, g');
  await userEvent.clear(page.getByLabelText('What the answer is called'));
  await expect.element(about).toHaveValue('Learns to tell the answer from pictures, seen as 16 by 16 points.');
  expect(learns.textContent).toBe('a, b, c, d, e, f, g');
});

test('columns can be written by hand', async () => {
  open();
  await page.getByRole('radio', { name: /described by hand/ }).click();
  await button('Add a column').click();
  await card('column 2').click();
  await userEvent.fill(page.getByLabelText('Column name'), 'colour');
  await userEvent.selectOptions(page.getByLabelText('What it holds'), 'One of a few values');
  await userEvent.fill(page.getByLabelText('Values', { exact: true }), 'red\nblue');
  await card('colour').click();
  await card('answer').click();
  await userEvent.fill(page.getByLabelText('Answers to tell apart'), 'no\nyes');
  await userEvent.fill(page.getByLabelText('Name', { exact: true }), 'By hand');
  await button('Sign and publish').click();
  await expect.poll(founding.drafts).toMatchObject([
    {
      task: {
        columns: [
          { kind: 'number', name: 'column 1', min: 0, max: 1 },
          { kind: 'category', name: 'colour', values: ['red', 'blue'] },
        ],
        label: { name: 'answer', classes: ['no', 'yes'], place: 2 },
      },
    },
  ]);
});

test('a relay that does not answer can be asked again; a publishing that was refused keeps everything', async () => {
  let up = false;
  serve({
    '/api/relay': () => {
      if (!up) throw new TypeError('Failed to fetch');
      return Response.json(RELAY);
    },
  });
  await withSample();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  up = true;
  await button('Try again').click();
  await expect.element(page.getByText(/Its id: A2sX0fLh/)).toBeVisible();
  founding.answer('publish', () => no('peer-unknown', { field: 'relay', expected: 'a relay that answers' }));
  await button('Sign and publish').click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  founding.answer('publish', () => ({ ok: true, value: { id: PUBLISHED, waits: false } }));
  await button('Sign and publish').click();
  await expect.element(page.getByRole('heading', { name: 'ships is published' })).toBeVisible();
  expect(founding.drafts()[0]).toEqual(founding.drafts()[1]);
});

test('where the relay asks its host, an invitation can be given, and a founder who waits is told so without a way in', async () => {
  serve({ ...FRESH_RELAY, '/api/relay': () => Response.json({ ...RELAY, publish: 'approve' }) });
  await withSample();
  await page.getByLabelText('Invitation code, if you have one').fill(' AbCd ');
  founding.answer('publish', () => ({ ok: true, value: { id: PUBLISHED, waits: true } }));
  await button('Sign and publish').click();
  await expect.element(page.getByRole('heading', { name: 'ships waits for approval' })).toBeVisible();
  await expect.element(page.getByText(/This relay’s host has to approve it first/)).toBeVisible();
  expect(page.getByRole('link', { name: 'Join it now' }).elements()).toEqual([]);
  expect(asked('publish').at(-1)?.[2]).toBe('AbCd');
});

test('it fits 320 px, every control has a name and is large enough, and headings are in order', async () => {
  await page.viewport(320, 640);
  await withSample();
  for (const details of document.querySelectorAll('details')) details.open = true;
  await page.getByLabelText('Publish some rows of my sample as the test set').click();
  const { scrollWidth, clientWidth } = document.documentElement;
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
  for (const control of document.querySelectorAll<HTMLInputElement>('main :is(input, select, textarea)')) {
    expect(control.labels?.length, control.outerHTML).toBeGreaterThan(0);
  }
  for (const target of document.querySelectorAll<HTMLElement>('main :is(button, summary, input, select, textarea, a.button)')) {
    const { width, height } = target.getBoundingClientRect();
    expect(Math.min(width, height), target.outerHTML).toBeGreaterThanOrEqual(24);
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]));
  for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0), `heading ${i}`).toBeLessThanOrEqual(1);
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a column of amounts as the answer is warned of, and what has no price yet is given none', async () => {
  await withSample();
  const amounts = Array.from({ length: 40 }, (_, i) => String(i * 1.5));
  await card('saved').click();
  await page.getByLabelText('Answers to tell apart').fill(amounts.join('\n'));
  await expect.element(page.getByText(/This column has 40 answers in 50 rows\..*cannot estimate a number/)).toBeVisible();
  await page.getByLabelText('Answers to tell apart').fill('no\nyes');
  await expect.element(page.getByText(/This column has/)).not.toBeInTheDocument();
  await page.getByRole('radio', { name: /^Pictures/ }).click();
  await expect.element(page.getByText(/It takes at least two answers/)).toBeVisible();
  await expect.element(page.getByText('Numbers in the model')).not.toBeInTheDocument();
  await expect.element(page.getByLabelText('Pictures a member brings')).toBeVisible();
  await expect.element(page.getByText(/whether any one picture took part/)).toBeVisible();
  await page.getByLabelText('What the pictures show').fill('sun\nmoon');
  await expect.element(page.getByText('Numbers in the model')).toBeVisible();
});

test('a range is told as it is read, so that a point for thousands does not stay unseen', async () => {
  await withSample();
  await card('age').click();
  await page.getByLabelText('Highest').fill('6.500');
  await expect.element(page.getByText('number from 0 to 6.5')).toBeVisible();
  await page.getByLabelText('Highest').fill('6500');
  await expect.element(page.getByText('number from 0 to 6,500')).toBeVisible();
});

test('what is wrong with all columns is told by their heading, not by a path', async () => {
  await withSample();
  founding.answer('check', () => ({
    ok: true,
    value: [{ field: 'task.columns', code: 'field-invalid', expected: 'at least one column that is read' }],
  }));
  await button('Sign and publish').click();
  const link = page.getByRole('alert').getByRole('link', { name: 'The columns' });
  await expect.element(link).toBeVisible();
  await link.click();
  expect(document.activeElement?.textContent).toMatch(/at least one column that is read/);
});
