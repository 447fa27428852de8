/**
 * The oracle's clipping: one unit's gradient is written out, clipped by its norm and rounded to the grid, as in DP-SGD (Abadi et al. 2016,
 * arXiv:1607.00133, algorithm 1); per layer after McMahan et al. 2018 (arXiv:1812.06210).
 */
import type { Network } from '#protocol/model/architecture';
import { gridFor } from '../grid.ts';
import type { Clipping } from '../numerics.ts';

/** Parameters that are clipped together: indices `from` .. `to` of all d. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** All parameters at once, or layer by layer. */
export function partsOf(network: Network, perLayer: boolean): Part[] {
  if (!perLayer) return [{ from: 0, to: network.parameterCount }];
  let to = 0;
  return network.layerSizes.map((size) => ({ from: to, to: (to += size) }));
}

/**
 * Each of L parts clipped to 1 / sqrt(L) of the whole, scaled to steps, rounded; all zero if the gradient is not finite.
 * @returns d grid steps, and whether no part was longer than clip / sqrt(L)
 */
export function clippedSteps(
  gradient: Float64Array,
  parts: readonly Part[],
  { clip, gridBits }: Pick<Clipping, 'clip' | 'gridBits'>,
): { readonly steps: Int32Array<ArrayBuffer>; readonly within: boolean } {
  const share = 1 / Math.sqrt(parts.length);
  const steps = new Int32Array(gradient.length);
  let within = true;
  const norms = parts.map(({ from, to }) => Math.sqrt(gradient.subarray(from, to).reduce((sum, value) => sum + value * value, 0)));
  for (const [i, { from, to }] of parts.entries()) {
    const { scale, reach } = gridFor(to - from, clip, gridBits, share);
    if (!norms.every(Number.isFinite)) return { steps, within: false };
    const norm = norms[i]!;
    if (norm > clip * share) within = false;
    const factor = norm * scale > reach ? reach / norm : scale;
    for (let at = from; at < to; at++) steps[at] = roundHalfEven(gradient[at]! * factor);
  }
  return { steps, within };
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
