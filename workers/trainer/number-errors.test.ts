import { expect, it } from 'vitest';
import { loadNumerics } from '#wasm/load-node';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { errorsOf, meanAbsolute, medianError, medianOf } from './number-errors.ts';
import { numberManifestFixture } from '../manifest.fixture.ts';
import { guessingOf } from './scoring.ts';
import { openTrainer } from './trainer.ts';
import { rehearse } from '../lab/rehearsal.ts';

const NUMBER = { min: 0, max: 80, typical: 30, loss: 'huber' as const };

it('are in the answer’s own unit, for predictions limited to the range', () => {
  // A unit is 5: predictions of 30, 35, and 110, which reads as 80, for 40, 35 and 70.
  const errors = errorsOf([0, 1, 16], [2, 1, 8], NUMBER);
  expect([...errors]).toEqual([-10, 0, 10]);
  expect(meanAbsolute(errors)).toBeCloseTo(20 / 3, 12);
});

it('are compared with those of the median', () => {
  expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 10]), medianOf([7])]).toEqual([2, 3, 7]);
  expect(medianOf([])).toBeNaN();
  // 30, 35, 40, 80: the median is 37.5, off by 7.5, 2.5, 2.5 and 42.5.
  const truth = Float32Array.of(0, 1, 2, 10);
  expect(medianError(truth, NUMBER)).toBe(13.75);
  expect(guessingOf(truth, numberManifestFixture().task)).toBe(13.75);
});

it('are what a trainer evaluates, and what a rehearsal on made-up rows shows beside guessing', async () => {
  const numerics = await loadNumerics();
  const base = numberManifestFixture();
  const manifest = { ...base, model: { ...base.model, kind: 'mlp' as const, hidden: [], activation: 'tanh' as const } };
  const trainer = openTrainer(numerics, manifest);
  const rows = { x: Float32Array.of(0, 0, 0, 0), y: Float32Array.of(2, -1) };
  expect(trainer.evaluate(new Float32Array(3), rows)).toEqual({ loss: 1, error: 7.5 });
  trainer.close();
  const privacy = { ...manifest.privacy, epsilon: 8, sigma: 1.3, rate: 0.5, rounds: 30, clip: 1, lot: 150 };
  const learning = { ...manifest, privacy, rule: { kind: 'mean' as const, step: 1.5, momentum: 0 } };
  const options = { members: 3, rowsEach: 300 };
  const last = await rehearse(
    numerics,
    learning,
    options,
    seededBytes('r'),
    () => 0,
    () => true,
  );
  expect('error' in last && last.error).toBeLessThan(0.6 * last.guessing);
});
