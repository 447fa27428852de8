/** A ledger that turned out to be older than what had happened: what it may have forgotten elsewhere counts in full, until it is known. */
import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../../codec.ts';
import {
  agree,
  extend,
  heldBy,
  paidBy,
  paidIn,
  reserve,
  settle,
  spent,
  updateKey,
  witness,
  type BudgetRecord,
  type Ledger,
} from './budget.ts';
import { epsilonOf } from '../rdp.ts';
import { accountFacts } from './report.ts';

const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const [HERE, THERE] = [hash('here'), hash('there')];
const mechanism = { rate: 0.1, sigma: 2, coordinates: 100, gridBits: 16 };
const DELTA = 1e-5;
const agreed = (fed: Hash, rounds: number, account = 'rows') => ({ account, fed, title: 'A project', epsilon: 1, ...mechanism, rounds });

function after(ledger: Ledger, ...makes: readonly ((ledger: Ledger) => BudgetRecord | null)[]): Ledger {
  return makes.reduce((so, make) => {
    const record = make(so);
    return record === null ? so : extend(so, record);
  }, ledger);
}
const EMPTY: Ledger = { records: [] };
const joined = (fed: Hash, rounds: number, account?: string) => (ledger: Ledger) => agree(ledger, agreed(fed, rounds, account));
const pays = (fed: Hash, stateRound: number) => (ledger: Ledger) =>
  reserve(
    ledger,
    { account: 'rows', fed, state: hash(`s${stateRound}`), stateRound, unit: 'example', clip: 1, delta: DELTA, ...mechanism },
    100,
  );
const finds = (fed: Hash) => (ledger: Ledger) => witness(ledger, fed, mechanism, [hash('forgotten')]);
const settles = (fed: Hash, why: 'left' | 'checked' | 'waived') => (ledger: Ledger) => settle(ledger, fed, why);
const roundsOf = (ledger: Ledger, account = 'rows') => paidBy(ledger, account).reduce((sum, { rounds }) => sum + rounds, 0);

describe('a ledger that was never restored', () => {
  it('holds nothing for federations that it has not heard of for long', () => {
    const ledger = after(EMPTY, joined(HERE, 20), joined(THERE, 30), pays(HERE, 0));
    expect(heldBy(ledger, 'rows')).toEqual([]);
    expect(roundsOf(ledger)).toBe(1);
    expect(settle(ledger, THERE, 'checked')).toBeNull();
    expect(settle(ledger, THERE, 'waived')).toBeNull();
  });
});

describe('a restored ledger', () => {
  const restored = after(EMPTY, joined(HERE, 20), joined(THERE, 30), pays(THERE, 0), pays(THERE, 1), finds(HERE), settles(HERE, 'checked'));

  it('counts the whole of what was agreed to elsewhere, for every account', () => {
    expect(heldBy(restored, 'rows').map(({ agreement, rounds }) => [agreement.fed, rounds])).toEqual([[THERE, 28]]);
    expect(heldBy(restored, 'others').map(({ rounds }) => rounds)).toEqual([30]);
    expect(roundsOf(restored)).toBe(1 + 30);
    expect(roundsOf(restored, 'others')).toBe(1 + 30);
    expect(spent(restored, 'rows', DELTA)).toBeCloseTo(epsilonOf([{ rate: 0.1, sigma: 2, rounds: 31 }], DELTA).epsilon, 12);
    expect(paidIn(restored, THERE, 'rows')).toBe(2);
  });

  it('says so in a report', () => {
    const { phases, lifetime } = accountFacts(restored, 'rows', { fed: HERE, unit: 'example', coordinates: 100, gridBits: 16 });
    expect(phases.map(({ from, rounds }) => [from, rounds])).toEqual([
      ['elsewhere', 2],
      ['import', 1],
      ['held', 28],
    ]);
    expect(lifetime.rounds).toBe(31);
  });

  it.each(['checked', 'waived', 'left'] as const)('counts it no more once it is %s, and again after another restoration', (why) => {
    const ledger = after(restored, settles(THERE, why));
    expect(roundsOf(ledger)).toBe(3);
    const again = after(ledger, (so) => witness(so, HERE, mechanism, [hash('another')]));
    expect(heldBy(again, 'rows').map(({ agreement }) => agreement.fed)).toEqual(why === 'left' ? [HERE] : [HERE, THERE]);
  });

  it('holds nothing of what was agreed to afterwards', () => {
    const ledger = after(restored, settles(THERE, 'waived'), joined(hash('new'), 50));
    expect(heldBy(ledger, 'rows')).toEqual([]);
  });
});

describe('an update', () => {
  it('is known by epoch, attempt and vector', () => {
    const vector = hash('vector');
    expect(updateKey({ epoch: 0, attempt: 0, vector })).toBe(vector);
    const keys = [updateKey({ epoch: 1, attempt: 0, vector }), updateKey({ epoch: 0, attempt: 1, vector }), vector];
    expect(new Set(keys).size).toBe(3);
  });
});
