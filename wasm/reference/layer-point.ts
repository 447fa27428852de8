/** The oracle's layers without parameters that treat each value alone: activations, and flatten, which only renames positions. */
import type { Kind, Rule } from './layer-rule.ts';

function pointwise<K extends Kind>(value: (x: number) => number, slope: (x: number) => number): Rule<K> {
  return {
    forward: (_, x) => x.map(value),
    backward: (_, x, delta) => x.map((at, i) => delta[i]! * slope(at)),
  };
}

export const tanh = pointwise<'tanh'>(Math.tanh, (x) => 1 - Math.tanh(x) ** 2);
/** The slope at 0 is 0. */
export const relu = pointwise<'relu'>(
  (x) => Math.max(x, 0),
  (x) => (x > 0 ? 1 : 0),
);

/** Hendrycks & Gimpel 2016 (arXiv:1606.08415), section 2: x / 2 * (1 + tanh(curve)). */
const CURVE = Math.sqrt(2 / Math.PI);
const curve = (x: number): number => CURVE * (x + 0.044715 * x ** 3);
export const gelu = pointwise<'gelu'>(
  (x) => 0.5 * x * (1 + Math.tanh(curve(x))),
  (x) => {
    const t = Math.tanh(curve(x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * CURVE * (1 + 3 * 0.044715 * x * x);
  },
);

export const flatten: Rule<'flatten'> = {
  forward: (_, x) => x,
  backward: (_, _x, delta) => delta,
};
