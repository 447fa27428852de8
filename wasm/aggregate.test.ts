/** The compiled rules: known answers, the oracle, what holds for every input, and what is refused. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { UnsoundValue, type Aggregator } from './aggregate.ts';
import { buildWasm } from './build.ts';
import { loadNumerics } from './load-node.ts';
import { oracle } from './reference/aggregate.ts';
import { SEEDED_AGGREGATES_SHA256, seededAggregates } from './seeded-aggregates.fixture.ts';
import { uniform } from './seeded-run.fixture.ts';

let compiled: Aggregator;

beforeAll(async () => {
  await buildWasm();
  compiled = await (await loadNumerics()).aggregator!();
}, 120_000);

/** n vectors of d values in [-1, 1). */
function drawn(n: number, d: number, seed = n * 31 + d): Float32Array<ArrayBuffer>[] {
  const draw = uniform(seed);
  return Array.from({ length: n }, () => Float32Array.from({ length: d }, () => 2 * draw() - 1));
}

/** The same rules over held vectors. */
function held(vectors: readonly Float32Array[]) {
  const room = compiled.hold(vectors.length, vectors[0]!.length);
  for (const [i, vector] of vectors.entries()) room.vector(i).set(vector);
  return room;
}

function expectNear(actual: ArrayLike<number>, expected: readonly number[], relative: number, absolute = 0): void {
  expect(actual.length).toBe(expected.length);
  const far = expected.findIndex((value, i) => !(Math.abs(actual[i]! - value) <= absolute + relative * Math.abs(value)));
  expect(far, `${actual[far]} for ${expected[far]} at ${far}`).toBe(-1);
}

/** Vectors of one length, with values of all magnitudes and many ties. */
const soundVectors = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 40 })).chain(([n, d]) => {
  const value = fc.oneof(
    fc.float({ min: -(2 ** 56), max: 2 ** 56, noNaN: true, maxExcluded: false }),
    fc.constantFrom(0, -0, 1, -1, 2 ** 56, -(2 ** 56), 2 ** -149),
  );
  const vector = fc.array(value, { minLength: d, maxLength: d }).map((values) => new Float32Array(values));
  return fc.array(vector, { minLength: n, maxLength: n });
});
const order = fc.array(fc.integer(), { minLength: 64, maxLength: 64 });
const shuffled = <T>(items: readonly T[], keys: readonly number[]): T[] =>
  items
    .map((item, i) => ({ item, key: keys[i]! }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
const bits = (values: Float32Array): number[] => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];

describe('known answers', () => {
  const vectors = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6), Float32Array.of(7, 8, 9)];

  test('of three vectors, as ByzFL documents them', () => {
    expect([...compiled.mean(vectors)]).toEqual([4, 5, 6]);
    expect([...compiled.median(vectors)]).toEqual([4, 5, 6]);
    expect([...compiled.trimmedMean(vectors, 1)]).toEqual([4, 5, 6]);
    expect([...compiled.distances(vectors)]).toEqual([0, 27, 108, 27, 0, 27, 108, 27, 0]);
  });

  test('one far-off vector moves the mean and neither the median nor the trimmed mean', () => {
    const spoilt = [...vectors, Float32Array.of(2 ** 56, -(2 ** 56), 2 ** 56)];
    expect([...compiled.median(spoilt)]).toEqual([5.5, 3.5, 7.5]);
    expect([...compiled.trimmedMean(spoilt, 1)]).toEqual([5.5, 3.5, 7.5]);
    expect(compiled.mean(spoilt)[0]).toBe(2 ** 54);
  });

  test('a golden hash over every rule and size, passed and held', async () => {
    expect(await seededAggregates(compiled)).toBe(SEEDED_AGGREGATES_SHA256);
  });
});

describe.each([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64])('%i vectors', (n) => {
  test.each([1, 3, 4, 31, 2048, 2051])('of %i values agree with the oracle', (d) => {
    const vectors = drawn(n, d);
    expectNear(compiled.mean(vectors), oracle.mean(vectors), 0, 1e-6);
    expect(compiled.median(vectors)).toEqual(Float32Array.from(oracle.median(vectors)));
    for (const cut of new Set([0, (n - 1) >> 2, (n - 1) >> 1])) {
      expectNear(compiled.trimmedMean(vectors, cut), oracle.trimmedMean(vectors, cut), 0, 1e-6);
    }
    expectNear(compiled.distances(vectors), oracle.distances(vectors), 1e-5);
  });

  test('give the same bits whether they pass through or are held', () => {
    const vectors = drawn(n, 2500);
    const room = held(vectors);
    expect(room.mean()).toEqual(compiled.mean(vectors));
    expect(room.median()).toEqual(compiled.median(vectors));
    expect(room.trimmedMean((n - 1) >> 1)).toEqual(compiled.trimmedMean(vectors, (n - 1) >> 1));
    expect(room.distances()).toEqual(compiled.distances(vectors));
    room.free();
  });
});

describe('a mean of more values than it takes at once', () => {
  test.each([1, 3, 8, 9, 20])('over %i vectors', (n) => {
    const vectors = drawn(n, 16387);
    // Large beside small: no value is unsound, though the bits of all together are.
    vectors[n - 1]![16386] = -(2 ** 56);
    const mean = compiled.mean(vectors);
    expectNear(mean, oracle.mean(vectors), 1e-6, 1e-6);
    expect(held(vectors).mean()).toEqual(mean);
    vectors[n - 1]![16386] = -(2 ** 57);
    expect(() => compiled.mean(vectors)).toThrow(expect.objectContaining({ vector: n - 1, coordinate: 16386 }));
    expect(() => held(vectors).mean()).toThrow(expect.objectContaining({ vector: n - 1, coordinate: 16386 }));
  });
});

describe('for every input', () => {
  test('median and trimmed mean have the same bits in every order of the vectors', () => {
    fc.assert(
      fc.property(soundVectors, order, fc.nat(), (vectors, keys, pick) => {
        const cut = pick % (((vectors.length - 1) >> 1) + 1);
        const other = shuffled(vectors, keys);
        expect(bits(compiled.median(other))).toEqual(bits(compiled.median(vectors)));
        expect(bits(compiled.trimmedMean(other, cut))).toEqual(bits(compiled.trimmedMean(vectors, cut)));
      }),
    );
  });

  test('the median is that of the oracle, bit for bit but for the sign of zero', () => {
    fc.assert(
      fc.property(soundVectors, (vectors) => {
        const expected = Float32Array.from(oracle.median(vectors), (value) => value + 0);
        // Rounded once in f32 and halved exactly, unless the half is too small for it.
        expectNear(compiled.median(vectors), [...expected], 2 ** -24, 2 ** -149);
      }),
    );
  });

  test('the trimmed mean lies between the values that stay, the mean near all', () => {
    fc.assert(
      fc.property(soundVectors, fc.nat(), (vectors, pick) => {
        const cut = pick % (((vectors.length - 1) >> 1) + 1);
        const [trimmed, mean] = [compiled.trimmedMean(vectors, cut), compiled.mean(vectors)];
        for (let at = 0; at < mean.length; at++) {
          const sorted = vectors.map((vector) => vector[at]!).sort((a, b) => a - b);
          expect(trimmed[at]).toBeGreaterThanOrEqual(sorted[cut]!);
          expect(trimmed[at]).toBeLessThanOrEqual(sorted.at(-1 - cut)!);
          const size = sorted.reduce((sum, value) => sum + Math.abs(value), 0) / sorted.length;
          const exact = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
          expect(Math.abs(mean[at]! - exact)).toBeLessThanOrEqual(20 * 2 ** -24 * size + 2 ** -149);
        }
      }),
    );
  });

  test('distances are symmetric, never negative, and those of the oracle', () => {
    fc.assert(
      fc.property(soundVectors, (vectors) => {
        const distances = compiled.distances(vectors);
        const n = vectors.length;
        expectNear(distances, oracle.distances(vectors), 1e-5, vectors[0]!.length * 2 ** -126);
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) expect(distances[i * n + j]).toBe(distances[j * n + i]);
        expect(distances.every((distance) => distance >= 0)).toBe(true);
      }),
    );
  });
});

describe('distances do not cancel', () => {
  test.each([0, 1e-6, 1e-3, 0.1, 0.7])('among vectors %d of their length apart', (spread) => {
    const [centre, ...noises] = drawn(18, 5000);
    const vectors = noises.map((noise) => centre!.map((value, at) => 1e4 * (value + spread * noise[at]!)));
    // Colluders that send equal vectors, among others.
    vectors[3] = vectors[9] = vectors[10]!;
    const distances = compiled.distances(vectors);
    expectNear(distances, oracle.distances(vectors), 1e-5);
    expect(distances[3 * 17 + 9]).toBe(0);
    expect(distances[9 * 17 + 10]).toBe(0);
  });
});

describe('refuses', () => {
  const rules: [string, (vectors: readonly Float32Array[]) => unknown][] = [
    ['mean', (vectors) => compiled.mean(vectors)],
    ['median', (vectors) => compiled.median(vectors)],
    ['trimmed mean', (vectors) => compiled.trimmedMean(vectors, 0)],
    ['distances', (vectors) => compiled.distances(vectors)],
    ['held mean', (vectors) => held(vectors).mean()],
    ['held median', (vectors) => held(vectors).median()],
  ];

  test.each(rules)('%s: a value that is not sound, by its vector and place', (_, rule) => {
    for (const n of [1, 2, 3, 7, 8, 21, 64]) {
      for (const value of [NaN, Infinity, -Infinity, 2 ** 56 * 1.0000002, -(2 ** 100)]) {
        for (const coordinate of [0, 1, 2047, 2048, 2052]) {
          const vectors = drawn(n, 2053);
          const vector = (coordinate + n) % n;
          vectors[vector]![coordinate] = value;
          expect(() => rule(vectors), `${value} among ${n}`).toThrow(UnsoundValue);
          expect(() => rule(vectors), `${value} among ${n}`).toThrow(expect.objectContaining({ vector, coordinate }));
        }
      }
    }
  });

  test('other numbers of vectors and values', () => {
    expect(() => compiled.mean([])).toThrow('vectors: expected 1 to 64, got 0');
    expect(() => compiled.median(drawn(65, 1))).toThrow('vectors: expected 1 to 64, got 65');
    expect(() => compiled.median([new Float32Array(0)])).toThrow('length: expected a whole number from 1, got 0');
    expect(() => compiled.mean([new Float32Array(2), new Float32Array(3)])).toThrow('vectors[1]: expected 2 values, got 3');
    expect(() => compiled.mean(drawn(2, 3), new Float32Array(4))).toThrow('into: expected 3 values, got 4');
    for (const cut of [-1, 0.5, 2, NaN]) expect(() => compiled.trimmedMean(drawn(4, 1), cut)).toThrow('cut: expected a whole number');
  });

  test('vectors that do not fit the memory, and goes on with those that do', () => {
    expect(() => compiled.hold(64, 2 ** 23)).toThrow(/expected vectors of at most 1073741824 bytes, got 21474\d+/);
    expect([...compiled.mean([Float32Array.of(3)])]).toEqual([3]);
  });

  test('held vectors that were freed, and one that is not there', () => {
    const room = compiled.hold(2, 4);
    expect(() => room.vector(2)).toThrow('index: expected a whole number from 0 to 1, got 2');
    room.free();
    expect(() => room.mean()).toThrow('freed');
    expect(() => room.vector(0)).toThrow('freed');
    expect(() => room.free()).toThrow('freed');
  });
});

test('results go where they are asked to, and what passed before leaves no trace', () => {
  const into = new Float32Array(3);
  compiled.median(drawn(64, 2048));
  expect(compiled.mean([Float32Array.of(1, 2, 3)], into)).toBe(into);
  expect([...into]).toEqual([1, 2, 3]);
  expect([...compiled.distances([Float32Array.of(1), Float32Array.of(3)])]).toEqual([0, 4, 4, 0]);
});
