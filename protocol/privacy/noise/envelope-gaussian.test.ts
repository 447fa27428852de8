/** The exact path of the fast sampler: its law in the blocks and far beyond them, its coins, and what it refuses. */
import { describe, expect, test } from 'vitest';
import { expBounds } from './exp-bounds.ts';
import { addEnvelopeNoise, CANDIDATE_BYTES, ExactPlace } from './envelope-gaussian.ts';
import { envelopeFor, SLOT_SHARES, SLOTS, type Envelope } from './gaussian-envelope.ts';
import { goodnessOfFit } from './gaussian-suite.ts';
import { RandomWords, type RandomFill } from './random-words.ts';
import type { MeshError } from '../../errors.ts';
import { seededBytes } from './seeded-bytes.ts';

const EXACT_WORDS = 4096;

/** Candidates all alike in some words; what exact decisions draw is random. */
function crafted(candidate: (random: DataView) => readonly [number, number, number], exact: RandomFill): RandomFill {
  const random = seededBytes('crafted');
  return (into) => {
    if (into.length === EXACT_WORDS) return exact(into);
    random(into);
    const view = new DataView(into.buffer);
    for (let at = 0; at < into.length; at += CANDIDATE_BYTES) {
      for (const [i, word] of candidate(new DataView(into.buffer, at)).entries()) view.setUint32(at + 4 * i, word, true);
    }
  };
}

function sample(count: number, envelope: Envelope, random: RandomFill): Int32Array {
  const place = new ExactPlace(count);
  addEnvelopeNoise(place, count, envelope, random, new RandomWords());
  return place.sums;
}

/** A first word that chooses this entry; the sign as asked. */
function choosing({ slots }: Envelope, entry: number, negative = false): number {
  const slot = slots.findIndex((packed, i) => (i === entry ? packed >= SLOTS : packed % SLOTS === entry && packed < SLOT_SHARES * SLOTS));
  const share = slot === entry ? 0 : SLOT_SHARES - 1;
  return slot * 2 * SLOT_SHARES + (negative ? SLOT_SHARES : 0) + share;
}

describe('exact samples from an envelope', () => {
  test.each([1, 3, 10, 90])('follow the mass function at sigma %d (G-test)', (sigma) => {
    const { g, bound } = goodnessOfFit(sample(15_000, envelopeFor(sigma), seededBytes(`e${sigma}`)), sigma);
    expect(g).toBeLessThan(bound);
  });

  test.each([1, 3, 90])('follow it beyond the blocks too, at sigma %d', (sigma) => {
    const envelope = envelopeFor(sigma);
    const edge = envelope.blocks * envelope.width;
    const sign = (random: DataView) => random.getUint8(0) > 127;
    const source = crafted((random) => [choosing(envelope, envelope.blocks, sign(random)), 0, 0], seededBytes(`beyond${sigma}`));
    const samples = sample(3000, envelope, source);
    expect(samples.every((y) => Math.abs(y) >= edge)).toBe(true);
    const { g, bound } = goodnessOfFit(samples, sigma, edge);
    expect(g).toBeLessThan(bound);
  });

  test('a digit that equals the coin is decided by the next', () => {
    const envelope = envelopeFor(86);
    const [block, j] = [100, 1];
    const y = block * envelope.width + j;
    const [low] = expBounds(BigInt(y) ** 2n, 2n * 86n ** 2n, 128);
    const digits = (envelope.scale * low) / (BigInt(envelope.heights[block]!) << 64n); // two of them
    const [first, second] = [Number(digits >> 32n), Number(digits & 0xffff_ffffn)];
    const of = (next: number) => {
      const exact: RandomFill = (into) => {
        const view = new DataView(into.buffer);
        for (let at = 0; at < into.length; at += 4) view.setUint32(at, at === 0 ? next : 7, true);
      };
      // The second candidate is another value, kept at once.
      let turn = 0;
      const one = crafted(() => (turn++ === 0 ? [choosing(envelope, block), 2 ** 31, first] : [choosing(envelope, 3, true), 0, 0]), exact);
      return sample(1, envelope, one)[0];
    };
    expect(of(second - 1)).toBe(y);
    expect(of(second + 1)).toBe(-3 * envelope.width);
  });

  test('a negative zero is drawn again', () => {
    const envelope = envelopeFor(1);
    let turn = 0;
    const source = crafted(() => (turn++ < 9 ? [choosing(envelope, 0, true), 0, 0] : [choosing(envelope, 1), 0, 0]), seededBytes('zero'));
    expect([...sample(2, envelope, source)]).toEqual([1, 1]);
  });

  test.each([
    ['all samples were drawn', Infinity, []],
    ['the source failed half-way', 1, ['internal']],
  ])('random words are wiped when %s', (_, sound, codes) => {
    const place = new ExactPlace(6000);
    const given = new Set<Uint8Array>();
    const random = seededBytes('wipe');
    let blocks = 0;
    const source: RandomFill = (into) => {
      given.add(into);
      if (into.length === EXACT_WORDS || blocks++ < sound) random(into);
    };
    const envelope = envelopeFor(5);
    const refused: string[] = [];
    try {
      addEnvelopeNoise(place, 6000, envelope, source, new RandomWords());
    } catch (error) {
      refused.push((error as MeshError).code);
    }
    expect([given.size > 1, blocks, refused]).toEqual([true, 2, codes]);
    for (const bytes of [place.words, ...given]) expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  test.each<[string, RandomFill]>([
    ['half of a block', (into) => seededBytes('half')(into.subarray(0, into.length / 2))],
    ['one byte again and again', (into) => into.fill(7)],
  ])('a source that gives %s is refused', (_, source) => {
    expect(() => sample(3, envelopeFor(5), source)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('a sum that would wrap around is refused', () => {
    const place = new ExactPlace(64);
    place.sums.fill(2 ** 31 - 1);
    const add = () => addEnvelopeNoise(place, 64, envelopeFor(1000), seededBytes('o'), new RandomWords());
    expect(add).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
  });

  test('no samples draw nothing', () => {
    expect(sample(0, envelopeFor(5), () => expect.unreachable())).toHaveLength(0);
  });
});
