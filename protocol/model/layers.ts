/**
 * The layers that a model may be made of, as a manifest lists them. Names are the field's. Both sides of a layer state their size, so that
 * a list that does not fit together is refused instead of guessed. architecture.ts plans the network.
 */
import * as z from 'zod/mini';
import { LAYERS_MAX } from '../limits.ts';

const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));
const size = whole(1, 65_536);
const channels = whole(1, 1024);
/** [height, width]; a sequence has height 1. */
const pair = (min: number, max: number) => z.tuple([whole(min, max), whole(min, max)]);

const window = { kernel: pair(1, 32), stride: pair(1, 32) };

const simple = [
  /** Every input with every output; on a flat input. */
  z.strictObject({ kind: z.literal('dense'), inputs: size, outputs: size }),
  /** Cross-correlation over height and width; `padding` zeros on either side. */
  z.strictObject({ kind: z.literal('conv2d'), inChannels: channels, outChannels: channels, ...window, padding: pair(0, 16) }),
  /** One kernel per channel. */
  z.strictObject({ kind: z.literal('depthwise-conv2d'), channels, ...window, padding: pair(0, 16) }),
  z.strictObject({ kind: z.literal('max-pool'), ...window }),
  z.strictObject({ kind: z.literal('avg-pool'), ...window }),
  /** Whole numbers below `vocabulary` become vectors of `width`; others become zeros. */
  z.strictObject({ kind: z.literal('embedding'), vocabulary: whole(2, 65_536), width: channels }),
  /** Over the channels of each position (Ba et al. 2016). */
  z.strictObject({ kind: z.literal('layer-norm'), channels: size }),
  /** Over all positions of each group of neighbouring channels, example by example (Wu & He 2018). */
  z.strictObject({ kind: z.literal('group-norm'), groups: channels, channels }),
  /** Known so that the refusal can say why. */
  z.strictObject({ kind: z.literal('batch-norm'), channels }),
  z.strictObject({ kind: z.literal('tanh') }),
  z.strictObject({ kind: z.literal('relu') }),
  /** The tanh form of Hendrycks & Gimpel 2016. */
  z.strictObject({ kind: z.literal('gelu') }),
  /** In training each value is zero with this probability, the others are divided by 1 - rate (Srivastava et al. 2014). */
  z.strictObject({ kind: z.literal('dropout'), rate: z.number().check(z.gte(0), z.lte(0.95)) }),
  z.strictObject({ kind: z.literal('flatten') }),
] as const;

const simpleLayer = z.discriminatedUnion('kind', simple);
/** x + layers(x): what the layers make must have the shape of what they got (He et al. 2016). */
const residual = z.strictObject({ kind: z.literal('residual'), layers: z.array(simpleLayer).check(z.minLength(1), z.maxLength(16)) });

export const layersSchema = z.array(z.discriminatedUnion('kind', [...simple, residual])).check(z.minLength(1), z.maxLength(LAYERS_MAX));

export type SimpleLayer = z.infer<typeof simpleLayer>;
export type Layer = z.infer<typeof layersSchema>[number];
