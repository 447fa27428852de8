/**
 * Starting points for people's own models of pictures and sequences: lists of layers that suit the size of a federation's data. Pictures
 * get the small tanh network of Papernot et al. 2021 and Tramèr & Boneh 2021 (26,000 parameters at 28 x 28), which tolerates noise well,
 * without norms (docs/adr/0006); sequences get a convolution over time. The training constants are in presets.ts.
 */
import type { Layer } from './layers.ts';
import { planNetwork, valuesOf, type Shape } from './architecture.ts';

const FIRST_CHANNELS = 16;
const SECOND_CHANNELS = 32;
const HIDDEN = 32;
/** Moments that one kernel sees, and the widest pool that a layer may have. */
const KERNEL_MOMENTS = 5;
const POOL_MAX = 32;
/** Windows up to this are halved between the convolutions, longer ones quartered. */
const HALVED_MAX = 64;

interface Axis {
  readonly first: { readonly kernel: number; readonly stride: number; readonly padding: number };
  readonly pool: { readonly kernel: number; readonly stride: number };
  readonly second: { readonly kernel: number; readonly stride: number };
  readonly last: { readonly kernel: number; readonly stride: number };
}

/** From large sides to small ones, so that something remains of each after both convolutions. */
function axisOf(side: number): Axis {
  if (side >= 24) {
    const stride = side >= 40 ? 2 : 1;
    const pool = { kernel: 2, stride };
    return { first: { kernel: 8, stride: 2, padding: 3 }, pool, second: { kernel: 4, stride: 2 }, last: pool };
  }
  if (side >= 12) {
    const pool = { kernel: 2, stride: 1 };
    return { first: { kernel: 5, stride: 2, padding: 2 }, pool, second: { kernel: 3, stride: 2 }, last: pool };
  }
  const first = { kernel: 3, stride: 1, padding: 1 };
  const pool = { kernel: 2, stride: 2 };
  if (side >= 8) return { first, pool, second: { kernel: 3, stride: 1 }, last: { kernel: 2, stride: 1 } };
  return { first, pool, second: { kernel: 2, stride: 1 }, last: { kernel: 1, stride: 1 } };
}

/**
 * @param input of a picture, 4 to 64 pixels a side
 * @returns two convolutions with pools, then two dense layers; the last gives one output per class
 */
export function imageLayers(input: Shape, classes: number): Layer[] {
  const [down, across] = [axisOf(input.height), axisOf(input.width)];
  const both = (of: (axis: Axis) => number): [number, number] => [of(down), of(across)];
  const features: Layer[] = [
    {
      kind: 'conv2d',
      inChannels: input.channels,
      outChannels: FIRST_CHANNELS,
      kernel: both(({ first }) => first.kernel),
      stride: both(({ first }) => first.stride),
      padding: both(({ first }) => first.padding),
    },
    { kind: 'tanh' },
    { kind: 'max-pool', kernel: both(({ pool }) => pool.kernel), stride: both(({ pool }) => pool.stride) },
    {
      kind: 'conv2d',
      inChannels: FIRST_CHANNELS,
      outChannels: SECOND_CHANNELS,
      kernel: both(({ second }) => second.kernel),
      stride: both(({ second }) => second.stride),
      padding: [0, 0],
    },
    { kind: 'tanh' },
    { kind: 'max-pool', kernel: both(({ last }) => last.kernel), stride: both(({ last }) => last.stride) },
  ];
  return [
    ...features,
    { kind: 'flatten' },
    { kind: 'dense', inputs: valuesOf(planNetwork(input, features).output), outputs: HIDDEN },
    { kind: 'tanh' },
    { kind: 'dense', inputs: HIDDEN, outputs: classes },
  ];
}

/**
 * @param input one window: 1 x moments x channels, at least 4 moments
 * @returns two convolutions over time with a pool between them, the mean over time, and one dense layer
 */
export function sequenceLayers(input: Shape, classes: number): Layer[] {
  const pool = input.width <= HALVED_MAX ? 2 : 4;
  const along = (inChannels: number, outChannels: number): Layer => ({
    kind: 'conv2d',
    inChannels,
    outChannels,
    kernel: [1, KERNEL_MOMENTS],
    stride: [1, 1],
    padding: [0, (KERNEL_MOMENTS - 1) / 2],
  });
  return [
    along(input.channels, FIRST_CHANNELS),
    { kind: 'tanh' },
    { kind: 'max-pool', kernel: [1, pool], stride: [1, pool] },
    along(FIRST_CHANNELS, SECOND_CHANNELS),
    { kind: 'tanh' },
    ...meanOver(Math.floor(input.width / pool)),
    { kind: 'dense', inputs: SECOND_CHANNELS, outputs: classes },
  ];
}

/** The mean of all moments; of many, a mean of means, without a rest that does not fill one. */
function meanOver(moments: number): Layer[] {
  const each = Math.ceil(moments / POOL_MAX);
  const mean = (of: number): Layer => ({ kind: 'avg-pool', kernel: [1, of], stride: [1, of] });
  return each === 1 ? [mean(moments)] : [mean(each), mean(Math.floor(moments / each))];
}
