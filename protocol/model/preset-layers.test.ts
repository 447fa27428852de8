import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layersSchema } from './layers.ts';
import { IMAGE_SIDE_MAX, SEQUENCE_CHANNELS_MAX, SEQUENCE_LENGTH_MAX } from '../limits.ts';
import { planNetwork } from './architecture.ts';
import { imageLayers, sequenceLayers } from './preset-layers.ts';

describe('layers for pictures', () => {
  test('at 28 x 28 they are the published network', () => {
    const { layers, parameterCount } = planNetwork(
      { height: 28, width: 28, channels: 1 },
      imageLayers({ height: 28, width: 28, channels: 1 }, 10),
    );
    const shapes = layers.map(({ kind, output: { height, width, channels } }) => `${kind} ${height}x${width}x${channels}`);
    expect(shapes).toEqual([
      'conv2d 14x14x16',
      'tanh 14x14x16',
      'max-pool 13x13x16',
      'conv2d 5x5x32',
      'tanh 5x5x32',
      'max-pool 4x4x32',
      'flatten 1x1x512',
      'dense 1x1x32',
      'tanh 1x1x32',
      'dense 1x1x10',
    ]);
    expect(parameterCount).toBe(26_010);
  });

  test('every size that a picture may have gets a list that a manifest takes', () => {
    const side = fc.integer({ min: 4, max: IMAGE_SIDE_MAX });
    fc.assert(
      fc.property(side, side, fc.constantFrom(1, 3), fc.integer({ min: 2, max: 256 }), (height, width, channels, classes) => {
        const layers = imageLayers({ height, width, channels }, classes);
        expect(layersSchema.parse(layers)).toEqual(layers);
        expect(planNetwork({ height, width, channels }, layers).output).toEqual({ height: 1, width: 1, channels: classes });
      }),
    );
  });
});

describe('layers for sequences', () => {
  test('a window of 64 moments is halved once, then its mean is judged', () => {
    const { layers, parameterCount } = planNetwork(
      { height: 1, width: 64, channels: 3 },
      sequenceLayers({ height: 1, width: 64, channels: 3 }, 4),
    );
    expect(layers.map(({ kind, output: { width, channels } }) => `${kind} ${width}x${channels}`)).toEqual([
      'conv2d 64x16',
      'tanh 64x16',
      'max-pool 32x16',
      'conv2d 32x32',
      'tanh 32x32',
      'avg-pool 1x32',
      'dense 1x4',
    ]);
    expect(parameterCount).toBe(5 * 3 * 16 + 16 + 5 * 16 * 32 + 32 + 32 * 4 + 4);
  });

  test('every window that a task may have gets a list that a manifest takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: SEQUENCE_LENGTH_MAX }),
        fc.integer({ min: 1, max: SEQUENCE_CHANNELS_MAX }),
        (width, channels) => {
          const layers = sequenceLayers({ height: 1, width, channels }, 3);
          expect(layersSchema.parse(layers)).toEqual(layers);
          expect(planNetwork({ height: 1, width, channels }, layers).output).toEqual({ height: 1, width: 1, channels: 3 });
        },
      ),
    );
  });
});
