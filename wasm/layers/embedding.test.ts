import { test } from 'vitest';
import type { Shape } from '#protocol/model/architecture';
import { embedding } from '../reference/layer-dense.ts';
import { expectLayer } from '../testing/layer-rig.ts';
import { embeddingOp } from './embedding.ts';

const image = (height: number, width: number): Shape => ({ height, width, channels: 1 });
/** Tokens, and now and then invalid ones: too large, negative, fractional, not a number. */
const tokens =
  (vocabulary: number) =>
  (random: () => number): number =>
    random() < 0.8 ? Math.floor(random() * vocabulary) : [vocabulary, -1, 0.5, NaN, Infinity][Math.floor(5 * random())]!;

test.for<[Shape, number, number]>([
  [image(1, 6), 4, 1],
  [image(1, 9), 13, 5],
  [image(3, 4), 5, 8],
  [image(1, 1), 3, 17],
])('tokens of %o from a table of %i rows of %i: looked up, and learnt where equal ones met', async ([input, vocabulary, width]) => {
  const layer = { kind: 'embedding', vocabulary, width } as const;
  await expectLayer({ input, layer, isDense: true, draw: tokens(vocabulary) }, embeddingOp, embedding);
});
