/** The acceptance suite of every storage's cells. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOf, type StorageUnderTest } from './storage.fixture.ts';

export function cellsSuite(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`the cells of ${name}`, () => {
    let under: StorageUnderTest;
    beforeEach(async () => void (under = await open()));
    afterEach(() => under.end());
    const found = async () => Object.fromEntries(await under.storage.cells.read());

    it('give back what was put last, under any key, without what was deleted', async () => {
      const { storage } = under;
      expect(await found()).toEqual({});
      const vector = { vector: Uint8Array.of(1, 2), of: [null, true, 'text', 7] };
      await storage.write({
        puts: [
          { key: 'update/7/someone', value: vector },
          { key: 'own', value: 1 },
          { key: 'gone', value: 1 },
        ],
      });
      await storage.write({ puts: [{ key: 'own', value: 2 }], deletes: ['gone', 'never there'] });
      expect(await found()).toEqual({ 'update/7/someone': vector, own: 2 });
    });

    it('are written in the order in which writes began, and read whole', async () => {
      const { storage } = under;
      const reads: Promise<unknown>[] = [];
      const writes = Array.from({ length: 20 }, (_, i) => {
        const written = storage.write({
          puts: [
            { key: 'own', value: i },
            { key: 'made', value: i },
          ],
        });
        reads.push(found());
        return written;
      });
      await Promise.all(writes);
      for (const read of await Promise.all(reads)) {
        const { own, made } = read as { own?: number; made?: number };
        expect(own).toBe(made);
      }
      expect(await found()).toEqual({ own: 19, made: 19 });
    });

    it('go on after a write that was refused', async () => {
      const { storage } = under;
      await storage.write({ append: [recordOf(1)] });
      await expect(storage.write({ append: [recordOf(1, { state: 'another' })], puts: [{ key: 'bad', value: 1 }] })).rejects.toThrow();
      await storage.write({ puts: [{ key: 'good', value: 1 }] });
      expect(await found()).toEqual({ good: 1 });
    });

    it('outlive their process', async ({ skip }) => {
      if (under.reopen === null) return skip('nothing of it does');
      await under.storage.write({ puts: [{ key: 'vote', value: { round: 7 } }] });
      const again = await under.reopen();
      expect(Object.fromEntries(await again.cells.read())).toEqual({ vote: { round: 7 } });
    });
  });
}
