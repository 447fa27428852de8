import { render } from 'solid-js/web';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { TableTask } from '#protocol/manifest/task';
import type { Result } from '#workers/api';
import type { CheckScores, OwnCheck } from '#workers/lab/api';
import '../../styles/tokens.css';
import '../../styles/base.css';
import { OwnCheckPanel } from './own-check.tsx';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'age', min: 0, max: 90 },
    { kind: 'ignored', name: 'name' },
    { kind: 'category', name: 'sex', values: ['male', 'female'] },
  ],
  label: { name: 'lived', classes: ['no', 'yes'] },
  picture: null,
};
const scores = (value: number, rows = 120): CheckScores => {
  const at = (v: number) => ({ value: v, low: v - 0.02, high: v + 0.02 });
  return { rows, accuracy: at(value), auroc: at(value), auprc: null, brier: at(1 - value) };
};
const found = (mesh: number, solo: number, better: OwnCheck['comparison']['better'] = 'mesh'): OwnCheck => ({
  units: 60,
  comparison: { rows: 120, mesh: { accuracy: mesh }, solo: { accuracy: solo }, guessing: 0.61, better },
  mesh: scores(mesh),
  solo: scores(solo),
  calibration: { mesh: [{ predicted: 0.2, observed: 0.25, rows: 70 }], solo: [{ predicted: 0.9, observed: 0.7, rows: 50 }] },
  subgroups: {
    column: 'sex',
    groups: [
      { value: 'male', rows: 104, guessing: 0.55, mesh: scores(0.8, 104), solo: scores(0.7, 104) },
      { value: '', rows: 16, guessing: null, mesh: null, solo: null },
    ],
  },
});

let dispose: (() => void) | undefined;
afterEach(() => dispose?.());
const asked: (string | null)[] = [];
const open = (answer: Result<OwnCheck | null>) => {
  asked.length = 0;
  const root = document.body.appendChild(document.createElement('main'));
  const stop = render(
    () => (
      <OwnCheckPanel
        task={TASK}
        check={(column) => {
          asked.push(column);
          return Promise.resolve(answer);
        }}
      />
    ),
    root,
  );
  dispose = () => {
    stop();
    root.remove();
  };
};
const run = () => page.getByRole('button', { name: 'Check on my rows' }).click();

test('nothing runs before the button; then both models stand side by side with their intervals', async () => {
  open({ ok: true, value: found(0.81, 0.72) });
  expect(asked).toEqual([]);
  await page.getByRole('combobox', { name: 'Split results by' }).selectOptions('sex');
  await run();
  await expect.element(page.getByText(/On 120 rows that were kept aside/)).toBeVisible();
  expect(asked).toEqual(['sex']);
  const table = page.getByRole('table', { name: 'Scores with 95 % intervals' });
  await expect.element(table).toMatchTextContent(/81.0 % \(79.0 % to 83.0 %\)/);
  await expect.element(table).toMatchTextContent(/unknown: one class has no rows here/);
  await expect.element(page.getByText('the shared model is better', { exact: false })).toBeVisible();
  await expect.element(page.getByText('Always saying the most frequent answer gets 61.0 %.')).toBeVisible();
  await expect.element(page.getByRole('table', { name: /By sex/ })).toMatchTextContent(/male.*70.0 %.*55.0 %/s);
  await expect.element(page.getByText('hidden below 20 rows').first()).toBeVisible();
  await expect.element(page.getByRole('rowheader', { name: 'missing, or another value' })).toBeVisible();
});

test('says what the verdict says: joining does not help, or the two cannot be told apart, whatever the intervals', async () => {
  open({ ok: true, value: found(0.7, 0.81, 'solo') });
  await run();
  await expect.element(page.getByText(/Joining does not help you/)).toBeVisible();
  dispose!();
  open({ ok: true, value: found(0.6, 0.81, 'open') });
  await run();
  await expect.element(page.getByText(/cannot be told apart/)).toBeVisible();
});

test('without rows kept aside it says how to have some; an error can be tried again', async () => {
  open({ ok: true, value: null });
  await run();
  await expect.element(page.getByText(/Keep some rows aside/)).toBeVisible();
  dispose!();
  open({ ok: false, error: { code: 'rows-too-few', detail: { field: 'heldOut' } } });
  await run();
  await expect.element(page.getByRole('alert')).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => asked.length).toBe(2);
});

test('the picture has its numbers beside it, and columns that are not read are not offered', async () => {
  open({ ok: true, value: found(0.8, 0.7) });
  const options = [...document.querySelectorAll('option')].map((option) => option.textContent);
  expect(options).toEqual(['nothing, all rows together', 'age', 'sex']);
  await run();
  await page.getByText('Calibration, in numbers').first().click();
  await expect.element(page.getByRole('table', { name: 'Calibration, in numbers' })).toMatchTextContent(/Together20.0 %25.0 %70/);
});
