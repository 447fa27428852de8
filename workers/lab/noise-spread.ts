/**
 * How uncertain outputs are because of the members' noise, if there are no public rows to measure it: that noise's variance is public, so
 * its effect on each parameter, and on an output, can be computed. It counts only the last dense layer (as Kristiadi, Hein & Hennig 2020 do
 * for uncertainty from data), and assumes that no gradient corrected the noise, so it tends to overestimate.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Network } from '#protocol/model/architecture';
import { powerOf, stepShare } from '#protocol/robust/optimizer';
import { noiseSteps } from '#protocol/privacy/adaptive-clip';
import type { Numerics } from '#wasm/numerics';
import { fittingModel } from '../trainer/fitting-model.ts';

/**
 * Variance of each parameter by noise alone after `models` models, each from the fewest members that a round may have. For Adam, the
 * divisor (the root of a mean square of noisy gradients) is assumed to be at least the noise's deviation.
 */
export function noiseVariance({ privacy, rule, rounds }: ManifestBody, models: number): number {
  const { optimizer, schedule, momentum } = rule;
  const deviation = ((noiseSteps(privacy) / 2 ** privacy.gridBits) * privacy.clip) / privacy.lot / Math.sqrt(rounds.minContributors);
  const { beta1 = momentum, epsilon = 0 } = optimizer ?? {};
  let [reach, variance] = [0, 0];
  // From the last model back: how far noise in this one has moved the parameters in the end.
  for (let applied = models - 1; applied >= 0; applied--) {
    const size = rule.step * (schedule === undefined ? 1 : stepShare(schedule, applied, privacy.rounds));
    reach = beta1 * reach + (optimizer === undefined ? size : (size * (1 - beta1)) / (1 - powerOf(beta1, applied + 1)));
    variance += reach * reach;
  }
  return variance * (optimizer === undefined ? deviation : deviation / Math.max(epsilon, deviation)) ** 2;
}

/**
 * MacKay's approximation for a logistic model with a normally distributed output (1992, "The evidence framework applied to classification
 * networks"): the probability of the output times 1 / sqrt(1 + pi v / 8). Between two classes v is the variance of the difference of their
 * outputs, the same for any two: 2 variance (1 + |h|^2), where h is the last layer's input.
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
  /** The last layer's input for each row. */
  of(x: Float32Array): Float32Array;
  free(): void;
}

/** @returns null if the last layer is not dense */
export function lastFeatures(numerics: Numerics, network: Network, parameters: Float32Array, lot: number): Features | null {
  const last = network.layers.at(-1)!;
  if (last.kind !== 'dense') return null;
  const before = network.layers.slice(0, -1);
  // These layers change no value of a trained model.
  if (before.every(({ kind }) => kind === 'flatten' || kind === 'dropout')) return { of: (x) => x, free() {} };
  const layerSizes = network.layerSizes.slice(0, -1);
  if (layerSizes.length === 0) return null; // a model needs parameters
  const parameterCount = network.parameterCount - network.layerSizes.at(-1)!;
  const tensors = network.tensors.slice(0, -last.tensors.length);
  const shorter: Network = { ...network, output: last.input, layers: before, tensors, layerSizes, parameterCount };
  const model = fittingModel(numerics, { network: shorter, loss: 'mse' }, lot);
  model.setParameters(parameters.subarray(0, parameterCount));
  return { of: (x) => model.forward(x), free: () => model.free() };
}
