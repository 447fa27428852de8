import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { Finding } from '#workers/api';
import { fakePeer, no, offerOf, REPORT, snapshotOf, STATE, type FakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';

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
});

const open = () => (mounted = mountAt(`/f/${federation.id}/join`, peer));
const button = (name: string) => page.getByRole('button', { name });
const asked = (name: string) => peer.asked.filter((call) => call.name === name).map((call) => call.args);
const csv = (name = 'mine.csv') => new File(['1,2,3\n'], name, { type: 'text/csv' });

test('a sample, a budget and a consent lead to the training page; before the button nothing is joined', async () => {
  open();
  await expect.element(page.getByRole('heading', { name: 'Join Handwritten digits' })).toBeVisible();
  await expect.element(page.getByText('Choose your data first.')).toBeVisible();
  await button('Use the sample, part 2').click();
  await expect.element(page.getByText('Synthetic sample')).toBeVisible();
  expect(asked('load')).toEqual([[{ sample: 'digits-2.csv' }, 0]]);
  await expect.element(page.getByText('You can take part in 80 of 80 rounds.')).toBeVisible();
  // Figures wait for those who ask.
  const sure = page.getByText(/can make them at most 74 % sure/);
  expect(sure.element().checkVisibility()).toBe(false);
  await page.getByText('What this means').click();
  await expect.element(sure).toBeVisible();
  await expect.element(page.getByText(/1 in 100,000/)).toBeVisible();
  await expect.element(page.getByText(/limited to C = 1\. Noise of/)).toBeVisible();
  // What is promised does not.
  const table = page.getByRole('table', { name: 'What leaves, and who gets it' });
  await expect.element(table).toMatchTextContent(/NobodyYour rows\. They stay in this browser until you leave\./);
  await expect.element(table).toMatchTextContent(/Relay and participants of your roundsYour network address\./);
  await expect.element(page.getByText('Each row is protected, not each person.')).toBeVisible();
  await expect.element(page.getByText(/I let this federation train/)).toBeVisible();
  expect(document.querySelectorAll('main input:checked')).toHaveLength(0);
  expect(asked('join')).toEqual([]);
  await button('I agree, start training').click();
  await expect.poll(() => mounted!.path()).toBe(`/f/${federation.id}`);
  expect(asked('join')).toEqual([[1, federation.body.consent]]);
});

test('a file that was read takes the place of the fields, which come back for another one; nothing that was focused is lost', async () => {
  open();
  await button('Use the sample, part 1').click();
  await expect.element(page.getByText(/^400 rows read from digits-1.csv/)).toBeVisible();
  expect(document.activeElement?.textContent).toMatch(/^400 rows read/);
  expect(page.getByText('No file handy?').element().checkVisibility()).toBe(false);
  await page.getByText('Choose other data').click();
  peer.answer('load', () => no('file-empty'));
  await button('Use the sample, part 2').click();
  await expect.element(page.getByRole('alert')).toBeVisible();
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
  expect(page.getByText('Choose other data').element().checkVisibility()).toBe(false);
});

test('who is there to train with, and what is left, is told before anything is agreed to', async () => {
  open();
  await expect.element(page.getByText('80 rounds in all. Each needs 3 participants.')).toBeVisible();
  const says = async (patch: Partial<Parameters<typeof snapshotOf>[1]>, text: RegExp) => {
    peer.publish(snapshotOf(federation.id, patch));
    await expect.element(page.getByText(text)).toBeVisible();
  };
  await says({ joined: 0 }, /Nobody else is ready now. You will wait for 2 participants/);
  await says({ joined: 1, made: 12 }, /Ready now: 1. You will wait for 1 more/);
  await expect.element(page.getByText('68 of 80 rounds are left. Each needs 3 participants.')).toBeVisible();
  await says({ joined: 2 }, /^2 other participants are ready/);
  await says({ joined: 0, lacking: 3 }, /Earlier participants have used all the privacy they allow/);
});

test('a finished federation leads to its model, not through consent into nothing', async () => {
  open();
  await expect.element(button('Use the sample, part 1')).toBeVisible();
  peer.publish(snapshotOf(federation.id, { activity: 'finished', made: 80, round: 83 }));
  const over = page.getByRole('region', { name: 'The model is ready' });
  await expect.element(over).toMatchTextContent(/All 80 rounds are done/);
  expect(over.getByRole('link', { name: 'Try it' }).element().getAttribute('href')).toBe(`/f/${federation.id}/try`);
  expect(button('Use the sample, part 1').query()).toBeNull();
});

test('an ended project says so in one sentence, with what is still possible, and nothing else', async () => {
  open();
  await button('Use the sample, part 1').click();
  await expect.element(button('I agree, start training')).toBeVisible();
  peer.publish(snapshotOf(federation.id, { activity: 'ended', joined: 0 }));
  const notice = page.getByRole('alert');
  await expect.element(notice).toMatchTextContent(/^Its founder has ended this project\.See the projects$/);
  await expect.element(page.getByRole('heading', { name: 'Handwritten digits', exact: true })).toBeVisible();
  expect(document.title).toBe('Handwritten digits · Sovereign Mesh');
  expect(page.getByRole('heading').elements()).toHaveLength(1);
  expect(page.getByText(/You will wait|rounds in all/).query()).toBeNull();
  expect(page.getByRole('main').getByRole('button').elements()).toEqual([]);
  // What had the focus is gone; the keyboard goes on from here.
  expect(document.activeElement).not.toBe(document.body);
  peer.publish(snapshotOf(federation.id, { activity: 'ended', state: STATE, made: 12 }));
  await expect.element(notice.getByRole('link', { name: 'Try it' })).toHaveAttribute('href', `/f/${federation.id}/try`);
});

test('the whole way works by keyboard', async () => {
  open();
  await expect.element(button('Use the sample, part 1')).toBeVisible();
  const reach = async (matches: (element: Element) => boolean) => {
    for (let i = 0; i < 40; i++) {
      await userEvent.tab();
      if (document.activeElement !== null && matches(document.activeElement)) return;
    }
    throw new Error('expected to be reached with Tab');
  };
  (document.activeElement as HTMLElement | null)?.blur();
  await reach((e) => e.matches('input[type=file]'));
  await reach((e) => e.getAttribute('aria-label') === 'Use the sample, part 3');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('slider', { name: 'Allowance' })).toBeVisible();
  await reach((e) => e.matches('input[type=range]'));
  await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
  await expect.element(page.getByText('You can take part in 72 of 80 rounds.')).toBeVisible();
  await expect.element(button('I agree, start training')).toBeVisible();
  await reach((e) => e.matches('button.primary'));
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => asked('join')).toEqual([[0.9, federation.body.consent]]);
});

test('a file that is refused is explained beside its field, and a good one after it clears the problem', async () => {
  peer.answer('load', () => no('value-type', { row: 14, field: 'p3', expected: 'a number from 0 to 16', got: "'abc'" }));
  open();
  const field = page.getByLabelText('Choose a CSV file');
  await userEvent.upload(field, csv());
  const alert = page.getByRole('alert');
  await expect.element(alert).toMatchTextContent(/Row 14, column “p3”: expected a number from 0 to 16, got 'abc'/);
  expect(field.element().getAttribute('aria-invalid')).toBe('true');
  expect(field.element().getAttribute('aria-describedby')).toBe(alert.element().id);
  peer.answer('load', () => ({ ok: true, value: { ...REPORT, name: 'mine.csv', synthetic: false } }));
  await userEvent.upload(field, csv());
  await expect.element(page.getByText('400 rows read from mine.csv')).toBeVisible();
  expect(alert.query()).toBeNull();
  expect(page.getByText('Synthetic sample').query()).toBeNull();
  expect(field.element().getAttribute('aria-invalid')).toBe('false');
});

test('what was found is said by what is done about it, with row, column and what was expected', async () => {
  const finding = { column: 'digit', count: 1, rows: [7], expected: null, got: null, readAs: null };
  const findings: Finding[] = [
    { ...finding, code: 'label-unknown', action: 'left-out', count: 25, rows: [7, 9], expected: 'one of 0 to 9', got: "'x'" },
    { ...finding, code: 'clamped', action: 'read-as', column: 'p3', count: 3, expected: '0 to 16', got: "'99'", readAs: '16' },
    { ...finding, code: 'columns-unread', action: 'kept', column: null, got: "'id'" },
  ];
  const unread = Array.from({ length: 9 }, (_, i) => ({ ...findings[1]!, column: `q${i}` }));
  peer.answer('load', () => ({ ok: true, value: { ...REPORT, heldOut: 40, units: 100, findings: [...findings, ...unread] } }));
  open();
  await button('Use the sample, part 1').click();
  const heading = (name: string) => page.getByRole('heading', { name, exact: true });
  for (const name of ['Left out', 'Read differently']) await expect.element(heading(name)).toBeVisible();
  await expect
    .element(page.getByText(/^25 rows: .*“digit”.* The first is 'x'; expected one of 0 to 9\. First in rows 7, 9\.$/))
    .toBeVisible();
  await expect.element(page.getByText(/^3 values in column “p3” lie outside 0 to 16/)).toBeVisible();
  await expect.element(page.getByText('40 rows are kept aside.')).toBeVisible();
  const unreadColumn = page.getByText(/^1 column is not read.*'id'\.$/);
  expect(unreadColumn.element().checkVisibility()).toBe(false);
  await page.getByText('About this file').click();
  await expect.element(heading('Good to know')).toBeVisible();
  await expect.element(unreadColumn).toBeVisible();
  await expect.element(page.getByText('Units of privacy')).toBeVisible();
  expect(
    page
      .getByText(/column “q8”/)
      .element()
      .checkVisibility(),
  ).toBe(false);
  await page.getByText('6 more').click();
  await expect.element(page.getByText(/column “q8”/)).toBeVisible();
});

test('a file in which nothing is odd says so', async () => {
  open();
  await button('Use the sample, part 1').click();
  await expect.element(page.getByText('Nothing odd was found.')).toBeVisible();
});

test('a file with too many rows is refused, and a part of it offered that is well below the bound', async () => {
  peer.answer('load', (_, __, part = 1) =>
    part === 1 ? no('rows-too-many', { expected: 'at most 4,000 rows', got: '32561' }) : { ok: true, value: REPORT },
  );
  open();
  await userEvent.upload(page.getByLabelText('Choose a CSV file'), csv());
  await expect.element(page.getByRole('alert')).toMatchTextContent(/more rows than one participant may bring/);
  await button('Use about 1 row in 10').click();
  await expect.element(page.getByText(/^400 rows read from digits-1.csv/)).toBeVisible();
  expect(asked('load').at(-1)!.slice(1)).toEqual([0, 1 / 10]);
  expect(button('Use about 1 row in 10').query()).toBeNull();
});

test('rows that were used for training before are no fair check, and keeping some of them aside says so', async () => {
  peer.answer('offer', (epsilon) => ({ ok: true, value: offerOf({ epsilon, rounds: 40, spent: 0.3 }) }));
  open();
  await button('Use the sample, part 1').click();
  await expect.element(page.getByText('You can take part in 40 of 80 rounds.')).toBeVisible();
  expect(page.getByText(/used for training before/).query()).toBeNull();
  await page.getByLabelText('Keep some rows aside for my own check').selectOptions('0.2');
  await expect.element(page.getByText(/used for training before/)).toBeVisible();
  expect(asked('load').at(-1)!.at(1)).toBe(0.2);
});

test('a file can be dropped on the field', async () => {
  open();
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
  const data = new DataTransfer();
  data.items.add(csv('dropped.csv'));
  document.querySelector('.drop')!.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  await expect.poll(() => asked('load')).toHaveLength(1);
  expect((asked('load')[0]![0] as { file: File }).file.name).toBe('dropped.csv');
});

test('a budget is told with what the federation’s own models reached, and with nothing where none was scored', async () => {
  const reached = () => page.getByText(/correct on public rows/);
  open();
  await button('Use the sample, part 1').click();
  await expect.element(page.getByText(/You can take part in 80/)).toBeVisible();
  expect(reached().query()).toBeNull();
  const scores = [
    { round: 6, accuracy: 0.61, loss: 1 },
    { round: 30, accuracy: 0.8, loss: 0.7 },
  ];
  peer.publish(snapshotOf(federation.id, { scores }));
  await expect.element(reached()).toMatchTextContent(/After round 30, this project’s model is 80.* It is at that round now/);
  await page.getByRole('slider', { name: 'Allowance' }).fill('2');
  await expect.element(reached()).toMatchTextContent(/After round 6, this project’s model was 61/);
  await page.getByRole('slider', { name: 'Allowance' }).fill('1');
  await expect.element(reached()).toMatchTextContent(/After round 30, .* 80.*Your rounds come after that/);
});

test('a delta of one row in n or more is warned of: it protects nobody', async () => {
  const warning = () => page.getByText(/protects nobody/i);
  peer.answer('load', () => ({ ok: true, value: { ...REPORT, units: 99_999 } }));
  open();
  await button('Use the sample, part 1').click();
  await expect.element(page.getByText(/You can take part in 80/)).toBeVisible();
  expect(warning().query()).toBeNull();
  peer.answer('load', () => ({ ok: true, value: { ...REPORT, units: 100_000 } }));
  await page.getByText('Choose other data').click();
  await button('Use the sample, part 2').click();
  await expect.element(warning()).toBeVisible();
});

test('a budget that buys nothing cannot be agreed to, and a refused offer says why', async () => {
  peer.answer('offer', (epsilon) => ({ ok: true, value: offerOf({ epsilon, rounds: 0, spent: 0.8 }) }));
  open();
  await button('Use the sample, part 1').click();
  await expect.element(page.getByText(/does not pay for even one round/)).toBeVisible();
  await expect.element(page.getByText(/Already used with this data: ε 0.8/)).toBeVisible();
  expect(button('I agree, start training').query()).toBeNull();
  peer.answer('offer', () => no('budget-spent'));
  await userEvent.fill(page.getByRole('slider'), '10');
  await expect.element(page.getByRole('alert')).toMatchTextContent(/Your privacy allowance is used./);
});

test('a join that is refused stays on the page and can be tried again', async () => {
  peer.answer('join', () => no('storage-denied'));
  open();
  await button('Use the sample, part 1').click();
  await button('I agree, start training').click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/storage-denied/);
  peer.answer('join', () => ({ ok: true, value: null }));
  await button('I agree, start training').click();
  await expect.poll(() => mounted!.path()).toBe(`/f/${federation.id}`);
});

test('a federation whose columns no sample has offers none', async () => {
  let tables = 0;
  const others = () => new Response('a,b\n1,2\n');
  const samples = { '/samples/digits-1.csv': others, '/samples/table-1.csv': () => (tables++, others()) };
  vi.stubGlobal('fetch', relayOf(federation, samples));
  open();
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
  await expect.poll(() => tables).toBeGreaterThan(0); // the last one that is looked at: none before it was taken
  await expect.poll(() => button('Use the sample, part 1').query()).toBeNull();
});

test('a manifest with a broken signature is not shown, and nothing is started', async () => {
  const bytes = federation.bytes.slice();
  const name = new TextDecoder('latin1').decode(bytes).indexOf('Handwritten');
  bytes[name] = 'h'.charCodeAt(0);
  vi.stubGlobal('fetch', relayOf(federation, { [`/api/federations/${federation.id}`]: () => new Response(bytes) }));
  open();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/A signature is wrong./);
  expect(peer.asked).toEqual([]);
});

test('another federation under the asked address is refused', async () => {
  const other = await testFederation({ name: 'Another' });
  vi.stubGlobal('fetch', relayOf(federation, { [`/api/federations/${federation.id}`]: () => new Response(other.bytes) }));
  open();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/wrong-federation/);
});

test('a project below what this device accepts opens to be looked at, and says why it cannot be joined', async () => {
  federation = await testFederation({ privacy: { ...federation.body.privacy, sigma: 1 } });
  vi.stubGlobal('fetch', relayOf(federation));
  open();
  await expect.element(page.getByRole('heading', { name: 'Join Handwritten digits' })).toBeVisible();
  const notice = page.getByRole('alert');
  await expect.element(notice).toMatchTextContent(/The device refuses to take part/);
  await expect.element(notice).toMatchTextContent(/privacy.sigma.*at least 1.1/);
  expect(page.getByRole('heading', { level: 2 }).elements()).toEqual([]);
  expect(button('Use the sample, part 1').query()).toBeNull();
});

test('a relay that has too much to do, and comes back', async () => {
  const replies = [() => Response.json({ code: 'overloaded' }, { status: 503 }), () => new Response(federation.bytes)];
  vi.stubGlobal('fetch', relayOf(federation, { [`/api/federations/${federation.id}`]: () => replies.shift()!() }));
  open();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/too busy right now/);
  await button('Try again').click();
  await expect.element(page.getByRole('heading', { name: 'Join Handwritten digits' })).toBeVisible();
});

test('a peer that does not start is an error with a way on', async () => {
  peer.answer('start', () => no('storage-denied'));
  open();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/This window does not let the page store anything/);
  peer.answer('start', () => ({ ok: true, value: { self: 'x' } }));
  await button('Try again').click();
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
});

test('a session that is resumed goes straight to training', async () => {
  peer.answer('follow', () => ({ ok: true, value: { resumed: true } }));
  open();
  await expect.poll(() => mounted!.path()).toBe(`/f/${federation.id}`);
});

test('a mirror cannot join, and points to the tab’s own federation', async () => {
  const elsewhere = await testFederation({ name: 'Elsewhere' });
  peer.answer('start', () => {
    peer.publish(snapshotOf(elsewhere.id, { mirror: true }));
    return { ok: true, value: { self: 'x' } };
  });
  open();
  await expect.element(page.getByText('Another tab of this browser is at work')).toBeVisible();
  expect(page.getByRole('link', { name: 'See what it does' }).element().getAttribute('href')).toBe(`/f/${elsewhere.id}`);
  expect(page.getByLabelText('Choose a CSV file').query()).toBeNull();
});

test('when the other tab goes, the mirror takes over', async () => {
  peer.answer('start', () => {
    peer.publish(snapshotOf(federation.id, { mirror: true }));
    return { ok: true, value: { self: 'x' } };
  });
  open();
  await expect.element(page.getByText('Another tab of this browser is at work')).toBeVisible();
  await expect.poll(() => asked('follow')).not.toHaveLength(0); // or the worker would not know what to take over
  const before = asked('follow').length;
  peer.publish(snapshotOf(federation.id));
  await expect.element(page.getByLabelText('Choose a CSV file')).toBeVisible();
  await expect.poll(() => asked('follow')).toHaveLength(before + 1);
});
