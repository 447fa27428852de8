/** The agreement on its own: values are words, and engines are sets of numbers. */
import { describe, expect, it } from 'vitest';
import { quorumOf } from './quorum.ts';
import { seatId, VIEW_MS, World, type Changes, type Rules } from './words.fixture.ts';

const engine = (n: number, f: number): Rules => ({ n, f, quorum: quorumOf(n, f) });
const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1);
/** A majority of seats that are trusted not to lie. */
const TRUSTED_FIVE = engine(5, 0);

describe.each([
  ['one seat', engine(1, 0), 0],
  ['three seats that may crash', engine(3, 0), 0],
  ['a trusted committee of five', TRUSTED_FIVE, 0],
  ['four seats, one lying', engine(4, 1), 1],
  ['seven seats, two lying', engine(7, 2), 2],
] as const)('%s', (_, rules, liars) => {
  it.each(SEEDS)('decide one valid word under faults, all of them: seed %d', async (seed) => {
    const decided = await new World(seed, rules, { liars }).run();
    expect(decided).toHaveLength(rules.n - liars);
    expect(new Set(decided).size).toBe(1);
    expect(decided[0]).toMatch(/^(pass|word of seat\d, life \d+)$/);
  });
});

it.each([engine(3, 0), engine(4, 1), engine(7, 2)])(
  'decide over a network in which no round trip fits into a first view: %o',
  async (rules) => {
    const decided = await new World(1, rules, { delayMs: VIEW_MS, liars: rules.f }).run();
    expect(decided).not.toContain(null);
    expect(new Set(decided).size).toBe(1);
  },
);

/** Whether some seed makes honest seats decide different words. */
async function differs(rules: Rules, changes: Changes): Promise<boolean> {
  for (let seed = 1; seed <= 300; seed++) {
    const decided = await new World(seed, rules, changes).run();
    if (new Set(decided.filter((word) => word !== null)).size > 1) return true;
  }
  return false;
}

it.each<[string, Rules, Changes]>([
  ['a quorum one too small', { ...engine(4, 1), quorum: 2 }, { liars: 1 }],
  ['more liars than f', engine(4, 1), { liars: 2 }],
  ['ballots that are not written down', engine(3, 0), { mutant: 'ballot-not-written' }],
  ['locks that are not shown', engine(3, 0), { mutant: 'lock-hidden' }],
])('without a rule seats decide different words: %s', async (_, rules, changes) => {
  expect(await differs(rules, changes)).toBe(true);
});

it('a seat alone decides its own word, whose evidence it gives itself', async () => {
  expect(await new World(1, engine(1, 0)).run()).toEqual([`word of ${seatId(0).slice(0, 5)}, life 0`]);
});
