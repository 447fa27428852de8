import { expect, it } from 'vitest';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { verdictOf } from './verdict.ts';

/** Errors in rows that both get right, only the solo model does, only the mesh's does, and nobody does. */
function misses(both: number, onlySolo: number, onlyMesh: number, nobody: number): [mesh: number[], solo: number[]] {
  const of = (...parts: readonly (readonly [value: number, times: number])[]) =>
    parts.flatMap(([value, times]) => Array.from({ length: times }, () => value));
  return [of([0, both], [1, onlySolo], [0, onlyMesh], [1, nobody]), of([0, both], [0, onlySolo], [1, onlyMesh], [1, nobody])];
}

it('is McNemar’s exact test: twice the chance of k or fewer heads in n fair tosses', () => {
  // Binomial tails by hand: 2 (1 + 10 + 45) / 1024, 2 / 32, 2 / 64, and 1 if the two agree.
  expect(verdictOf(...misses(50, 8, 2, 9)).p).toBeCloseTo(112 / 1024, 12);
  expect(verdictOf(...misses(0, 0, 5, 15))).toEqual({ better: 'open', p: 2 / 32 });
  expect(verdictOf(...misses(0, 0, 6, 14))).toEqual({ better: 'mesh', p: 2 / 64 });
  expect(verdictOf(...misses(50, 6, 0, 0))).toEqual({ better: 'solo', p: 2 / 64 });
  expect(verdictOf(...misses(20, 0, 0, 5))).toEqual({ better: 'open', p: 1 });
  // A published table: 59 against 10 of 144 pairs differ; p = 1.5e-9 is beyond doubt, and 10 against 59 is the same the other way.
  expect(verdictOf(...misses(75, 59, 10, 0)).better).toBe('solo');
  expect(verdictOf(...misses(75, 10, 59, 0)).p).toBeLessThan(1e-8);
});

it('is symmetric: the better one depends on the rows, not on the name', () => {
  for (const [onlySolo, onlyMesh] of [
    [3, 9],
    [2, 11],
    [40, 60],
    [40, 61],
  ] as const) {
    const [one, other] = [verdictOf(...misses(50, onlySolo, onlyMesh, 4)), verdictOf(...misses(50, onlyMesh, onlySolo, 4))];
    expect(other.p).toBe(one.p);
    expect(other.better).toBe(one.better === 'mesh' ? 'solo' : 'open');
  }
});

it('counts rows of one unit once', () => {
  const [mesh, solo] = misses(40, 0, 12, 0);
  expect(verdictOf(mesh, solo).better).toBe('mesh');
  // The twelve rows belong to three people.
  const units = Int32Array.from(mesh, (_, row) => (row < 40 ? row : 40 + ((row - 40) >> 2)));
  expect(verdictOf(mesh, solo, units)).toEqual({ better: 'open', p: 2 / 8 });
});

it('judges numbers by the sizes of their errors, and finds nothing where there is nothing', () => {
  const bytes = new Uint8Array(2000);
  seededBytes('errors')(bytes);
  const errors = (from: number) => Array.from({ length: 400 }, (_, i) => (bytes[from + i]! + bytes[from + 400 + i]! / 256) / 10);
  const [one, other] = [errors(0), errors(800)];
  expect(verdictOf(one, other).better).toBe('open');
  expect(verdictOf(one, other).p).toBeGreaterThan(0.05);
  const better = one.map((error) => error * 0.7);
  expect(verdictOf(better, one)).toEqual({ better: 'mesh', p: 1 / 2000 });
  expect(verdictOf(one, better)).toEqual({ better: 'solo', p: 1 / 2000 });
});

it('counts ties with the observed difference, for numbers too', () => {
  const { better, p } = verdictOf([0, 0, 0], [0.5, 0.5, 0.5]);
  expect(better).toBe('open');
  expect(p).toBeCloseTo(2 / 8, 1);
});

it('errs as rarely as it promises: of equal models it prefers one in at most about a twentieth of tries', () => {
  let named = 0;
  for (let i = 0; i < 400; i++) {
    const bytes = new Uint8Array(120);
    seededBytes(`alike ${i}`)(bytes);
    const [mesh, solo] = [0, 60].map((from) => Array.from({ length: 60 }, (_, row) => (bytes[from + row]! < 70 ? 1 : 0)));
    if (verdictOf(mesh!, solo!).better !== 'open') named++;
  }
  expect(named / 400).toBeLessThan(0.07);
});
