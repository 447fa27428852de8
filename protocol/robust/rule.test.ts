import { describe, expect, it } from 'vitest';
import { smallManifest } from '#signaling/server/room.fixture';
import { hashBytes } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import { networkOf, updateLength } from '../manifest/manifest.ts';
import { decodeState } from '../model/state.ts';
import { encodeUpdate } from '../privacy/noise/noisy-update.ts';
import { applyMean } from './mean.ts';
import { aggregateHere, ruleOf } from './rule.ts';

const MANIFEST = smallManifest('relay' as PeerId);
const update = (value: number) => encodeUpdate(new Int32Array(updateLength(MANIFEST)).fill(value));

describe('the rule that a manifest names', () => {
  it('makes the first state from nothing, and the next ones as it says', async () => {
    const first = await aggregateHere(MANIFEST, null, []);
    expect(hashBytes(first.bytes)).toBe(first.hash);
    const next = await aggregateHere(MANIFEST, first.bytes, [update(3), update(5)]);
    const vectors = [3, 5].map((value) => new Int32Array(updateLength(MANIFEST)).fill(value));
    const network = networkOf(MANIFEST);
    const expected = applyMean(decodeState(network, first.bytes), vectors, MANIFEST.rule, MANIFEST.privacy);
    expect(decodeState(network, next.bytes)).toEqual(expected);
    expect(ruleOf(MANIFEST).kernel(MANIFEST)).toBe('mean/1');
  });

  it('takes no update of another length or beyond what noise explains', async () => {
    const { bytes } = await aggregateHere(MANIFEST, null, []);
    await expect(aggregateHere(MANIFEST, bytes, [update(1).subarray(4)])).rejects.toMatchObject({ code: 'wrong-length' });
    await expect(aggregateHere(MANIFEST, bytes, [update(2 ** 30)])).rejects.toMatchObject({ code: 'out-of-bound' });
  });
});
