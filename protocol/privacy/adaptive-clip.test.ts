import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes } from '../codec.ts';
import { countSteps, nextClip, noiseSteps, smallExp, unitSteps } from './adaptive-clip.ts';
import { addDiscreteGaussian, sigmaOnGrid } from './noise/discrete-gaussian.ts';
import { samplesOf } from './noise/gaussian-suite.ts';
import { RandomWords } from './noise/random-words.ts';
import { seededBytes } from './noise/seeded-bytes.ts';

const privacy = (changes: { quantile?: number; rate?: number; share?: number } = {}, sigma = 1.5, gridBits = 16) => ({
  sigma,
  gridBits,
  clip: 0.5,
  adaptive: { quantile: 0.5, rate: 0.2, share: 0.1, ...changes },
});

describe('the price of counting', () => {
  // With sigma_b the deviation on a count of units: share = sigma / (2 sigma_b).
  it.each([
    [1, 5, 1.0050378],
    [1.1, 5, 1.106716],
  ])('with noise of %d in all and %d on the count leaves the gradient the noise that Andrew et al. give', (z, sigmaB, expected) => {
    const of = privacy({ share: z / (2 * sigmaB) }, z, 20);
    expect(noiseSteps(of) / 2 ** 20).toBeCloseTo(expected, 5);
    expect(noiseSteps(of) / (2 * unitSteps(of).count)).toBeCloseTo(sigmaB, 3);
  });

  it('is none where nothing is counted', () => {
    expect(unitSteps({ gridBits: 16 })).toEqual({ within: 0, beyond: 0, count: 0, sensitivity: 65536 });
    for (const sigma of [1.1, 7.5, 2.30001]) expect(noiseSteps({ sigma, gridBits: 16 })).toBe(sigmaOnGrid(sigma, 16));
  });
});

describe('a unit, with its count', () => {
  const settings = fc.record({
    gridBits: fc.integer({ min: 12, max: 20 }),
    quantile: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    share: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
    sigma: fc.double({ min: 1.1, max: 100, noNaN: true }),
  });

  it('moves the whole vector by at most the sensitivity, and the noise is sigma times that at least', () => {
    fc.assert(
      fc.property(settings, fc.boolean(), fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (of, isWithin, list) => {
        const { gridBits, sigma, ...adaptive } = of;
        const setting = privacy(adaptive, sigma, gridBits);
        // A clipped gradient: whole steps, at most 2^gridBits long.
        const length = Math.hypot(...list) || 1;
        const gradient = list.map((v) => Math.trunc((v / length) * 2 ** gridBits * (1 - 1e-12)));
        const count = countSteps(setting, 1, Number(isWithin));
        const squares = gradient.reduce((sum, v) => sum + BigInt(v) ** 2n, BigInt(count) ** 2n);
        const { sensitivity } = unitSteps(setting);
        expect(squares <= BigInt(sensitivity) ** 2n).toBe(true);
        expect(noiseSteps(setting)).toBeGreaterThanOrEqual(sigma * sensitivity);
      }),
    );
  });

  it('adds its count to those of others, whatever the order', () => {
    const { within, beyond } = unitSteps(privacy({ quantile: 0.8 }));
    expect(countSteps(privacy({ quantile: 0.8 }), 5, 3)).toBe(3 * within - 2 * beyond);
    expect(countSteps(privacy(), 0, 0)).toBe(0);
    // The quantile is where ones within and ones beyond even out.
    expect(within / beyond).toBeCloseTo(0.2 / 0.8, 3);
  });
});

describe('the next clip norm', () => {
  it('falls by e^(-rate) of the share that is too much, and rises by that of what lacks', () => {
    const of = privacy({ quantile: 0.75, rate: 0.4 });
    const { within, beyond } = unitSteps(of);
    expect(nextClip(2, 10 * within, 10, of)).toBeCloseTo(2 * Math.exp(-0.4 * 0.25), 4);
    expect(nextClip(2, -10 * beyond, 10, of)).toBeCloseTo(2 * Math.exp(0.4 * 0.75), 4);
    expect(nextClip(2, 0, 10, of)).toBe(2);
    // Half as many units as expected move it half as far, to the same quantile.
    expect(nextClip(2, 5 * within, 10, of)).toBeCloseTo(2 * Math.exp(-0.4 * 0.125), 4);
  });

  it('takes no more than all units from a count, and stays within a factor of a thousand of the first', () => {
    const of = privacy({ rate: 1 });
    expect(nextClip(0.5, 1e15, 1, of)).toBe(Math.fround(0.5 * smallExp(-1)));
    expect(nextClip(0.5, -1e15, 1, of)).toBe(Math.fround(0.5 * smallExp(1)));
    expect(nextClip(400, -1e15, 1, of)).toBe(500);
    expect(nextClip(0.0006, 1e15, 1, of)).toBe(Math.fround(0.0005));
  });

  it('comes from an exponential with the same bits on every engine (and in Python, which computed this hash too)', () => {
    const bytes = new Uint8Array(2001 * 8);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i <= 2000; i++) {
      const x = (i - 1000) / 1000;
      view.setFloat64(i * 8, smallExp(x), true);
      expect(Math.abs(smallExp(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
    }
    expect(hashBytes(bytes)).toBe('OiZZh-d5SxekYcrZH-vuwfJl6QLiAY_wf0WDVxGqY5g');
  });

  it.each([
    [0.5, 400],
    [0.8, 400],
    [0.2, 400],
    // Members with a quarter of the rows that were expected.
    [0.8, 100],
  ])('follows the quantile %d of norms that nobody knows, through the noise, with %d units a lot', (quantile, units) => {
    const of = privacy({ quantile, rate: 0.3, share: 0.15 }, 3);
    const random = seededBytes(`norms ${quantile} ${units}`);
    const words = new RandomWords(random);
    const uniform = () => (words.word() + 0.5) / 2 ** 32;
    const members = 3;
    // Norms are spread over three powers of e: the quantile q is at e^(3q).
    const norm = () => Math.exp(3 * uniform());
    let clip = of.clip;
    const reached: number[] = [];
    for (let round = 0; round < 300; round++) {
      let sum = 0;
      for (let member = 0; member < members; member++) {
        const drawn = Array.from({ length: units + (words.word() % 41) - 20 }, norm);
        sum += countSteps(of, drawn.length, drawn.filter((n) => n <= clip).length);
        sum += samplesOf(addDiscreteGaussian, 1, noiseSteps(of), random)[0]!;
      }
      clip = nextClip(clip, sum, members * 400, of);
      if (round >= 220) reached.push(Math.log(clip) / 3);
    }
    expect(Math.abs(reached.reduce((a, b) => a + b) / reached.length - quantile)).toBeLessThan(0.04);
  });
});
