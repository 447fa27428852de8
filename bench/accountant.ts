/**
 * `npm run prove -- bench:accountant`: how long the accountants take for q 0.01, sigma 1.1, 10,000 steps, as multiples of one complex
 * transform of 2^20 cells in the same run; and how much epsilon the loss distribution saves over the Renyi bound, in 27 typical settings.
 */
import { transformOf } from '#protocol/privacy/fft';
import { guaranteeOf } from '#protocol/privacy/accountants';
import { roundsByRenyi } from '#protocol/privacy/rounds-by-renyi.fixture';
import { pldEpsilon } from '#protocol/privacy/pld';
import { composedRdp, DEFAULT_ORDERS, epsilonOf, stepRdp } from '#protocol/privacy/rdp';
import { roundCurve } from '#protocol/privacy/round-curve';
import { round, verdict } from '../e2e/verdict.ts';

const REPETITIONS = 5;
const DELTA = 1e-5;
const PHASE = { rate: 0.01, sigma: 1.1, rounds: 10_000 };

function medianMs(work: () => void): number {
  work();
  const times = Array.from({ length: REPETITIONS }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[REPETITIONS >> 1]!;
}

const size = 2 ** 20;
const transform = transformOf(size);
const [re, im] = [Float64Array.from({ length: size }, (_, i) => Math.sin(i)), new Float64Array(size)];
const fft = medianMs(() => transform.forward(re, im));
const rdp = medianMs(() => {
  // Asks for the curve each time: the accountant caches those it has made.
  for (const order of DEFAULT_ORDERS) stepRdp(order, PHASE.rate, PHASE.sigma);
  composedRdp([PHASE], 2);
});
const pld = medianMs(() => pldEpsilon([PHASE], DELTA));

// The curve that a device computes before its first payment: all numbers of rounds that epsilon 1 pays for, in a federation of 30 rounds.
const terms = { rate: 0.4, sigma: 9.24, delta: DELTA, coordinates: 650, gridBits: 16, epsilon: 1 };
let asked = 30; // different arguments each time, because results are cached
const curve = medianMs(() => roundCurve({ ...terms, roundsMax: asked++ }));
const points = roundCurve({ ...terms, roundsMax: 1000 }).points.at(-1)![0];
const byRenyi = roundsByRenyi({ epsilon: 1, delta: DELTA, rate: terms.rate, sigma: terms.sigma });

const saved: number[] = [];
let validSaved = 0;
for (const rate of [0.001, 0.01, 0.1]) {
  for (const sigma of [0.7, 1.1, 2]) {
    for (const rounds of [100, 1000, 10_000]) {
      const phase = { rate, sigma, rounds };
      const [loose, tight] = [epsilonOf([phase], DELTA).epsilon, pldEpsilon([phase], DELTA).epsilon];
      saved.push(1 - tight / loose);
      // The same for noise on our grid, including the price of its distance to continuous noise: an update of 1,000 numbers.
      if (guaranteeOf([{ ...phase, coordinates: 1000, gridBits: 16 }], DELTA).by === 'pld') validSaved++;
    }
  }
}
saved.sort((a, b) => a - b);
const figures = {
  rdpPerFft: round(rdp / fft, 3),
  pldPerFft: round(pld / fft, 1),
  curvePerFft: round(curve / fft, 1),
  roundsForEpsilonOne: { renyi: byRenyi, lossDistribution: points },
  fftMs: round(fft, 0),
  epsilonSaved: { least: round(saved[0]!), median: round(saved[13]!), most: round(saved[26]!) },
  settingsWherePldHoldsOnTheGrid: validSaved,
};
verdict('bench:accountant', saved.every((share) => share > 0) && points > byRenyi, figures, {
  epsilonSaved: 'above 0 on all 27',
  multiples: 'printed',
});
