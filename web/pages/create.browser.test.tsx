import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { FoundingDraft } from '#workers/founding/api';
import { fakeFounding, FRESH_RELAY, GUESS, PUBLISHED, RELAY, type FakeFounding } from '../testing/fake-founding.ts';
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
  sessionStorage.clear();
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
  await userEvent.upload(page.getByLabelText('Choose a sample file'), csv());
  await expect.element(page.getByText('Read 50 rows and 4 columns.')).toBeVisible();
}
const openExpert = () => page.getByText('Expert settings').click();
const answers = () => page.getByLabelText('What should the model learn?');
const name = () => page.getByLabelText('What is the project called?');

test('the list leads here; a sample and one button publish, and the way in is shown', async () => {
  open('/');
  await page.getByRole('link', { name: 'Create a project' }).click();
  await expect.element(page.getByRole('heading', { level: 1, name: 'Create a project' })).toBeVisible();
  await expect.element(page.getByRole('radio', { name: 'Table' })).toBeChecked();
  await expect.element(page.getByText('Choose a sample, and its columns appear here.')).toBeVisible();
  await userEvent.upload(page.getByLabelText('Choose a sample file'), csv());
  await expect.element(answers()).toHaveValue('1');
  await expect.element(page.getByText('saved: no, yes')).toBeVisible();
  await expect.element(name()).toHaveValue('ships');
  expect(asked('publish')).toEqual([]);
  await button('Publish').click();
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
          { kind: 'number', name: 'age', min: 0, max: 80, typical: 28, missing: 'fill' },
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
  expect(mounted.path()).toBe(`/f/${PUBLISHED}/published`);
  // The page itself has only sent requests for information.
  expect(new Set(fetched)).toEqual(new Set(['/api/federations', `/api/federations/${PUBLISHED}`, '/api/relay']));
});

test('the preview says what participants will see, and follows the answers', async () => {
  open();
  const preview = page.getByRole('region', { name: 'Participants will see' });
  await expect.element(preview).toMatchTextContent(/No name yet.*the rest appears here/s);
  await userEvent.upload(page.getByLabelText('Choose a sample file'), csv());
  await expect
    .element(preview)
    .toMatchTextContent(/ships.*saved: no, yes.*2 columns: sex, age.*each row.*20, each with at least 3 participants/s);
  await expect.element(preview).toMatchTextContent(/at most ε = 1.*a 50:50 guess about one row is at most 74 % sure/s);
  await userEvent.fill(name(), 'Who was saved');
  await userEvent.selectOptions(answers(), 'sex');
  await expect.element(preview).toMatchTextContent(/Who was saved.*sex: f, m.*2 columns: saved, age/s);
  await openExpert();
  await userEvent.fill(page.getByRole('slider', { name: /Privacy allowance/ }), '4');
  await userEvent.selectOptions(page.getByLabelText('What is protected'), 'all rows with the same “ticket”');
  await expect.element(preview).toMatchTextContent(/each “ticket”, up to 8 rows.*at most ε = 4.*about one “ticket” is at most 99 % sure/s);
});

test('without a sample nothing is published, and the field that lacks it has the focus', async () => {
  open();
  await button('Publish').click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/1 field needs a look/);
  const field = page.getByLabelText('Choose a sample file').element();
  await expect.poll(() => document.activeElement).toBe(field);
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(field.getAttribute('aria-describedby')!)?.textContent).toContain('Expected a sample.');
  expect(asked('check')).toEqual([]);
  await userEvent.upload(page.getByLabelText('Choose a sample file'), csv());
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
});

test('a wrong field is said beside it, the first one has the focus, and nothing that was typed is lost', async () => {
  await withSample();
  await openExpert();
  await card('age').click();
  const highest = page.getByLabelText('Highest');
  await userEvent.fill(highest, 'eighty');
  await card('age').click();
  await openExpert();
  await expect.element(highest).not.toBeInTheDocument();
  await userEvent.fill(name(), '');
  founding.answer('check', () => ({
    ok: true,
    value: [
      { field: 'task.columns.1.max', code: 'field-invalid', expected: 'a number' },
      { field: 'name', code: 'field-invalid', expected: '1 to 80 letters' },
    ],
  }));
  await button('Publish').click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/2 fields need a look. Nothing was published./);
  await expect.element(highest).toBeVisible();
  await expect.poll(() => document.activeElement).toBe(highest.element());
  expect(highest.element().getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(highest.element().getAttribute('aria-describedby')!)?.textContent).toContain('Expected a number.');
  await expect.element(highest).toHaveValue('eighty');
  expect(asked('publish')).toEqual([]);
  const draft = asked('check')[0]![0] as FoundingDraft;
  expect(draft.task).toMatchObject({ columns: { 1: { max: Number.NaN } } });
  await page.getByRole('alert').getByRole('link', { name: 'What is the project called?' }).click();
  expect(document.activeElement?.id).toBe('f-name');
  await userEvent.fill(highest, '80');
  expect(highest.element().getAttribute('aria-invalid')).toBe('false');
  await expect.element(page.getByRole('alert')).toMatchTextContent(/1 field needs a look/);
  founding.answer('check', () => ({ ok: true, value: [] }));
  await userEvent.fill(name(), 'Boats');
  await button('Publish').click();
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
  await openExpert();
  await expect.element(page.getByText('number from 0 to 80')).toBeVisible();
});

test('the price follows the allowance, and so does the consent until somebody writes their own', async () => {
  await withSample();
  await openExpert();
  const consent = page.getByLabelText('What participants agree to');
  const allowance = page.getByRole('slider', { name: /Privacy allowance/ });
  await expect.element(page.getByText(/The noise on the mean is 4 % of what one row can change/)).toBeVisible();
  expect((consent.element() as HTMLTextAreaElement).value).toContain('ε = 1.');
  await userEvent.fill(allowance, '4');
  await expect.element(page.getByText(/is 1 % of what one row can change/)).toBeVisible();
  await expect.poll(() => (consent.element() as HTMLTextAreaElement).value).toContain('ε = 4.');
  await userEvent.fill(consent, 'Mine.');
  await userEvent.fill(allowance, '2');
  await expect.element(consent).toHaveValue('Mine.');
  await button('Use the suggested words again').click();
  expect((consent.element() as HTMLTextAreaElement).value).toContain('ε = 2.');
  founding.answer('quote', () => no('field-invalid', { field: 'rowsEach', expected: '1 to 30000', got: 'NaN' }));
  await userEvent.fill(page.getByLabelText('Rows each brings'), 'many');
  await expect.element(page.getByRole('alert')).toMatchTextContent(/expected 1 to 30000/);
});

test('a chance that is not small beside the rows is pointed out', async () => {
  await withSample();
  await openExpert();
  await userEvent.fill(page.getByLabelText('Rows each brings'), '20000');
  await userEvent.selectOptions(page.getByLabelText(/Chance that the promise fails/), '1e-4');
  await expect.element(page.getByText(/A chance of 1 in 10,000 is not small for 20000 rows/)).toBeVisible();
});

test('another answer, a unit of several rows and a public share of the sample are in the draft', async () => {
  await withSample();
  await userEvent.selectOptions(answers(), 'sex');
  await openExpert();
  await userEvent.selectOptions(page.getByLabelText('What is protected'), 'all rows with the same “ticket”');
  await userEvent.selectOptions(page.getByLabelText('Rows that count together'), '4');
  await page.getByLabelText('Publish some rows of my sample').click();
  await userEvent.fill(page.getByLabelText(/Share of the sample/), '20');
  await expect.element(page.getByText('Up to 10 rows become public, chosen at random.')).toBeVisible();
  await expect.element(page.getByText('20 % of your sample, public')).toBeVisible();
  await expect.element(page.getByText(/answers and the test rows become public for good/)).toBeVisible();
  expect((page.getByLabelText('What participants agree to').element() as HTMLTextAreaElement).value).toContain('“ticket” (up to 4 rows)');
  await button('Publish').click();
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
  await page.getByRole('radio', { name: 'Pictures' }).click();
  await userEvent.fill(answers(), 'cat\ndog\n\n');
  await userEvent.fill(name(), 'Pets');
  await openExpert();
  await userEvent.fill(page.getByLabelText('Width in pixels'), '8');
  await userEvent.selectOptions(page.getByLabelText('Background'), 'None: photographs');
  await button('Publish').click();
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
  await page.getByRole('radio', { name: 'Pictures' }).click();
  await openExpert();
  const about = page.getByLabelText('What it is about');
  const learns = page.getByText('Learns', { exact: true }).element().nextElementSibling!;
  await expect.element(about).toHaveValue('Learns to predict “label” from pictures, seen as 16 by 16 points.');
  expect(learns.textContent).toBe('nothing yet: it has no answers');
  await userEvent.fill(answers(), 'a\nb\nc\nd\ne\nf\ng');
  await expect.element(about).toHaveValue('Learns to predict “label” (a, b, c, d, e, f …) from pictures, seen as 16 by 16 points.');
  expect(learns.textContent).toBe('label: a, b, c, d …');
  await userEvent.clear(page.getByLabelText('What the answer is called'));
  await expect.element(about).toHaveValue('Learns to predict the answer from pictures, seen as 16 by 16 points.');
  expect(learns.textContent).toBe('a, b, c, d …');
});

test('columns can be written by hand', async () => {
  open();
  await button('Describe a table by hand').click();
  await expect.poll(() => document.activeElement?.id).toBe('f-task-columns');
  await button('Use a sample file instead').click();
  await expect.poll(() => document.activeElement).toBe(page.getByLabelText('Choose a sample file').element());
  await button('Describe a table by hand').click();
  await button('Add a column').click();
  await card('column 2').click();
  await userEvent.fill(page.getByLabelText('Column name'), 'colour');
  await userEvent.selectOptions(page.getByLabelText('What it holds'), 'One of a few values');
  await userEvent.fill(page.getByLabelText('Values', { exact: true }), 'red\nblue');
  await userEvent.fill(page.getByLabelText('Answers to tell apart'), 'no\nyes');
  await userEvent.fill(name(), 'By hand');
  await button('Publish').click();
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
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  await openExpert();
  await expect.element(page.getByText(/Its id: A2sX0fLh/)).toBeVisible();
  founding.answer('publish', () => no('unreachable', { field: 'relay', expected: 'an answer' }));
  await button('Publish').click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  founding.answer('publish', () => ({ ok: true, value: { id: PUBLISHED, waits: false } }));
  await button('Publish').click();
  await expect.element(page.getByRole('heading', { name: 'ships is published' })).toBeVisible();
  expect(founding.drafts()[0]).toEqual(founding.drafts()[1]);
});

test('where the relay asks its host, an invitation can be given, and a founder who waits is told so without a way in', async () => {
  serve({ ...FRESH_RELAY, '/api/relay': () => Response.json({ ...RELAY, publish: 'approve' }) });
  await withSample();
  await expect.element(page.getByText(/host must approve new projects before others see them/)).toBeVisible();
  await openExpert();
  await page.getByLabelText('Invitation code, if you have one').fill(' AbCd ');
  founding.answer('publish', () => ({ ok: true, value: { id: PUBLISHED, waits: true } }));
  await button('Publish').click();
  await expect.element(page.getByRole('heading', { name: 'ships waits for approval' })).toBeVisible();
  await expect.element(page.getByText(/This relay’s host has a week to approve it/)).toBeVisible();
  expect(page.getByRole('link', { name: 'Join it now' }).elements()).toEqual([]);
  expect(asked('publish').at(-1)?.[2]).toBe('AbCd');
});

test('it fits 320 px, every control has a name and is large enough, and headings are in order', async () => {
  await page.viewport(320, 640);
  await withSample();
  await openExpert();
  for (const details of document.querySelectorAll('details')) details.open = true;
  await page.getByLabelText('Publish some rows of my sample').click();
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

test('a column of amounts, or of one value, as the answer is warned of under the question; what has no price is given none', async () => {
  await withSample();
  await openExpert();
  const amounts = Array.from({ length: 40 }, (_, i) => String(i * 1.5));
  await card('saved').click();
  const listed = page.getByLabelText('Answers to tell apart');
  await listed.fill(amounts.join('\n'));
  await expect.element(page.getByText(/40 answers in 50 rows\..*cannot estimate a number/)).toBeVisible();
  await listed.fill('yes');
  await expect.element(page.getByText(/Every row says “yes”/)).toBeVisible();
  await listed.fill('no\nyes');
  await expect.element(page.getByText(/Every row says/)).not.toBeInTheDocument();
  await expect.element(page.getByText('saved: no, yes')).toBeVisible();
  await page.getByRole('radio', { name: 'Pictures' }).click();
  await expect.element(page.getByText('known once there are two answers')).toBeVisible();
  await expect.element(page.getByText('Numbers in the model')).not.toBeInTheDocument();
  await expect.element(page.getByLabelText('Pictures each brings')).toBeVisible();
  await expect.element(page.getByText(/guess about one picture/)).toBeVisible();
  await answers().fill('sun\nmoon');
  await expect.element(page.getByText('Numbers in the model')).toBeVisible();
});

test('a sample without names of columns is told of under the question', async () => {
  founding.answer('infer', () => ({ ok: true, value: { ...GUESS, hasHeader: false } }));
  await withSample();
  await expect.element(page.getByText(/This file names no columns/)).toBeVisible();
});

test('a range is told as it is read, so that a point for thousands does not stay unseen', async () => {
  await withSample();
  await openExpert();
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
  await button('Publish').click();
  const link = page.getByRole('alert').getByRole('link', { name: 'Columns' });
  await expect.element(link).toBeVisible();
  await link.click();
  expect(document.activeElement?.textContent).toMatch(/at least one column that is read/);
});
