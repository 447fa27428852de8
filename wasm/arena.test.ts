/** Blocks of the arena are disjoint, aligned, zeroed and reused, and refused if the memory is full. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createArena } from './arena.ts';

const memory = (maximum: number) => new WebAssembly.Memory({ initial: 1, maximum });

test('blocks never overlap, are aligned and zeroed, whatever comes and goes', () => {
  const command = fc.record({ bytes: fc.integer({ min: 0, max: 40_000 }), release: fc.nat(5), keep: fc.boolean() });
  const commands = fc.array(command, { maxLength: 40 });
  fc.assert(
    fc.property(commands, (list) => {
      const space = memory(64);
      const arena = createArena(space, 1000);
      const live: { at: number; bytes: number }[] = [];
      for (const { bytes, release, keep } of list) {
        const at = arena.take(bytes);
        expect(at % 64).toBe(0);
        expect(at).toBeGreaterThanOrEqual(1000);
        for (const other of live) expect(at >= other.at + other.bytes || at + bytes <= other.at).toBe(true);
        const view = new Uint8Array(space.buffer, at, bytes);
        expect(view.every((byte) => byte === 0)).toBe(true);
        view.fill(255);
        live.push({ at, bytes });
        if (!keep) arena.release(live.splice(release % live.length, 1)[0]!.at);
      }
    }),
    { numRuns: 60 },
  );
});

test('a block that came back is given out again, together with its neighbour', () => {
  const arena = createArena(memory(64), 0);
  const [first, second, third] = [arena.take(1000), arena.take(1000), arena.take(64)];
  arena.release(first);
  arena.release(second);
  expect(arena.take(2000)).toBe(first);
  expect(arena.used).toBe(2048 + 64);
  expect(third).toBeGreaterThan(second);
});

test('what does not fit is refused with its size, and nothing is lost', () => {
  const arena = createArena(memory(2), 0);
  expect(() => arena.take(200_000)).toThrow(/200000 bytes/);
  expect(() => arena.take(1e15)).toThrow(RangeError);
  expect(arena.used).toBe(0);
  expect(arena.take(100_000)).toBe(0);
});

test('an address that is not given out cannot be released', () => {
  const arena = createArena(memory(2), 0);
  const at = arena.take(10);
  arena.release(at);
  expect(() => arena.release(at)).toThrow(RangeError);
});
