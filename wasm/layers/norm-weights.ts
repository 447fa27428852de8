/**
 * Scales and shifts of a norm. Each example's gradients of them are sums over its positions. The backward pass needs the same sums, so they
 * are computed once per block, on first use.
 */
import type { NetworkLayer } from '#protocol/model/architecture';
import { panelsOf, type Place, type Weights } from './op.ts';
import { vectorWeights } from './vector-weights.ts';

interface NormWeights {
  /** Weight, padded like the channels, then bias: address. */
  readonly at: number;
  readonly weights: Weights;
  /** Starts a block: discards the kept gradients. */
  begin(n: number): void;
  /** @returns address of the block's gradients, as assembly/layers/norm.ts lays them out */
  gradients(): number;
}

export function normWeights(
  place: Place,
  { channels, tensors }: Extract<NetworkLayer, { kind: 'layer-norm' | 'group-norm' }>,
  /** Writes the gradients of the block's n examples, weight then bias, to `into`. */
  work: (n: number, into: number) => void,
): NormWeights {
  const { kernels, blockRows } = place;
  const panels = panelsOf(channels);
  const kept = place.bytes(blockRows * panels * 64);
  const floats = panels * 16;
  let rows = 0;
  let isKept = false;

  const gradients = (): number => {
    if (!isKept) work(rows, kept);
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
    begin(n) {
      rows = n;
      isKept = false;
    },
    gradients,
  };
}
