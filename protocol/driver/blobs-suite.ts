/** The acceptance suite of every storage's blobs: they are there while something names them (retention.ts), and no longer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STATES_KEPT, UPDATES_KEPT_ROUNDS } from '../limits.ts';
import { blobOf, bytesOf, hashOf, recordOf, type StorageUnderTest } from './storage.fixture.ts';

export function blobsSuite(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`the blobs of ${name}`, () => {
    let under: StorageUnderTest;
    beforeEach(async () => void (under = await open()));
    afterEach(() => under.end());
    const kept = async (...texts: string[]) => {
      const found = await Promise.all(texts.map((text) => under.storage.blobs.get(hashOf(text))));
      return texts.filter((_, i) => found[i] !== null);
    };
    const state = (round: number) => ({ append: [recordOf(round)], blobs: [blobOf(`state ${round}`)] });

    it('are given back by their hash', async () => {
      const view = bytesOf('....state 1....').subarray(4, 11);
      await under.storage.write({ append: [recordOf(1)], blobs: [{ hash: hashOf('state 1'), bytes: view }] });
      expect(await under.storage.blobs.get(hashOf('state 1'))).toEqual(bytesOf('state 1'));
      expect(await under.storage.blobs.get(hashOf('never'))).toBeNull();
    });

    it('that are states stay while they are among the newest, whatever is skipped in between', async () => {
      for (let round = 1; round <= STATES_KEPT + 1; round++) await under.storage.write(state(round));
      const last = STATES_KEPT + 1;
      await under.storage.write({
        append: [recordOf(last + 1, { state: `state ${last}` }), recordOf(last + 2, { state: `state ${last}` })],
      });
      const states = Array.from({ length: last }, (_, i) => `state ${i + 1}`);
      expect(await kept(...states)).toEqual(states.slice(1));
    });

    it('that are a state which comes later than its record stay as well', async () => {
      await under.storage.write({ append: [recordOf(1)] });
      await under.storage.write({ blobs: [blobOf('state 1')] });
      await under.storage.write({ append: [recordOf(2)] });
      expect(await kept('state 1')).toEqual(['state 1']);
    });

    it('that a cell names stay for as long as its value', async () => {
      const put = (key: string, text: string) => ({ puts: [{ key, value: text, blob: hashOf(text) }], blobs: [blobOf(text)] });
      for (const [key, text] of [
        ['a', 'first'],
        ['b', 'second'],
        ['c', 'third'],
      ] as const)
        await under.storage.write(put(key, text));
      await under.storage.write({ append: [recordOf(1), recordOf(2), recordOf(3)] });
      expect(await kept('first', 'second', 'third')).toEqual(['first', 'second', 'third']);
      await under.storage.write({ deletes: ['a'], puts: [{ key: 'b', value: 'another' }] });
      await under.storage.write({ append: [recordOf(4)] });
      expect(await kept('first', 'second', 'third')).toEqual(['third']);
      expect(await under.storage.cells.read()).toEqual(
        new Map([
          ['b', 'another'],
          ['c', 'third'],
        ]),
      );
    });

    it(`that a record counts stay until ${UPDATES_KEPT_ROUNDS} rounds after it; others that no cell names go with it`, async () => {
      const update = (text: string) => ({ key: `update/${text}`, value: text, blob: hashOf(text) });
      await under.storage.write({ puts: [update('counted'), update('late')], blobs: [blobOf('counted'), blobOf('late')] });
      await under.storage.write({
        append: [recordOf(1, { vectors: ['counted'] })],
        deletes: ['update/counted', 'update/late'],
      });
      for (let after = 1; after < UPDATES_KEPT_ROUNDS; after++) await under.storage.write({ append: [recordOf(1 + after)] });
      expect(await kept('counted', 'late')).toEqual(['counted']);
      await under.storage.write({ append: [recordOf(1 + UPDATES_KEPT_ROUNDS)] });
      expect(await kept('counted', 'late')).toEqual([]);
    });

    it('outlive their process', async ({ skip }) => {
      if (under.reopen === null) return skip('nothing of it does');
      const named = { puts: [{ key: 'a', value: 1, blob: hashOf('named') }], blobs: [blobOf('named')] };
      await under.storage.write(state(1));
      await under.storage.write(named);
      const again = await under.reopen();
      await again.write({ append: [recordOf(2)] });
      expect(await again.blobs.get(hashOf('state 1'))).toEqual(bytesOf('state 1'));
      expect(await again.blobs.get(hashOf('named'))).toEqual(bytesOf('named'));
    });
  });
}
