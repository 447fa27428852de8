import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifestBody } from '#protocol/manifest/open';
import { checkDevicePolicy } from '#protocol/device-policy';
import type { Task } from '#protocol/manifest/task';
import { often } from '../../scripts/deep.ts';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import type { Policy } from './api.ts';
import { draftFixture, RELAY } from './draft.fixture.ts';
import { bodyOf } from './draft.ts';
import { quoteOf } from './terms.ts';

const { task, policy } = draftFixture();
const PICTURES = {
  kind: 'image',
  width: 16,
  height: 16,
  colour: 'grey',
  background: 'dark',
  label: { name: 'x', classes: ['a', 'b'] },
} as const satisfies Task;
const quote = (change: Partial<Policy> = {}) => quoteOf(task, { ...policy, ...change });
const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  epsilon: fc.integer({ min: 1, max: 80 }).map((n) => n / 10),
  delta: fc.constantFrom(1e-4, 1e-5, 1e-6, 1e-7),
  members: fc.integer({ min: 1, max: 64 }),
  rowsEach: fc.integer({ min: 1, max: 30_000 }),
  hidden: fc.constantFrom([], [8]),
});

/** Each run computes a whole budget, and shrinking a failure takes thousands of runs: it reports its seed and path instead. */
const ends = { endOnFailure: true };

describe('what a policy buys', () => {
  it('never costs more than epsilon, runs all its rounds, and makes legal manifests', async () => {
    await fc.assert(
      fc.asyncProperty(anyPolicy, async (chosen) => {
        const { sigma, rate, rounds } = quoteOf(task, chosen);
        const body = bodyOf(draftFixture({ policy: chosen }), { steward: RELAY as never, nonce: 'n', testSet: null });
        await checkDevicePolicy(parseManifestBody(body));
        expect(body.privacy).toMatchObject({ epsilon: chosen.epsilon, delta: chosen.delta, sigma, rate, rounds, unit: 'example' });
      }),
      { numRuns: often(2, 40), ...ends },
    );
  });

  it('more people, more rows each, or a larger epsilon mean less noise in the model', () => {
    const { noiseShare } = quote();
    expect(quote({ members: 30 }).noiseShare).toBeLessThan(noiseShare);
    expect(quote({ rowsEach: 2000 }).noiseShare).toBeLessThan(noiseShare);
    expect(quote({ epsilon: 1 }).noiseShare).toBeGreaterThan(noiseShare);
  });

  it('says what several rows of one person reveal together, unless they are protected together', () => {
    expect(quote().rowsEpsilon).toBeNull();
    const several = quoteOf(task, policy, 30).rowsEpsilon!;
    expect(several).toBeGreaterThan(30 * policy.epsilon);
    expect(quoteOf({ ...task, group: { column: 'name', rowsMax: 32 } } as Task, policy, 30).rowsEpsilon).toBeNull();
  });

  it('counts the bytes of an update', () => {
    // sex 2, age 2; a hidden layer of 8 and two classes
    expect(quote()).toMatchObject({ parameters: 4 * 8 + 8 + 8 * 2 + 2, rounds: 40 });
    // Its numbers, and the signed body around them.
    expect(quote().updateBytes).toBe(4 * 58 + quote({ hidden: [] }).updateBytes - 4 * 10);
    const { rounds, updateBytes, bytes } = quote();
    // To the relay and to the others.
    expect(bytes).toBeGreaterThan(rounds * policy.members * updateBytes);
    expect(quote({ hidden: [] })).toMatchObject({ parameters: 4 * 2 + 2 });
  });

  it('a network of layers fits pictures and windows of any size, and is legal', () => {
    const side = fc.integer({ min: 4, max: 64 });
    const image = fc.record({ width: side, height: side }).map((size): Task => ({ ...PICTURES, ...size }));
    const sequence = fc.integer({ min: 4, max: 1024 }).map((length) => sequenceTask({ length }));
    fc.assert(
      fc.property(fc.oneof(image, sequence), anyPolicy, (of, chosen) => {
        const draft = draftFixture({ task: of, policy: { ...chosen, layers: true } });
        expect(() => parseManifestBody(bodyOf(draft, { steward: RELAY as never, nonce: 'n', testSet: null }))).not.toThrow();
      }),
      { numRuns: often(3, 40), ...ends },
    );
    expect(quoteOf({ ...PICTURES, width: 28, height: 28 }, { ...policy, layers: true }).parameters).toBe(25_746);
    expect(() => quote({ layers: true })).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  });

  it.each([
    ['members', 0],
    ['rowsEach', 30_001],
    ['rowsEach', 0.5],
    ['epsilon', 0],
    ['delta', 0],
  ] as const)('refuses %s %d', (field, value) => {
    expect(() => quote({ [field]: value })).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  });
});
