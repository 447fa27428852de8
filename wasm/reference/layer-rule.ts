/**
 * A kind of layer as the oracle sees it: a function of one example, and its derivative written out. Values lie position by position,
 * channels together, as in protocol/model/architecture.ts; everything is f64. Written to be read, not to be fast.
 */
import type { NetworkLayer, Shape } from '#protocol/model/architecture';

/** Parameters or values; tests give parameters as f64 to compare with finite differences. */
export type Values = Float32Array | Float64Array;
export type Kind = NetworkLayer['kind'];
export type OfKind<K extends Kind> = Extract<NetworkLayer, { kind: K }>;

export interface Rule<K extends Kind> {
  /** @param parameters all d of the network. @returns the layer's output for the input x */
  forward(layer: OfKind<K>, x: Float64Array, parameters: Values): Float64Array;
  /**
   * @param delta d loss / d output
   * @param gradient all d of the network; d loss / d parameters of this layer is added to it
   * @returns d loss / d x
   */
  backward(layer: OfKind<K>, x: Float64Array, delta: Float64Array, parameters: Values, gradient: Float64Array): Float64Array;
}

export const sizeOf = ({ height, width, channels }: Shape): number => height * width * channels;
export const placeOf = ({ width, channels }: Shape, row: number, column: number, channel: number): number =>
  (row * width + column) * channels + channel;
