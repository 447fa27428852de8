/** The oracle's losses of one example, and their derivatives with respect to each output. numerics.ts defines each. */
import type { Loss } from '../numerics.ts';
import { checkClass } from '../spec.ts';
import type { Values } from './layer-rule.ts';

/** @param z outputs. @param y one class (cross-entropy), or a value for each output. @throws RangeError for a class without an output */
export function lossOf(loss: Loss, z: Float64Array, y: Int32Array | Values): { readonly loss: number; readonly delta: Float64Array } {
  if (loss === 'cross-entropy') return crossEntropy(z, checkClass(y[0]!, z.length));
  const terms = z.map((value, i) => VALUE[loss](value, y[i]!));
  return { loss: terms.reduce((sum, term) => sum + term, 0), delta: z.map((value, i) => SLOPE[loss](value, y[i]!)) };
}

function crossEntropy(z: Float64Array, target: number): { readonly loss: number; readonly delta: Float64Array } {
  const top = z.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = z.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return {
    loss: Math.log(total) - (z[target]! - top),
    delta: powers.map((power, n) => power / total - (n === target ? 1 : 0)),
  };
}

type OfValues = Readonly<Record<Exclude<Loss, 'cross-entropy'>, (z: number, target: number) => number>>;

const VALUE: OfValues = {
  // log(1 + exp(z)) - t z, without overflow.
  bce: (z, t) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - t * z,
  mse: (z, t) => 0.5 * (z - t) ** 2,
  huber: (z, t) => (Math.abs(z - t) <= 1 ? 0.5 * (z - t) ** 2 : Math.abs(z - t) - 0.5),
};

const SLOPE: OfValues = {
  bce: (z, t) => 1 / (1 + Math.exp(-z)) - t,
  mse: (z, t) => z - t,
  huber: (z, t) => Math.max(-1, Math.min(1, z - t)),
};
