/** The acceptance suite of every log: what ports.ts promises of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CertifiedRecord } from '../round/messages.ts';
import { recordOf, type StorageUnderTest } from './storage.fixture.ts';

const places = (records: readonly CertifiedRecord[]) => records.map(({ record }) => [record.epoch, record.round]);

/** @param kept the newest records that it keeps */
export function logSuite(name: string, open: () => Promise<StorageUnderTest>, kept = Infinity): void {
  describe(`the log of ${name}`, () => {
    let under: StorageUnderTest;
    beforeEach(async () => void (under = await open()));
    afterEach(() => under.end());

    it('gives back what was appended, in the order of its rounds', async () => {
      const { storage } = under;
      expect([await storage.log.head(), await storage.log.read(0, 10)]).toEqual([null, []]);
      await storage.write({ append: [recordOf(9), recordOf(10)] });
      await storage.write({ append: [recordOf(2, { vectors: ['a', 'b'] })] });
      expect(await storage.log.head()).toEqual(recordOf(10));
      expect(await storage.log.read(0, 10)).toEqual([recordOf(2, { vectors: ['a', 'b'] }), recordOf(9), recordOf(10)]);
      expect(places(await storage.log.read(3, 1))).toEqual([[0, 9]]);
      expect(await storage.log.read(11, 10)).toEqual([]);
    });

    it('has the highest epoch, then the highest round, for its head', async () => {
      const { storage } = under;
      await storage.write({ append: [recordOf(300, { epoch: 0 }), recordOf(2, { epoch: 1 }), recordOf(1, { epoch: 1 })] });
      expect(places([(await storage.log.head())!])).toEqual([[1, 2]]);
      expect(places(await storage.log.read(2, 10))).toEqual([
        [0, 300],
        [1, 2],
      ]);
    });

    it('takes a record twice, and another one for its slot never, nor what comes with that', async () => {
      const { storage } = under;
      await storage.write({ append: [recordOf(1)], puts: [{ key: 'a', value: 1 }] });
      await storage.write({ append: [recordOf(1)], puts: [{ key: 'a', value: 2 }] });
      const other = storage.write({
        append: [recordOf(2), recordOf(1, { state: 'another' })],
        puts: [{ key: 'a', value: 3 }],
        deletes: ['b'],
      });
      await expect(other).rejects.toMatchObject({ code: 'conflict', detail: { field: 'record' } });
      expect(await storage.log.read(0, 10)).toEqual([recordOf(1)]);
      expect(await storage.cells.read()).toEqual(new Map([['a', 2]]));
    });

    it('outlives its process', async ({ skip }) => {
      if (under.reopen === null) return skip('nothing of it does');
      await under.storage.write({ append: [recordOf(1), recordOf(2)] });
      const again = await under.reopen();
      expect(await again.log.read(0, 10)).toEqual([recordOf(1), recordOf(2)]);
    });

    it('keeps as many as its retention says', async () => {
      const count = kept === Infinity ? 40 : kept + 3;
      const rounds = Array.from({ length: count }, (_, i) => i + 1);
      const { storage } = under;
      await storage.write({ append: rounds.slice(0, -2).map((round) => recordOf(round)) });
      for (const round of rounds.slice(-2)) await storage.write({ append: [recordOf(round)] });
      const found = await storage.log.read(0, count);
      expect(places(found)).toEqual(rounds.slice(-kept).map((round) => [0, round]));
    });
  });
}
