import * as Comlink from 'comlink';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from './platform/database.ts';
import type { FoundingWorker } from './founding/api.ts';
import { draftFixture } from './founding/draft.fixture.ts';

let thread: Worker;
let founding: Comlink.Remote<FoundingWorker>;
beforeEach(() => {
  thread = new Worker(new URL('./founding.worker.ts', import.meta.url), { type: 'module' });
  founding = Comlink.wrap<FoundingWorker>(thread);
});
afterEach(() => thread.terminate());

test('the thread reads and prices a sample; errors keep their code', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `${i * 1.5},${i % 2}`).join('\n');
  expect(await founding.infer(new File([`size,y\n${rows}`], 'sizes.csv'))).toMatchObject({ ok: true, value: { rows: 20, label: 1 } });
  expect(await founding.infer(new File([''], 'none.csv'))).toMatchObject({ ok: false, error: { code: 'file-empty' } });
  const { task, policy } = draftFixture();
  expect(await founding.quote(task, policy, 9)).toMatchObject({
    ok: true,
    value: { parameters: expect.any(Number), rowsEpsilon: expect.any(Number) },
  });
});

test('the steward’s key is on disk before anything is sent, and cannot be read', async () => {
  const db = await openDatabase();
  const before = new Set(await db.getAllKeys('keys'));
  // A port without a listener.
  const answer = await founding.publish(draftFixture(), 'http://127.0.0.1:9', '');
  expect(answer).toMatchObject({ ok: false, error: { code: 'unreachable', detail: { field: 'relay' } } });
  const made = (await db.getAllKeys('keys')).filter((name) => !before.has(name));
  expect(made).toEqual([expect.stringMatching(/^steward\/[\w-]{43}$/)]);
  const pair = (await db.get('keys', made[0]!)) as CryptoKeyPair;
  expect(pair.privateKey.extractable).toBe(false);
  db.close();
});
