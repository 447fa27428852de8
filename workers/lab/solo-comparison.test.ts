import { expect, it } from 'vitest';
import { compared } from './solo-comparison.ts';

/** Rows that both guess right, only the solo model, only the mesh, and nobody. */
function hits(both: number, onlySolo: number, onlyMesh: number, nobody: number): [Uint8Array, Uint8Array] {
  const of = (...parts: readonly (readonly [value: number, times: number])[]) =>
    Uint8Array.from(parts.flatMap(([value, times]) => Array.from({ length: times }, () => value)));
  return [of([1, both], [1, onlySolo], [0, onlyMesh], [0, nobody]), of([1, both], [0, onlySolo], [1, onlyMesh], [0, nobody])];
}

it('one row of difference is luck, and a difference that chance makes once in twenty times is none', () => {
  expect(compared(...hits(58, 3, 4, 9))).toEqual({ solo: 61 / 74, mesh: 62 / 74, sure: false });
  expect(compared(...hits(0, 0, 5, 15)).sure).toBe(false); // two-sided p of 5 of 5: 0.0625
  expect(compared(...hits(0, 0, 6, 14)).sure).toBe(true); // of 6 of 6: 0.031
  expect(compared(...hits(50, 6, 0, 0)).sure).toBe(true);
  expect(compared(...hits(500, 40, 60, 0)).sure).toBe(false); // 19² / 100 = 3.61
  expect(compared(...hits(500, 40, 61, 0)).sure).toBe(true); // 20² / 101 = 3.96
});

it('two models that guess the same rows right are never told apart', () => {
  expect(compared(...hits(20, 0, 0, 5))).toEqual({ solo: 0.8, mesh: 0.8, sure: false });
});
