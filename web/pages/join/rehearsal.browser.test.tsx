import { render } from 'solid-js/web';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { Manifest } from '#protocol/manifest/manifest';
import type { LabWorker, RehearsalOptions, RehearsalStep } from '#workers/lab/api';
import type { StartLab } from '../../state/lab.ts';
import { testFederation } from '../../testing/federation.ts';
import { Rehearsal } from './rehearsal.tsx';

let dispose: (() => void) | undefined;
afterEach(() => dispose?.());

const step = (round: number): RehearsalStep => ({
  round,
  rounds: 80,
  accuracy: 0.5 + round / 200,
  guessing: 0.1,
  updateMs: 12.5,
  updateBytes: 9720,
});

async function open(rehearse: LabWorker['rehearse']) {
  const { id, body } = await testFederation();
  const opened: unknown[] = [];
  const lab = {
    open: (...args: unknown[]) => {
      opened.push(args);
      return Promise.resolve({ ok: true, value: { round: 0, state: null } });
    },
    rehearse,
  } as unknown as LabWorker;
  const startLab: StartLab = () => Promise.resolve({ ok: true, value: lab });
  const root = document.body.appendChild(document.createElement('main'));
  const stop = render(() => <Rehearsal manifest={{ id, body } as Manifest} startLab={startLab} />, root);
  dispose = () => {
    stop();
    root.remove();
  };
  return { id, opened };
}

test('goes through the rounds of the manifest with its first model, and says what a round costs and what is left', async () => {
  const asked: RehearsalOptions[] = [];
  const { id, opened } = await open(async (options, listener) => {
    asked.push(options);
    await listener(step(1));
    return { ok: true, value: step(80) };
  });
  expect(opened).toEqual([]);
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await expect.element(page.getByText(/takes about 12.5 ms here. The whole training takes about 1 s/)).toBeVisible();
  await expect.element(page.getByText(/9.72 kB/)).toBeVisible();
  await expect.element(page.getByText(/Real ones may be harder/)).toBeVisible();
  expect(asked).toEqual([{ members: 3, rowsEach: 1000 }]);
  expect((opened[0] as unknown[])[0]).toBe(id);
  expect((opened[0] as unknown[])[2]).toBeNull();
});

test('stops at the next round when asked, keeps what it found, and can begin again', async () => {
  let heard = 0;
  await open(async (_, listener) => {
    // It never ends by itself, however late the button is pressed.
    for (;;) {
      heard = Math.min(heard + 1, 79);
      if (!(await listener(step(heard)))) return { ok: true, value: step(heard) };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await expect.element(page.getByRole('progressbar')).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect.element(page.getByRole('button', { name: 'Rehearse again' })).toBeVisible();
  await expect.element(page.getByText(new RegExp(`Round ${heard} of 80`))).toBeVisible();
});

test('a lab that refuses is a message with a way on', async () => {
  let tries = 0;
  await open(async () => {
    tries++;
    return { ok: false, error: { code: 'internal', detail: { got: 'no memory' } } };
  });
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await expect.element(page.getByRole('alert')).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => tries).toBe(2);
});
