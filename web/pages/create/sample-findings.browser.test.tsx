import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeFounding, FRESH_RELAY, GUESS, type FakeFounding } from '../../testing/fake-founding.ts';
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
afterEach(() => {
  mounted.dispose();
  vi.unstubAllGlobals();
});

const button = (name: string) => page.getByRole('button', { name });

test('a person who repeats is protected with all rows, told in numbers, and what may be a gap is asked about', async () => {
  const co = { kind: 'number', name: 'CO', min: -200, max: 12, typical: 2 } as const;
  const without = { min: 0, max: 12, typical: 2 };
  founding.answer('infer', () => ({
    ok: true,
    value: {
      ...GUESS,
      rows: 2000,
      total: 9357,
      group: { column: 3, rows: 150, rowsMax: 64 },
      columns: [
        ...GUESS.columns.slice(0, 2),
        { ...GUESS.columns[2]!, proposed: co, range: co, sentinels: [{ value: -200, times: 1683, without }] },
        { ...GUESS.columns[3]!, reason: 'person' },
      ],
    },
  }));
  const file = new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' });
  await userEvent.upload(page.getByLabelText('Choose a sample file'), file);
  const preview = page.getByRole('region', { name: 'Participants will see' });
  await expect.element(page.getByText(/^Read 9,357 rows and 4 columns. The proposals below come from 2,000 of them/)).toBeVisible();
  await expect.element(page.getByText('ε = 1 for each “ticket”.')).toBeVisible();
  await expect.element(preview).toMatchTextContent(/each “ticket”, up to 64 rows.*at most ε = 1/s);
  await button('Protect each row on its own instead').click();
  await expect.element(page.getByText('ε is about 1,500 for each “ticket”.')).toBeVisible();
  await expect.element(preview).toMatchTextContent(/each row.*ε about 1,500 for each “ticket” with 150 rows.*For a single row, ε = 1/s);
  await button('Protect each “ticket” with all its rows').click();
  await expect.element(page.getByText('“CO” is -200 in 1,683 rows, far from all others. Is that a missing value?')).toBeVisible();
  await button('Read -200 as a gap').click();
  await expect.element(page.getByText(/far from all others/)).not.toBeInTheDocument();
  await page.getByText('Expert settings').click();
  await page.getByRole('list').getByText('CO', { exact: true }).first().click();
  await userEvent.fill(page.getByLabelText('Column name'), 'carbon monoxide');
  await expect.element(page.getByText('Your file calls it “CO”. Such files can still be read.')).toBeVisible();
  await button('Publish').click();
  await expect.poll(founding.drafts).toMatchObject([
    {
      task: {
        columns: [
          { name: 'sex' },
          { kind: 'number', name: 'carbon monoxide', heading: 'CO', gaps: ['-200'], ...without, missing: 'fill' },
          { kind: 'ignored', name: 'ticket' },
        ],
        group: { column: 'ticket', rowsMax: 64 },
      },
    },
  ]);
});
