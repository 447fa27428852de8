/** The numbers of groups: known answers, exact oracles in whole numbers, what moves which way, and what is refused by its name. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupDelta, tailOf, type Draw } from './collusion.ts';
import { checkParameters, commitProbability, groupsOf, proposeGroups, thresholdOf, type Goal } from './parameters.ts';

const refusal = (code: string, field: string) => expect.objectContaining({ code, detail: expect.objectContaining({ field }) });
const unsafe = (field: string) => refusal('group-unsafe', field);
const invalid = (field: string) => refusal('field-invalid', field);

/** g, c, t, h, and how often such a group commits with a tenth and with three tenths asleep. */
const TABLE = [
  [8, 1, 5, 4, 0.995, 0.81],
  [12, 2, 8, 6, 0.996, 0.72],
  [16, 2, 10, 8, 0.999, 0.8247],
  [24, 4, 15, 11, 1, 0.85],
  [32, 4, 19, 15, 1, 0.93],
] as const;

/** Fractions of whole numbers, and the nearest double of one. */
type Fraction = readonly [bigint, bigint];
function toNumber([above, below]: Fraction): number {
  const shift = Math.max(0, below.toString(2).length - above.toString(2).length + 64);
  return Number((above << BigInt(shift)) / below) / 2 ** shift;
}
function chooseExactly(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let ways = 1n;
  for (let i = 0; i < k; i++) ways = (ways * BigInt(n - i)) / BigInt(i + 1);
  return ways;
}
function tailExactly({ listed, stated, size, colluders }: Draw): Fraction {
  let ways = 0n;
  for (let k = colluders + 1; k < size; k++) ways += chooseExactly(stated, k) * chooseExactly(listed - 1 - stated, size - 1 - k);
  return [ways, chooseExactly(listed - 1, size - 1)];
}
/** @param awake in hundredths */
function commitsExactly(size: number, threshold: number, awake: number): Fraction {
  let ways = 0n;
  for (let k = threshold; k <= size; k++)
    ways += chooseExactly(size, k) * BigInt(awake) ** BigInt(k) * BigInt(100 - awake) ** BigInt(size - k);
  return [ways, 100n ** BigInt(size)];
}
function expectNear(value: number, exact: Fraction): void {
  const known = toNumber(exact);
  expect(Math.abs(value - known)).toBeLessThanOrEqual(known * 1e-13);
}

const draws = fc
  .record({ size: fc.integer({ min: 4, max: 32 }), listed: fc.integer({ min: 4, max: 256 }) })
  .filter(({ size, listed }) => size <= listed)
  .chain(({ size, listed }) =>
    fc.record({
      size: fc.constant(size),
      listed: fc.constant(listed),
      stated: fc.integer({ min: 0, max: listed - 1 }),
      colluders: fc.integer({ min: 1, max: size - 1 }),
    }),
  );

describe('the rules', () => {
  test.each(TABLE)('(%d, %d, %d, %d) is safe, and no smaller threshold is', (size, colluders, threshold, honest) => {
    expect(thresholdOf(size, colluders, honest)).toBe(threshold);
    expect(() => checkParameters({ size, colluders, threshold, honest })).not.toThrow();
    expect(() => checkParameters({ size, colluders, threshold: threshold - 1, honest: 1 })).toThrow(unsafe('threshold'));
    expect(() => checkParameters({ size, colluders, threshold, honest: honest + 1 })).toThrow(unsafe('honest'));
    expect(() => checkParameters({ size, colluders: colluders + 2, threshold, honest: 1 })).toThrow(unsafe('threshold'));
  });

  test('let a threshold through exactly if two sets of it share an honest member, and if h honest ones are in each', () => {
    let safe = 0;
    for (let size = 4; size <= 32; size++) {
      for (let colluders = 1; colluders < size; colluders++) {
        for (let honest = 1; honest <= size; honest++) {
          const least = thresholdOf(size, colluders, honest);
          const works = (threshold: number) => 2 * threshold - size > colluders && threshold - colluders >= honest;
          expect([works(least), works(least - 1)]).toEqual([true, false]);
          if (least > size) continue;
          expect(() => checkParameters({ size, colluders, threshold: least, honest })).not.toThrow();
          expect(() => checkParameters({ size, colluders, threshold: least - 1, honest })).toThrow(/group-unsafe|field-invalid/);
          safe++;
        }
      }
    }
    expect(safe).toBeGreaterThan(1000);
  });

  test.each([
    [{ size: 3 }, 'size'],
    [{ size: 33 }, 'size'],
    [{ size: 8.5 }, 'size'],
    [{ colluders: 0 }, 'colluders'],
    [{ colluders: 8 }, 'colluders'],
    [{ colluders: NaN }, 'colluders'],
    [{ threshold: 9 }, 'threshold'],
    [{ threshold: 0 }, 'threshold'],
    [{ honest: 0 }, 'honest'],
    [{ honest: Infinity }, 'honest'],
  ])('%j is refused by its name', (change, field) => {
    expect(() => checkParameters({ size: 8, colluders: 1, threshold: 5, honest: 4, ...change })).toThrow(invalid(field));
  });
});

describe('how often a group commits', () => {
  test.each(TABLE)('(%d, %d, %d, %d)', (size, _c, threshold, _h, tenth, three) => {
    expect(Math.abs(commitProbability(size, threshold, 0.1) - tenth)).toBeLessThanOrEqual(0.0051);
    expect(Math.abs(commitProbability(size, threshold, 0.3) - three)).toBeLessThanOrEqual(0.0051);
  });

  test('equals the sum in whole numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(32), fc.nat(99), (size, threshold, asleep) => {
        fc.pre(threshold <= size);
        expectNear(commitProbability(size, threshold, asleep / 100), commitsExactly(size, threshold, 100 - asleep));
      }),
    );
  });

  test('is certain if nobody sleeps, and if nobody is needed', () => {
    expect(commitProbability(32, 32, 0)).toBe(1);
    expect(commitProbability(4, 0, 0.5)).toBe(1);
  });

  test.each([
    [[0, 0, 0.1], 'size'],
    [[8, 9, 0.1], 'threshold'],
    [[8, 5, 1], 'asleep'],
    [[8, 5, -0.1], 'asleep'],
    [[8, 5, NaN], 'asleep'],
  ] as const)('%j is refused by its name', ([size, threshold, asleep], field) => {
    expect(() => commitProbability(size, threshold, asleep)).toThrow(invalid(field));
  });
});

describe('more colluders than assumed', () => {
  test('in one draw: the hypergeometric tail in whole numbers', () => {
    fc.assert(
      fc.property(draws, (draw) => expectNear(tailOf(draw), tailExactly(draw))),
      { numRuns: 1000 },
    );
  });

  test('known answers: five of a hundred, four assumed; never with c = K; surely if all are drawn', () => {
    expect(tailOf({ listed: 100, stated: 5, size: 32, colluders: 4 })).toBeCloseTo(0.0024, 4);
    expect(tailOf({ listed: 100, stated: 4, size: 32, colluders: 4 })).toBe(0);
    expect(tailOf({ listed: 16, stated: 3, size: 16, colluders: 2 })).toBe(1);
    // Two draws from five: C(3, 2) of C(4, 2) hold nobody but them.
    expect(tailOf({ listed: 7, stated: 3, size: 4, colluders: 2 })).toBeCloseTo(1 / 20, 15);
  });

  test('in any of all draws: the complement in whole numbers', () => {
    fc.assert(
      fc.property(draws, fc.integer({ min: 1, max: 40 }), fc.nat(3), (draw, rounds, redraws) => {
        const [above, below] = tailExactly(draw);
        const count = BigInt(rounds * (1 + redraws));
        expectNear(groupDelta(draw, rounds, redraws), [below ** count - (below - above) ** count, below ** count]);
      }),
    );
  });

  test('keeps tiny probabilities, over very many draws', () => {
    const draw = { listed: 256, stated: 24, size: 32, colluders: 23 };
    const [p, all] = [tailOf(draw), groupDelta(draw, 1_000_000, 3)];
    expect(p).toBeGreaterThan(0);
    expect(p).toBeLessThan(1e-20);
    expect(all / (4e6 * p)).toBeCloseTo(1, 12);
    expect(groupDelta({ ...draw, stated: 255 }, 2 ** 40, 3)).toBe(1);
  });

  test('grows with K, with g and with T, and falls with c', () => {
    const atMost = (a: number, b: number) => expect(a).toBeLessThanOrEqual(b * (1 + 1e-12));
    fc.assert(
      fc.property(draws, fc.integer({ min: 1, max: 500 }), (draw, rounds) => {
        const { listed, stated, size, colluders } = draw;
        const all = groupDelta(draw, rounds, 1);
        if (stated < listed - 1) atMost(all, groupDelta({ ...draw, stated: stated + 1 }, rounds, 1));
        if (size < Math.min(32, listed)) atMost(all, groupDelta({ ...draw, size: size + 1 }, rounds, 1));
        if (colluders < size - 1) atMost(groupDelta({ ...draw, colluders: colluders + 1 }, rounds, 1), all);
        atMost(all, groupDelta(draw, rounds + 1, 1));
        atMost(all, groupDelta(draw, rounds, 2));
        expect(all).toBeGreaterThanOrEqual(0);
        expect(all).toBeLessThanOrEqual(1);
      }),
    );
  });

  const draw = { listed: 100, stated: 5, size: 32, colluders: 4 };
  test.each([
    [{ listed: 31 }, 'listed'],
    [{ listed: 257 }, 'listed'],
    [{ stated: -1 }, 'stated'],
    [{ stated: 100 }, 'stated'],
    [{ stated: 1.5 }, 'stated'],
    [{ size: 2 }, 'size'],
    [{ colluders: 0 }, 'colluders'],
    [{ colluders: 32 }, 'colluders'],
  ])('%j is refused by its name', (change, field) => {
    expect(() => tailOf({ ...draw, ...change })).toThrow(invalid(field));
  });

  test.each([
    [0, 0, 'rounds'],
    [1.5, 0, 'rounds'],
    [10, 4, 'redraws'],
    [10, -1, 'redraws'],
  ])('%d rounds with %d redraws are refused by name', (rounds, redraws, field) => {
    expect(() => groupDelta(draw, rounds, redraws)).toThrow(invalid(field));
  });
});

describe('the groups of a round', () => {
  test.each([
    [100, { least: 23, most: 32 }, { groups: 4, size: 25, out: 0 }],
    [100, { least: 26, most: 32 }, { groups: 3, size: 32, out: 4 }],
    [32, { least: 4, most: 32 }, { groups: 1, size: 32, out: 0 }],
    [33, { least: 20, most: 32 }, { groups: 1, size: 32, out: 1 }],
    [7, { least: 4, most: 32 }, { groups: 1, size: 7, out: 0 }],
    [7, { least: 8, most: 8 }, { groups: 0, size: 0, out: 7 }],
    [0, { least: 4, most: 8 }, { groups: 0, size: 0, out: 0 }],
    [17, { least: 4, most: 8 }, { groups: 2, size: 8, out: 1 }],
    [19, { least: 4, most: 8 }, { groups: 3, size: 6, out: 1 }],
  ])('of %d members', (members, sizes, grouping) => {
    expect(groupsOf(members, sizes)).toEqual(grouping);
  });

  test('take in as many as any equal groups could, the fewest groups of those', () => {
    fc.assert(
      fc.property(fc.nat(256), fc.integer({ min: 4, max: 32 }), fc.integer({ min: 4, max: 32 }), (members, a, b) => {
        const [least, most] = [Math.min(a, b), Math.max(a, b)];
        const { groups, size, out } = groupsOf(members, { least, most });
        expect(groups * size + out).toBe(members);
        const all = [];
        for (let s = least; s <= most; s++) for (let k = 1; k * s <= members; k++) all.push({ k, in: k * s });
        const mostIn = Math.max(0, ...all.map((one) => one.in));
        expect(groups * size).toBe(mostIn);
        expect(groups).toBe(mostIn === 0 ? 0 : Math.min(...all.filter((one) => one.in === mostIn).map(({ k }) => k)));
        expect(groups === 0 || (size >= least && size <= most)).toBe(true);
      }),
    );
  });

  test.each([
    [257, { least: 4, most: 8 }, 'members'],
    [9, { least: 3, most: 8 }, 'least'],
    [9, { least: 9, most: 8 }, 'least'],
    [9, { least: 4, most: 33 }, 'most'],
  ])('%d members in %j are refused by name', (members, sizes, field) => {
    expect(() => groupsOf(members, sizes)).toThrow(invalid(field));
  });
});

describe('the solver', () => {
  const goal: Goal = { members: 100, stated: 4, asleep: 0.1, rounds: 40, redraws: 3, delta: 1e-5, honestMax: 32 };
  const short = (changed: Partial<Goal>) => {
    const { size, colluders, threshold, honest } = proposeGroups({ ...goal, ...changed });
    return [size, colluders, threshold, honest];
  };

  test.each(TABLE)('proposes (%d, %d, %d, %d) to as many members', (size, colluders, threshold, honest) => {
    const proposal = proposeGroups({ ...goal, members: size, stated: colluders });
    expect(proposal).toMatchObject({ size, colluders, threshold, honest, groupDelta: 0 });
    expect(proposal.grouping).toEqual({ groups: 1, size, out: 0 });
  });

  test('proposes a class of 25 with a local guarantee of ten shares (25, 2, 14, 10), and to ten members (10, 2, 7, 5)', () => {
    expect(short({ members: 25, stated: 2, honestMax: 10 })).toEqual([25, 2, 14, 10]);
    expect(short({ members: 10, stated: 2 })).toEqual([10, 2, 7, 5]);
  });

  test('proposes to a hundred the largest groups, all colluders assumed, and says which smaller ones still commit', () => {
    const proposal = proposeGroups(goal);
    expect(proposal).toMatchObject({ size: 32, colluders: 4, threshold: 19, honest: 15, groupDelta: 0 });
    expect(proposal.grouping).toEqual({ groups: 4, size: 25, out: 0 });
    expect(proposal.commits).toBeCloseTo(0.9905, 4);
    // At three tenths asleep a group of 31 commits in 0.893: all must have 32, and four sit out.
    const drowsy = proposeGroups({ ...goal, asleep: 0.3 });
    expect(drowsy.sizes).toEqual({ least: 32, most: 32 });
    expect(drowsy.grouping).toEqual({ groups: 3, size: 32, out: 4 });
    expect(drowsy.commits).toBeCloseTo(0.9306, 4);
  });

  test('assumes fewer than all colluders only where that costs a tenth of delta at most', () => {
    const lax = proposeGroups({ ...goal, members: 256, stated: 12, delta: 1e-3, rounds: 1, redraws: 0 });
    expect(lax.colluders).toBeLessThan(12);
    expect(lax.groupDelta).toBeGreaterThan(0);
    expect(lax.groupDelta).toBeLessThanOrEqual(1e-4);
    // One less may have the same h, and then more colluders are assumed for nothing; two less has a larger one.
    expect(groupDelta({ listed: 256, stated: 12, size: lax.size, colluders: lax.colluders - 2 }, 1, 0)).toBeGreaterThan(1e-4);
    // Of all that leave as many honest ones, it assumes the most colluders.
    const others = Array.from({ length: 29 }, (_, i) => i + 4).flatMap((size) =>
      Array.from({ length: 12 }, (_, i) => ({ size, colluders: i + 1 })),
    );
    const alike = others.filter(
      ({ size, colluders }) =>
        colluders < size &&
        thresholdOf(size, colluders, 1) - colluders === lax.honest &&
        groupDelta({ listed: 256, stated: 12, size, colluders }, 1, 0) <= 1e-4,
    );
    expect(Math.max(...alike.map(({ colluders }) => colluders))).toBe(lax.colluders);
    const strict = proposeGroups({ ...goal, members: 256, stated: 12 });
    expect(strict.colluders).toBeGreaterThan(lax.colluders);
  });

  test('proposes only what devices accept, that commits as often as it says, to anybody', () => {
    const goals = fc.record({
      members: fc.integer({ min: 4, max: 256 }),
      stated: fc.nat(24),
      asleep: fc.constantFrom(0, 0.05, 0.1, 0.2, 0.3, 0.5),
      rounds: fc.integer({ min: 1, max: 200 }),
      redraws: fc.nat(3),
      delta: fc.constantFrom(1e-3, 1e-5, 1e-7),
      honestMax: fc.integer({ min: 1, max: 32 }),
    });
    fc.assert(
      fc.property(goals, (one) => {
        fc.pre(one.stated < one.members);
        const found = proposeGroups(one);
        const { colluders, honest, sizes, grouping } = found;
        expect(() => checkParameters(found)).not.toThrow();
        expect(honest).toBeLessThanOrEqual(one.honestMax);
        expect(groupDelta({ listed: one.members, stated: one.stated, size: sizes.most, colluders }, one.rounds, one.redraws)).toBe(
          found.groupDelta,
        );
        expect(found.groupDelta).toBeLessThanOrEqual(one.delta / 10);
        expect(grouping).toEqual(groupsOf(one.members, sizes));
        for (let size = sizes.least; size <= sizes.most; size++) {
          const threshold = thresholdOf(size, colluders, honest);
          expect(() => checkParameters({ size, colluders, threshold, honest })).not.toThrow();
          expect(size === sizes.most || commitProbability(size, threshold, one.asleep) >= 0.9).toBe(true);
        }
        expect(found.commits).toBe(commitProbability(grouping.size, thresholdOf(grouping.size, colluders, honest), one.asleep));
        expect(one.members > 32 || (grouping.groups === 1 && grouping.out === 0)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    [{ members: 3 }, 'members'],
    [{ members: 257 }, 'members'],
    [{ stated: 100 }, 'stated'],
    [{ stated: -1 }, 'stated'],
    [{ asleep: 1 }, 'asleep'],
    [{ asleep: NaN }, 'asleep'],
    [{ rounds: 0 }, 'rounds'],
    [{ redraws: 4 }, 'redraws'],
    [{ delta: 0 }, 'delta'],
    [{ delta: NaN }, 'delta'],
    [{ honestMax: 0 }, 'honestMax'],
  ])('refuses %j by its name', (changed, field) => {
    expect(() => proposeGroups({ ...goal, ...changed })).toThrow(invalid(field));
  });

  test('has nothing better for members of whom all others conspire than that each has all its noise', () => {
    expect(short({ members: 5, stated: 4 })).toEqual([5, 4, 5, 1]);
    expect(short({ stated: 99 })).toEqual([4, 3, 4, 1]);
  });
});
