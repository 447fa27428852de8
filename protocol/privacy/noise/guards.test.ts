/** Bad numbers never become a smaller epsilon: each function that a wrong one can reach refuses it by its name. */
import { afterEach, expect, test, vi } from 'vitest';
import { MeshError } from '../../errors.ts';
import { guaranteeOf, noiseDistance } from '../accountants.ts';
import { extend, openLedger, reserve, spent, type BudgetRequest } from '../ledger/budget.ts';
import { sigmaByRenyi } from '../calibration.ts';
import { addDiscreteGaussian, sigmaOnGrid } from './discrete-gaussian.ts';
import { samplesOf } from './gaussian-suite.ts';
import { pldDelta, pldEpsilon } from '../pld.ts';
import { poissonLot } from './poisson.ts';
import { RandomWords, type RandomFill } from './random-words.ts';
import { filteredEpsilon } from '../filter.ts';
import { continuousRdp } from '../rdp-fractional.ts';
import { roundCurve } from '../round-curve.ts';
import { deltaOf, epsilonOf, stepRdp } from '../rdp.ts';
import { probabilityBound } from '../ledger/statement.ts';

const random: RandomFill = (into) => crypto.getRandomValues(into);
const phase = (rate: number, sigma: number) => [{ rate, sigma, rounds: 1, coordinates: 10, gridBits: 16 }];
const hash = 'A'.repeat(43);
const request = (change: Partial<BudgetRequest>): BudgetRequest => ({
  account: 'rows',
  fed: hash,
  state: hash,
  stateRound: 0,
  unit: 'example',
  rate: 0.1,
  sigma: 2,
  clip: 1,
  delta: 1e-5,
  ...change,
});
const curve = { rate: 0.1, sigma: 2, delta: 1e-5, coordinates: 10, gridBits: 16, epsilon: 1, roundsMax: 10 };
const pay = (change: Partial<BudgetRequest>, epsilon = 8) => reserve(openLedger([]), request(change), epsilon);

const refused: readonly [field: string, values: readonly number[], ask: (value: number) => unknown][] = [
  ['sigma', [-1, NaN, Infinity], (v) => stepRdp(2, 0.1, v)],
  ['sigma', [-1, NaN, Infinity], (v) => epsilonOf(phase(0.1, v), 1e-5)],
  ['sigma', [-1, NaN], (v) => pldEpsilon(phase(0.1, v), 1e-5)],
  ['sigma', [-1, NaN], (v) => guaranteeOf(phase(0.1, v), 1e-5)],
  ['sigma', [-1, NaN], (v) => pay({ sigma: v })],
  ['rate', [-0.1, 1.1, NaN], (v) => stepRdp(2, v, 2)],
  ['rate', [-0.1, 1.1, NaN], (v) => pldDelta(phase(v, 2), 1)],
  ['rate', [-0.1, 0, 1.1, NaN], (v) => sigmaByRenyi({ epsilon: 1, delta: 1e-5, rate: v, rounds: 10 })],
  ['rate', [-0.1, 1.1, NaN], (v) => poissonLot(10, v, new RandomWords(random))],
  ['rate', [-0.1, 1.1, NaN], (v) => pay({ rate: v })],
  ['order', [1, 0, -2, 1.5, NaN], (v) => stepRdp(v, 0.1, 2)],
  ['order', [1, 0, -2, NaN], (v) => continuousRdp(v, 0.1, 2)],
  ['delta', [-1e-5, 2, NaN], (v) => epsilonOf(phase(0.1, 2), v)],
  ['delta', [-1e-5, 0, 1, NaN], (v) => pldEpsilon(phase(0.1, 2), v)],
  ['delta', [-1e-5, 0, 1, NaN], (v) => pay({ delta: v })],
  ['delta', [-1e-5, 0, 1, NaN], (v) => sigmaByRenyi({ epsilon: 1, delta: v, rate: 0.1, rounds: 10 })],
  ['epsilon', [-1, NaN], (v) => probabilityBound(v)],
  ['epsilon', [-1, NaN], (v) => deltaOf(phase(0.1, 2), v)],
  ['epsilon', [-1, NaN], (v) => pldDelta(phase(0.1, 2), v)],
  ['epsilon', [-1, 0, NaN, Infinity], (v) => sigmaByRenyi({ epsilon: v, delta: 1e-5, rate: 0.1, rounds: 10 })],
  ['clip', [0, -1, NaN], (v) => pay({ clip: v })],
  ['sigma', [-1, NaN], (v) => filteredEpsilon([...phase(0.1, v), ...phase(0.2, 2)], 1e-5)],
  ['sigma', [-1, NaN], (v) => roundCurve({ ...curve, sigma: v })],
  ['rate', [-0.1, 1.1, NaN], (v) => roundCurve({ ...curve, rate: v })],
  ['epsilon', [-1, 0, NaN], (v) => roundCurve({ ...curve, epsilon: v })],
  ['rounds', [-1, 0.5, NaN], (v) => epsilonOf([{ rate: 0.1, sigma: 2, rounds: v }], 1e-5)],
  ['coordinates', [0, -1, 0.5, NaN], (v) => noiseDistance([{ rate: 0.1, sigma: 2, rounds: 1, coordinates: v, gridBits: 16 }])],
];

afterEach(() => {
  vi.useRealTimers();
});

test.each(refused)('a bad %s is refused by its name: %j', (field, values, ask) => {
  for (const value of values) {
    const error = (() => {
      try {
        return ['taken', ask(value)];
      } catch (thrown) {
        return thrown;
      }
    })();
    expect([value, error]).toEqual([value, expect.any(MeshError)]);
    expect([value, (error as MeshError).code, (error as MeshError).detail.field]).toEqual([value, 'field-invalid', field]);
  }
});

test('no noise costs everything: it is paid by no budget, and no bound is claimed', () => {
  expect(epsilonOf(phase(0.1, 0), 1e-5).epsilon).toBe(Infinity);
  expect(() => pay({ sigma: 0 }, Number.MAX_VALUE)).toThrow(expect.objectContaining({ code: 'budget-spent' }));
  for (const budget of [-1, 0, NaN]) expect(() => pay({}, budget)).toThrow(expect.objectContaining({ code: 'budget-spent' }));
  for (const sigma of [0, -1, NaN]) expect(() => samplesOf(addDiscreteGaussian, 4, sigmaOnGrid(sigma, 16), random)).toThrow(MeshError);
});

test('a clock that is set back, or on, un-spends nothing: no record has a time, and none is asked', () => {
  vi.useFakeTimers();
  const bills = [Date.UTC(2031, 0, 1), 0].map((at) => {
    vi.setSystemTime(at);
    const first = extend(openLedger([]), pay({}));
    const ledger = extend(first, reserve(first, request({ stateRound: 1 }), 8));
    return { spent: spent(ledger, 'rows', 1e-5), records: ledger.records };
  });
  expect(bills[1]).toEqual(bills[0]);
  expect(bills[0]!.spent).toBeGreaterThan(0);
});

test('a source of randomness has no state that could be written down or copied', () => {
  const words = new RandomWords(random);
  words.word();
  expect(JSON.stringify(words)).toBe('{}');
  expect(Reflect.ownKeys(words)).toEqual([]);
  expect(Reflect.ownKeys(structuredClone(words))).toEqual([]);
});
