import { expect, test } from 'vitest';
import { openLabWorker } from './lab-worker.ts';

/** A thread that never answers. */
const mute = () => new Worker(URL.createObjectURL(new Blob([''], { type: 'text/javascript' })));

test('whoever waits for a lab that is closed is told so, and so is whoever asks it later', async () => {
  const lab = await openLabWorker(mute);
  if (!lab.ok) throw new Error(lab.error.code);
  const waiting = lab.value.calls.compareSolo(null, true);
  lab.value.close();
  const ended = { ok: false, error: { code: 'stale', detail: { field: 'lab' } } };
  expect(await waiting).toEqual(ended);
  expect(await lab.value.calls.card(null)).toEqual(ended);
});
