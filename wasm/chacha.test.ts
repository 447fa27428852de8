/** Mask streams: the vectors of RFC 8439, the kernel against the oracle at every edge, what is refused, and that nothing stays behind. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashBytes } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { addMasked, mask, unmask } from '#protocol/secagg/mask';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import type { AddStreams, KeyStream } from '#protocol/secagg/streams';
import { createArena } from './arena.ts';
import { buildWasm } from './build.ts';
import { openStreams } from './chacha.ts';
import type { Kernels } from './kernels.ts';
import { loadNumerics } from './load-node.ts';
import { addStreams as oracle } from './reference/chacha.ts';

let kernel: AddStreams;
beforeAll(async () => {
  await buildWasm();
  kernel = (await loadNumerics()).addStreams!;
});

const IMPLEMENTATIONS = [
  ['kernel', () => kernel],
  ['oracle', () => oracle],
] as const;

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
const zeros = (count: number) => '00'.repeat(count);
const COUNTING = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0')).join('');
/** Key, nonce, counter and the words of one block: 2.3.2, then A.1 in its order. */
const BLOCKS = [
  [
    COUNTING,
    '000000090000004a00000000',
    1,
    'e4e7f110 15593bd1 1fdd0f50 c47120a3 c7f4d1c7 0368c033 9aaa2204 4e6cd4c3 466482d2 09aa9f07 05d7c214 a2028bd9 d19c12b5 b94e16de e883d0cb 4e3c50a2',
  ],
  [
    zeros(32),
    zeros(12),
    0,
    'ade0b876 903df1a0 e56a5d40 28bd8653 b819d2bd 1aed8da0 ccef36a8 c70d778b 7c5941da 8d485751 3fe02477 374ad8b8 f4b8436a 1ca11815 69b687c3 8665eeb2',
  ],
  [
    zeros(32),
    zeros(12),
    1,
    'bee7079f 7a385155 7c97ba98 0d082d73 a0290fcb 6965e348 3e53c612 ed7aee32 7621b729 434ee69c b03371d5 d539d874 281fed31 45fb0a51 1f0ae1ac 6f4d794b',
  ],
  [
    `${zeros(31)}01`,
    zeros(12),
    1,
    '2452eb3a 9249f8ec 8d829d9b ddd4ceb1 e8252083 60818b01 f38422b8 5aaa49c9 bb00ca8e da3ba7b4 c4b592d1 fdf2732f 4436274e 2561b3c8 ebdd4aa6 a0136c00',
  ],
  [
    `00ff${zeros(30)}`,
    zeros(12),
    2,
    'fb4dd572 4bc42ef1 df922636 327f1394 a78dea8f 5e269039 a1bebbc1 caf09aae a25ab213 48a6b46c 1b9d9bcb 092c5be6 546ca624 1bec45d5 87f47473 96f0992e',
  ],
  [
    zeros(32),
    `${zeros(11)}02`,
    0,
    '374dc6c2 3736d58c b904e24a cd3f93ef 88228b1a 96a4dfb3 5b76ab72 c727ee54 0e0e978a f3145c95 1b748ea8 f786c297 99c28f5f 628314e8 398a19fa 6ded1b53',
  ],
] as const;
/** 2.4.2: 114 bytes of text and what they become. */
const TEXT = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
const SEALED =
  '6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8' +
  '07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d';

const random = seededBytes('mask streams');
const drawn = (count: number) => {
  const into = new Uint8Array(count);
  random(into);
  return into;
};
const words = (count: number) => new Int32Array(drawn(4 * count).buffer);
const streamOf = (given: Partial<KeyStream> = {}): KeyStream => ({ key: drawn(32), nonce: drawn(12), block: 0, sign: 1, ...given });

describe.each(IMPLEMENTATIONS)('the %s', (_, implementation) => {
  test.each(BLOCKS)('makes the block of key %s, nonce %s, counter %d', (key, nonce, block, expected) => {
    const vector = new Int32Array(16);
    implementation()(vector, [{ key: bytes(key), nonce: bytes(nonce), block, sign: 1 }]);
    expect(Array.from(vector, (word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ')).toBe(expected);
  });

  test('encrypts the text of the RFC', () => {
    const vector = new Int32Array(32);
    implementation()(vector, [{ key: bytes(COUNTING), nonce: bytes('000000000000004a00000000'), block: 1, sign: 1 }]);
    const stream = new Uint8Array(new Uint32Array(vector).buffer);
    const text = new TextEncoder().encode(TEXT);
    expect(text.map((byte, i) => byte ^ stream[i]!)).toEqual(bytes(SEALED));
  });

  test('takes off what it added, in any order, and leaves the vector as it was', () => {
    const [vector, streams] = [words(1000), Array.from({ length: 5 }, () => streamOf())];
    const before = vector.slice();
    implementation()(vector, streams);
    expect(vector).not.toEqual(before);
    implementation()(
      vector,
      streams.toReversed().map((stream) => ({ ...stream, sign: -1 })),
    );
    expect(vector).toEqual(before);
  });

  test('goes to the last of 2^32 blocks and not past it', () => {
    const vector = new Int32Array(33);
    implementation()(vector.subarray(0, 16), [streamOf({ block: 2 ** 32 - 1 })]);
    implementation()(vector.subarray(0, 32), [streamOf({ block: 2 ** 32 - 2 })]);
    const before = vector.slice();
    for (const [length, block] of [
      [17, 2 ** 32 - 1],
      [33, 2 ** 32 - 2],
      [1, 2 ** 32],
    ] as const) {
      expect(() => implementation()(vector.subarray(0, length), [streamOf(), streamOf({ block })])).toThrow(
        `streams[1].block: expected a whole number from 0 to ${2 ** 32 - Math.ceil(length / 16)}`,
      );
    }
    expect(vector).toEqual(before);
  });

  test.each([
    [{ key: new Uint8Array(31) }, 'streams[0].key: expected 32 bytes, got 31'],
    [{ key: new Uint8Array(4) }, 'streams[0].key: expected 32 bytes, got 4'],
    [{ nonce: new Uint8Array(8) }, 'streams[0].nonce: expected 12 bytes, got 8'],
    [{ block: -1 }, 'streams[0].block'],
    [{ block: 0.5 }, 'streams[0].block'],
    [{ sign: 0 as 1 }, 'streams[0].sign: expected 1 or -1, got 0'],
  ])('refuses %o', (wrong, message) => {
    const vector = new Int32Array(20);
    expect(() => implementation()(vector, [streamOf(wrong)])).toThrow(message);
    expect(vector).toEqual(new Int32Array(20));
  });
});

describe('the kernel', () => {
  const EDGES = [4095, 4096, 4097, 4159, 4160, 8191, 8192, 8193, 12_300];
  test('is the oracle for every length, at any offset, and writes nothing beside it', () => {
    for (const length of [...Array.from({ length: 301 }, (_, i) => i), ...EDGES]) {
      const offset = length % 7;
      const sign = length % 2 === 0 ? 1 : -1;
      const [got, streams] = [words(offset + length + 5), [streamOf({ sign, block: length * 977 }), streamOf({ block: 3 })]];
      const expected = got.slice();
      kernel(got.subarray(offset, offset + length), streams);
      oracle(expected.subarray(offset, offset + length), streams);
      expect(got, `${length} words`).toEqual(expected);
    }
  });

  test('adds as many streams as a group has, each with its own sign and block', () => {
    const streams = Array.from({ length: 32 }, (_, i) => streamOf({ block: 2 ** 31 - i, sign: i % 3 === 0 ? -1 : 1 }));
    const got = words(5000);
    const expected = got.slice();
    kernel(got, streams);
    oracle(expected, streams);
    expect(got).toEqual(expected);
  });

  test('leaves a vector alone that gets no stream', () => {
    const vector = words(70);
    const before = vector.slice();
    kernel(vector, []);
    expect(vector).toEqual(before);
  });

  describe('its memory', () => {
    let kernels: Kernels;
    const left = () => new Uint8Array(kernels.memory.buffer, kernels.heapBase()).findIndex((byte) => byte !== 0);
    beforeAll(async () => {
      const module = await WebAssembly.compile(await readFile(new URL('../build/wasm/core.wasm', import.meta.url)));
      kernels = (await WebAssembly.instantiate(module, { env: { abort() {} } })).exports as unknown as Kernels;
    });

    test('holds no key and no value after a call, nor after one that broke', () => {
      openStreams(kernels, createArena(kernels.memory, kernels.heapBase()))(words(9999), [streamOf(), streamOf({ sign: -1 })]);
      expect(left()).toBe(-1);
      let seen = -1;
      const broken = {
        ...kernels,
        memory: kernels.memory,
        addStream: () => {
          seen = left();
          throw new Error('broken');
        },
      };
      const arena = createArena(kernels.memory, kernels.heapBase());
      expect(() => openStreams(broken, arena)(words(100), [streamOf()])).toThrow('broken');
      expect(seen).toBeGreaterThanOrEqual(0);
      expect(left()).toBe(-1);
      expect(arena.used).toBe(0);
    });

    test('is not masked in place: growing would detach the vector', () => {
      const vector = new Int32Array(kernels.memory.buffer as ArrayBuffer, 0, 8);
      expect(() => openStreams(kernels, createArena(kernels.memory, kernels.heapBase()))(vector, [streamOf()])).toThrow(
        'outside the memory',
      );
    });
  });
});

test('groups masked by the kernel open to the plain sum, whoever of them is missing', () => {
  const dealers = ['an', 'bo', 'cy', 'di', 'ed'] as unknown as PeerId[];
  const terms = { context: hashBytes(drawn(32)), dealers, threshold: 3, lengths: [4097, 1, 64] };
  const d = 4162;
  const vectors = new Map(dealers.map((member) => [member, words(d).map((word) => word >> 4)]));
  const own = new Map(dealers.map((member) => [member, drawn(32)]));
  const shared = new Map<string, Uint8Array>();
  const pair = (a: PeerId, b: PeerId) => {
    const name = [a, b].toSorted().join();
    if (!shared.has(name)) shared.set(name, drawn(32));
    return shared.get(name)!;
  };
  const masked = new Map(
    dealers.map((member) => {
      const y = vectors.get(member)!.slice();
      mask(y, member, { self: own.get(member)!, pairs: new Map(dealers.map((other) => [other, pair(member, other)])) }, terms, kernel);
      return [member, y];
    }),
  );
  for (const kept of [dealers, dealers.slice(1), dealers.slice(0, 3), [dealers[0]!, dealers[2]!, dealers[4]!]]) {
    const [sum, plain] = [new Int32Array(d), new Int32Array(d)];
    for (const member of kept) addMasked(sum, masked.get(member)!);
    unmask(sum, kept, { self: (member) => own.get(member)!, pair }, terms, kernel);
    for (const member of kept) vectors.get(member)!.forEach((value, i) => (plain[i]! += value));
    expect(sum).toEqual(plain);
  }
});
