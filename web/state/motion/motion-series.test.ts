import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORDING_SECONDS_MAX } from '#protocol/limits';
import { GAP_S, inOrder, seriesOf, type Moment, type Series } from './motion-series.ts';

const G = 9.81;

/** Readings at the given times, in milliseconds, of a wave of `hertz` along x, with gravity along z. */
const wave = (times: readonly number[], hertz = 1, strength = 3): Moment[] =>
  times.map((t) => ({ t, x: strength * Math.sin((2 * Math.PI * hertz * t) / 1000), y: 0, z: G }));
const every = (ms: number, seconds: number, from = 0) =>
  Array.from({ length: Math.floor((seconds * 1000) / ms) + 1 }, (_, i) => from + i * ms);
const good = (...args: Parameters<typeof seriesOf>): Series => {
  const result = seriesOf(...args);
  if (!result.ok) throw new Error(`refused: ${result.news.code}`);
  return result.series;
};
const xs = ({ values }: Series) => Array.from({ length: values.length / 3 }, (_, i) => values[3 * i]!);

describe('a recording of an even rate', () => {
  test('has the readings themselves where they came at that rate', () => {
    const { values, seconds, news } = good(wave(every(40, 2, 700)), 25, 0);
    expect(values).toHaveLength(51 * 3);
    expect(seconds).toBe(2);
    expect(news).toEqual([]);
    expect(values[3 * 10]).toBeCloseTo(3 * Math.sin((2 * Math.PI * 1100) / 1000), 5);
    expect(values[3 * 10 + 2]).toBeCloseTo(G, 5);
  });

  test('keeps the wave where the times jitter, far better than counting readings would', () => {
    // 60 a second, each up to 12 ms early or late, by a fixed pattern.
    const times = Array.from({ length: 361 }, (_, i) => 1000 + (i * 1000) / 60 + 12 * Math.sin(i * 12.9898));
    const jittered = wave(
      times.toSorted((a, b) => a - b),
      1.5,
    );
    const series = good(jittered, 25, 0);
    const truth = xs(series).map((_, i) => 3 * Math.sin((2 * Math.PI * 1.5 * (jittered[0]!.t + i * 40)) / 1000));
    const worst = Math.max(...xs(series).map((x, i) => Math.abs(x - truth[i]!)));
    expect(worst).toBeLessThan(0.1);
    const counted = truth.map((t, i) => Math.abs(jittered[Math.round((i * 60) / 25)]!.x - t));
    expect(Math.max(...counted)).toBeGreaterThan(3 * worst);
  });

  test('leaves out both ends where the phone was handled', () => {
    const series = good(wave(every(20, 5)), 25, 0.5);
    expect(series.seconds).toBe(4);
    expect(series.values).toHaveLength(101 * 3);
    expect(series.values[0]).toBeCloseTo(3 * Math.sin(Math.PI), 4);
  });

  test('ends before a gap, and says where and how long it was', () => {
    const series = good(wave([...every(20, 3), ...every(20, 3, 3700)]), 25, 0);
    expect(series.seconds).toBe(3);
    expect(series.news).toEqual([{ code: 'gap', at: 3, seconds: 0.7 }]);
    expect(good(wave([...every(20, 3), ...every(20, 3, 3000 + GAP_S * 1000)]), 25, 0).seconds).toBe(6.5);
  });

  test('says that the sensor is slower than the rate, or changed its pace', () => {
    expect(good(wave(every(100, 4)), 25, 0).news).toEqual([{ code: 'slow', rate: 10 }]);
    const changed = good(wave([...every(20, 3), ...every(50, 2.9, 3050)]), 25, 0);
    expect(changed.news).toMatchObject([{ code: 'uneven' }]);
    const [news] = changed.news;
    expect(news?.code === 'uneven' && [news.slowest, news.fastest]).toEqual([20, 50]);
    // Interpolated by real times, the wave is one wave all the same.
    const slope = xs(changed).map((x, i) => Math.abs(x - 3 * Math.sin((2 * Math.PI * i * 40) / 1000)));
    expect(Math.max(...slope)).toBeLessThan(0.1);
  });

  test.each([
    ['in g', 1 / G],
    ['of a broken sensor', 0],
    ['of a sensor far too strong', 10],
  ])('is refused %s, with the strength that was found', (_name, scale) => {
    const odd = wave(every(20, 3)).map(({ t, x, y, z }) => ({ t, x: x * scale, y: y * scale, z: z * scale }));
    const result = seriesOf(odd, 25, 0);
    expect(result).toMatchObject({ ok: false, news: { code: 'unit' } });
    const { strength } = (result as { news: { strength: number } }).news;
    expect(strength).toBeGreaterThanOrEqual(scale * G);
    expect(strength).toBeLessThanOrEqual(scale * Math.hypot(3, G));
  });

  test('is no longer than a page keeps', () => {
    const { values, seconds } = good(wave(every(40, RECORDING_SECONDS_MAX + 3)), 25, 0.5);
    expect(seconds).toBe(RECORDING_SECONDS_MAX);
    expect(values).toHaveLength(3 * (25 * RECORDING_SECONDS_MAX + 1));
  });

  test('is refused where it is too short, the ends left out', () => {
    expect(seriesOf([], 25, 0)).toEqual({ ok: false, news: { code: 'short', seconds: 0 } });
    expect(seriesOf(wave(every(20, 1.5)), 25, 0.5)).toEqual({ ok: false, news: { code: 'short', seconds: 0.5 } });
  });

  test('takes no reading that is no number or comes twice', () => {
    const messy = [...wave([0, 20, 20, 10, 40]), { t: 60, x: NaN, y: 0, z: G }, ...wave([80])];
    expect(inOrder(messy).map(({ t }) => t)).toEqual([0, 20, 40, 80]);
  });

  test('lies between its readings, whatever they are', () => {
    let recorded = 0;
    const reading = fc.record({
      wait: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 0, max: 100 }) }, fc.constantFrom(0, 600, -20, NaN)),
      x: fc.integer({ min: -20, max: 20 }),
      y: fc.integer({ min: -20, max: 20 }),
      z: fc.oneof({ weight: 20, arbitrary: fc.constant(G) }, fc.double()),
    });
    fc.assert(
      fc.property(
        fc.array(reading, { minLength: 60, maxLength: 300 }),
        fc.integer({ min: 5, max: 100 }),
        fc.constantFrom(0, 0.5),
        (readings, rate, trim) => {
          let t = 0;
          const moments = readings.map(({ wait, ...axes }) => ({ ...axes, t: (t = Number.isNaN(wait) ? t : t + wait) }));
          const result = seriesOf(moments, rate, trim);
          recorded += result.ok ? 1 : 0;
          if (!result.ok) return;
          const { values, seconds } = result.series;
          expect(values.length).toBe(3 * (Math.floor(seconds * rate + 1e-6) + 1));
          const bound = Math.max(...inOrder(moments).map(({ x, y, z }) => Math.max(Math.abs(x), Math.abs(y), Math.abs(z))));
          for (const value of values) expect(Math.abs(value)).toBeLessThanOrEqual(bound * (1 + 1e-6));
        },
      ),
      { numRuns: 300 },
    );
    expect(recorded).toBeGreaterThan(30);
  });
});
