/**
 * Scales and shifts of a norm. Each example's gradients of them are sums over its positions that the way back needs too, so they are
 * worked out once a block, by whoever asks first, and kept.
 */
import type { NetworkLayer } from '#protocol/network';
import { panelsOf, positionsOf, type Place, type Value, type Weights } from './op.ts';
import { vectorWeights } from './vector-weights.ts';

interface NormWeights {
  /** Weight, filled up like the channels, then bias: address. */
  readonly at: number;
  readonly weights: Weights;
  /** Where the forward pass keeps (x - mean) / deviation: address, no gaps between examples. */
  readonly xhat: number;
  /** Starts a block: what was kept is out of date. */
  begin(n: number): void;
  /** @returns address of the block's gradients, as assembly/norm.ts lays them out */
  gradients(): number;
}

export function normWeights(
  place: Place,
  { tensors }: Extract<NetworkLayer, { kind: 'layer-norm' | 'group-norm' }>,
  output: Value,
): NormWeights {
  const { kernels, blockRows } = place;
  const panels = panelsOf(output.shape.channels);
  const positions = positionsOf(output.shape);
  const xhat = place.bytes(blockRows * positions * panels * 32);
  const kept = place.bytes(blockRows * panels * 64);
  const floats = panels * 16;
  let rows = 0;
  let isKept = false;

  const gradients = (): number => {
    if (!isKept) kernels.normGradients(rows, positions, panels, output.delta, output.stride, xhat, kept);
    isKept = true;
    return kept;
  };
  const parts = tensors.map((tensor, i) => ({ tensor, from: i * panels * 8 }));
  const { at, weights } = vectorWeights(place, floats, parts, (first, n, into) => {
    kernels.sumRows(n, floats, gradients() + first * floats * 4, into);
  });
  return {
    at,
    weights,
    xhat,
    begin(n) {
      rows = n;
      isKept = false;
    },
    gradients,
  };
}
