/**
 * The training engine as it ships, and eight mutants with plausible mistakes, which `npm run prove -- privacy:audit` must distinguish. An
 * engine makes one update from a lot and reports whether it was paid for. Mutants consist of the real parts with one part replaced.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { networkOf } from '#protocol/manifest/manifest';
import { addDiscreteGaussian, sigmaOnGrid } from '#protocol/privacy/noise/discrete-gaussian';
import { samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import { poissonLot } from '#protocol/privacy/noise/poisson';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import type { Model, Numerics } from '#wasm/numerics';
import { openTrainer } from '#workers/trainer/trainer';
import type { TrainingRows } from '#workers/training-rows';

export interface Engine {
  /** @returns the vector that would leave the device, in grid steps */
  update(rows: TrainingRows, parameters: Float32Array, random: RandomFill): Int32Array;
  /** Updates recorded in the ledger, and updates made. */
  readonly billed: number;
  readonly made: number;
  close(): void;
}

/** The trainer of the product; the ledger is written before it draws, so every update is billed. */
export function shippedEngine(numerics: Numerics, manifest: ManifestBody): Engine {
  const trainer = openTrainer(numerics, manifest);
  let made = 0;
  return {
    update(rows, parameters, random) {
      trainer.hold(rows);
      made++;
      const { vector } = trainer.makeUpdate(parameters, manifest.privacy, random);
      return new Int32Array(vector.slice().buffer);
    },
    get billed() {
      return made;
    },
    get made() {
      return made;
    },
    close: () => trainer.close(),
  };
}

interface Parts {
  readonly draw: (rows: number, rate: number, random: RandomFill) => Int32Array;
  readonly sum: (model: Model, rows: TrainingRows, lot: Int32Array, privacy: ManifestBody['privacy']) => Int32Array;
  readonly noise: (sum: Int32Array, sigmaGrid: number, random: RandomFill) => Int32Array;
  readonly bills: (lot: Int32Array) => boolean;
}

const noised: Parts['noise'] = (sum, sigma, random) => {
  const update = new Int32Array(sum.length);
  addDiscreteGaussian(sum, sigma, random, update);
  return update;
};

const PARTS: Parts = {
  draw: (rows, rate, random) => poissonLot(rows, rate, new RandomWords(random)),
  sum: (model, rows, lot, { clip, gridBits }) => model.clippedSum(rows, lot, { clip, gridBits }).steps,
  noise: noised,
  bills: () => true,
};

/** The real parts, combined as in the product, with some replaced; with none replaced it is another correct engine. */
export function engineOf(numerics: Numerics, manifest: ManifestBody, exchanged: Partial<Parts> = {}): Engine {
  const { draw, sum, noise, bills } = { ...PARTS, ...exchanged };
  const { privacy } = manifest;
  const model = numerics.model({ network: networkOf(manifest), loss: 'cross-entropy' }, 256);
  let [made, billed] = [0, 0];
  return {
    update(rows, parameters, random) {
      model.setParameters(parameters);
      const lot = draw(rows.y.length, privacy.rate, random);
      made++;
      if (bills(lot)) billed++;
      return noise(sum(model, rows, lot, privacy), sigmaOnGrid(privacy.sigma, privacy.gridBits), random);
    },
    get billed() {
      return billed;
    },
    get made() {
      return made;
    },
    close: () => model.free(),
  };
}

/** Far above any gradient here: nothing is clipped, on the same grid. */
const FAR = 64;

const unclipped: Parts['sum'] = (model, rows, lot, { clip, gridBits }) =>
  model.clippedSum(rows, lot, { clip: clip * FAR, gridBits: gridBits + Math.log2(FAR) }).steps;

/** Clips the batch's sum instead of each example. */
const clippedPerBatch: Parts['sum'] = (model, rows, lot, privacy) => {
  const sum = unclipped(model, rows, lot, privacy);
  const norm = Math.hypot(...sum);
  const bound = lot.length * 2 ** privacy.gridBits;
  return norm > bound ? sum.map((v) => Math.round((v * bound) / norm)) : sum;
};

export const MUTANTS: Readonly<Record<string, (numerics: Numerics, manifest: ManifestBody) => Engine>> = {
  'no noise': (n, m) => engineOf(n, m, { noise: (sum) => sum }),
  'sigma halved': (n, m) => engineOf(n, m, { noise: (sum, sigma, random) => noised(sum, Math.round(sigma / 2), random) }),
  'no clip': (n, m) => engineOf(n, m, { sum: unclipped }),
  'clip per batch': (n, m) => engineOf(n, m, { sum: clippedPerBatch }),
  'noise reused': (n, m) => {
    let kept: Int32Array | null = null;
    return engineOf(n, m, {
      noise(sum, sigma, random) {
        kept ??= samplesOf(addDiscreteGaussian, sum.length, sigma, random);
        return sum.map((v, i) => v + kept![i]!);
      },
    });
  },
  'rate understated': (n, m) => engineOf(n, m, { draw: (rows, rate, random) => PARTS.draw(rows, Math.min(1, rate * 2), random) }),
  'empty batch not charged': (n, m) => engineOf(n, m, { bills: (lot) => lot.length > 0 }),
  'variance for deviation': (n, m) =>
    // Uses the variance, in units of the clip norm, instead of the deviation.
    engineOf(n, m, {
      noise: (sum, sigma, random) => noised(sum, Math.round((sigma / 2 ** m.privacy.gridBits) ** 2 * 2 ** m.privacy.gridBits) || 1, random),
    }),
};
