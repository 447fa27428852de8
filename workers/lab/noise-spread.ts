/**
 * How uncertain outputs are because of the noise that members added, if there are no public rows to measure it: that noise's variance is
 * public, so its effect on each parameter is known, and hence its possible effect on an output. It counts only the last dense layer (as
 * Kristiadi, Hein & Hennig 2020 do for uncertainty from data), and assumes that no gradient corrected the noise, so it rather
 * overestimates.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Network } from '#protocol/model/architecture';
import { powerOf, stepShare } from '#protocol/robust/optimizer';
import { noiseSteps } from '#protocol/privacy/adaptive-clip';
import type { Numerics } from '#wasm/numerics';
import { fittingModel } from '../trainer/fitting-model.ts';

/**
 * Variance of each parameter by noise alone after so many models, each of the fewest members that a round takes. Through Adam, whose
 * divisor is the root of a mean square of gradients with noise, that divisor is taken for no less than the noise's deviation.
 */
export function noiseVariance({ privacy, rule, rounds }: ManifestBody, models: number): number {
  const { optimizer, schedule, momentum } = rule;
  const deviation = ((noiseSteps(privacy) / 2 ** privacy.gridBits) * privacy.clip) / privacy.lot / Math.sqrt(rounds.minContributors);
  const { beta1 = momentum, epsilon = 0 } = optimizer ?? {};
  let [reach, variance] = [0, 0];
  // From the last model back: what noise of this one has moved the parameters by in the end.
  for (let applied = models - 1; applied >= 0; applied--) {
    const size = rule.step * (schedule === undefined ? 1 : stepShare(schedule, applied, privacy.rounds));
    reach = beta1 * reach + (optimizer === undefined ? size : (size * (1 - beta1)) / (1 - powerOf(beta1, applied + 1)));
    variance += reach * reach;
  }
  return variance * (optimizer === undefined ? deviation : deviation / Math.max(epsilon, deviation)) ** 2;
}

/**
 * MacKay's answer for a logistic model whose output is normally distributed (1992, "The evidence framework applied to classification
 * networks"): the probability of the output times 1 / sqrt(1 + pi v / 8). Between two classes v is the variance of the difference of their
 * outputs, which is the same for any two: 2 variance (1 + |h|^2), h what the last layer reads.
 */
export function shrinkRows(logits: Float32Array<ArrayBuffer>, features: Float32Array, variance: number, rows: number): void {
  const [classes, width] = [logits.length / rows, features.length / rows];
  for (let row = 0; row < rows; row++) {
    let square = 1;
    for (let i = row * width; i < (row + 1) * width; i++) square += features[i]! * features[i]!;
    const factor = 1 / Math.sqrt(1 + (Math.PI / 4) * variance * square);
    for (let i = row * classes; i < (row + 1) * classes; i++) logits[i]! *= factor;
  }
}

export interface Features {
  /** What the last layer reads of each row. */
  of(x: Float32Array): Float32Array;
  free(): void;
}

/** @returns null where the last layer with parameters is not the last layer, or not dense */
export function lastFeatures(numerics: Numerics, network: Network, parameters: Float32Array, lot: number): Features | null {
  const last = network.layers.at(-1)!;
  if (last.kind !== 'dense') return null;
  const before = network.layers.slice(0, -1);
  // These change no value of a trained model.
  if (before.every(({ kind }) => kind === 'flatten' || kind === 'dropout')) return { of: (x) => x, free() {} };
  const layerSizes = network.layerSizes.slice(0, -1);
  if (layerSizes.length === 0) return null; // nothing that could be a model
  const parameterCount = network.parameterCount - network.layerSizes.at(-1)!;
  const tensors = network.tensors.slice(0, -last.tensors.length);
  const shorter: Network = { ...network, output: last.input, layers: before, tensors, layerSizes, parameterCount };
  const model = fittingModel(numerics, { network: shorter, loss: 'mse' }, lot);
  model.setParameters(parameters.subarray(0, parameterCount));
  return { of: (x) => model.forward(x), free: () => model.free() };
}
