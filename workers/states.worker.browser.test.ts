/** A page's states thread makes the same bytes as every other peer, and says why it cannot. */
import { expect, test } from 'vitest';
import { updateLength } from '#protocol/manifest/manifest';
import { encodeUpdate } from '#protocol/privacy/noise/noisy-update';
import { aggregateHere } from '#protocol/robust/rule';
import { manifestFixture } from './manifest.fixture.ts';
import { aggregateInThread } from './trainer/states-thread.ts';

test('states from the thread follow the rule, and errors come back unchanged', async () => {
  const body = manifestFixture();
  const aggregate = aggregateInThread();
  const first = await aggregate(body, null, []);
  expect(first.hash).toBe((await aggregateHere(body, null, [])).hash);
  // Views of one buffer, as a decoded message gives them.
  const update = encodeUpdate(Int32Array.from({ length: updateLength(body) }, (_, i) => i - 20));
  const frame = new Uint8Array([...update, ...update]);
  const vectors = [frame.subarray(0, update.length), frame.subarray(update.length)];
  const next = await aggregate(body, first.bytes, vectors);
  expect(next.hash).toBe((await aggregateHere(body, first.bytes, vectors)).hash);
  expect(next.hash).not.toBe(first.hash);
  await expect(aggregate(body, first.bytes, [update.subarray(4)])).rejects.toMatchObject({ code: 'wrong-length' });
  expect((await aggregate(body, first.bytes, vectors)).hash).toBe(next.hash);
});
