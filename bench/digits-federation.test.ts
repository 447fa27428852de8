import { describe, expect, it } from 'vitest';
import { DIGITS_PRESET, presetPrivacy } from '#protocol/presets';
import { epsilonOfRounds } from '#protocol/privacy/round-curve';
import { loadNumerics } from '#wasm/load-node';
import { skippedWithout } from '../scripts/data-place.ts';
import { digitsManifest, readDigits, splitMembers, trainTogether, type Split } from './digits-federation.ts';

const data = await readDigits();
/** The seeds of `tune-digits.ts --report`: this test holds the published figures. */
const SEEDS = ['1', '2', '3', '4', '5'];

/** Mean accuracy on the test file, whose writers are in no member's rows. */
async function accuracy(split: Split): Promise<number> {
  const numerics = await loadNumerics();
  const runs = SEEDS.map((seed) =>
    trainTogether(numerics, digitsManifest(DIGITS_PRESET, seed), splitMembers(data!.train, split, seed), data!.test, seed),
  );
  return runs.reduce((a, b) => a + b) / runs.length;
}

describe.skipIf(data === null)(`three members at epsilon 1 with the digits preset (${skippedWithout('optdigits')})`, () => {
  it('learn to read strangers: at least 90 % on the test file, mean of five seeds', async () => {
    expect(await accuracy('random')).toBeGreaterThanOrEqual(0.9);
  });

  it('learn ten digits though each holds three or four: at least 85 %', async () => {
    expect(await accuracy('by-digit')).toBeGreaterThanOrEqual(0.85);
  });

  it('pay no more than the budget', () => {
    const { rate, sigma, rounds, delta, epsilon, gridBits } = presetPrivacy(DIGITS_PRESET);
    const cost = (noise: number) => epsilonOfRounds({ rate, sigma: noise, rounds, gridBits, coordinates: 650 }, delta, epsilon);
    expect(cost(sigma)).toBeLessThanOrEqual(epsilon);
    expect(cost(sigma * 0.99)).toBeGreaterThan(epsilon);
  });
});
