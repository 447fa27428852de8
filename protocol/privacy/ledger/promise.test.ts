import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../../codec.ts';
import { generateKeyPair, identityOf, signBody } from '../../identity.ts';
import type { UpdateBody } from '../../round/messages.ts';
import { encodeMesh } from '../../wire.ts';
import { bytesOfRound, bytesOfUpdate, mechanismOf, promiseOf, type PromisedTerms } from './promise.ts';
import { roundCurve } from '../round-curve.ts';

const PEER = 'A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW';
const COLUMNS = [{ kind: 'number' as const, name: 'x', min: -1, max: 1 }];
/** Forty rounds cost epsilon 0.98 by Renyi and 0.9 by the loss distribution. */
const TERMS: PromisedTerms = {
  task: { kind: 'table', columns: COLUMNS, label: { name: 'sign', classes: ['minus', 'plus'] }, picture: null },
  model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'test' },
  privacy: {
    unit: 'example',
    epsilon: 1,
    delta: 1e-5,
    sigma: 7.5,
    clip: 0.5,
    rate: 0.25,
    rounds: 40,
    gridBits: 16,
    lot: 100,
    rowsMax: 400,
  },
  seats: { kind: 'home', relays: [PEER] },
};
const { rate, sigma, delta, epsilon } = TERMS.privacy;
const CURVE = roundCurve({ ...mechanismOf(TERMS), rate, sigma, delta, epsilon, roundsMax: 256 });
const START = { bill: [], delta, epsilon, curve: CURVE, models: 0, others: 2 };

describe('a promise', () => {
  it('ends with T, though the budget would buy more', () => {
    expect(CURVE.points.at(-1)![0]).toBeGreaterThan(40);
    const promised = promiseOf(TERMS, START);
    expect(promised).toMatchObject({ rounds: 40, left: 40, bytes: 40 * bytesOfRound(TERMS, 2) });
    expect(promised.epsilon).toBeLessThan(1);
  });

  it('stays one number while rounds go by, and for who comes late is what is left', () => {
    for (const done of [1, 13, 39, 40, 41]) {
      const bill = [{ ...mechanismOf(TERMS), rounds: Math.min(done, 40) }];
      expect(promiseOf(TERMS, { ...START, bill, models: done }).rounds).toBe(Math.max(0, 40 - done));
      expect(promiseOf(TERMS, { ...START, models: done })).toMatchObject({ rounds: Math.max(0, 40 - done), left: Math.max(0, 40 - done) });
    }
  });

  it('ends before with a smaller budget, or where the rows have paid elsewhere, and never costs more than was agreed to', () => {
    for (const agreed of [0.15, 0.3, 0.6]) {
      const { rounds, left, epsilon: cost } = promiseOf(TERMS, { ...START, epsilon: agreed });
      expect([rounds > 0, rounds < 40, left, cost <= agreed]).toEqual([true, true, 40, true]);
      const bill = [{ ...mechanismOf(TERMS), sigma: 5, rounds: 1 }];
      expect(promiseOf(TERMS, { ...START, epsilon: agreed, bill }).rounds).toBeLessThan(rounds);
    }
    expect(promiseOf(TERMS, { ...START, epsilon: 0.001 })).toEqual({ rounds: 0, left: 40, epsilon: 0, bytes: 0 });
  });

  it('counts the bytes of the update that really leaves', async () => {
    const identity = await identityOf(await generateKeyPair(false));
    const vector = new Uint8Array(4 * 4);
    const hash: Hash = hashBytes(vector);
    const body: UpdateBody = { t: 'update', fed: hash, epoch: 0, attempt: 0, state: hash, stateRound: 12, vector: hash, ledger: hash };
    const { length } = encodeMesh({ t: 'update', signed: await signBody(identity, body), vector });
    expect(bytesOfUpdate(TERMS) - length).toBeGreaterThanOrEqual(0);
    expect(bytesOfUpdate(TERMS) - length).toBeLessThanOrEqual(5);
    const two = { ...TERMS, seats: { kind: 'home' as const, relays: [PEER, `${PEER}b`] } };
    expect(bytesOfRound(two, 3) - bytesOfRound(TERMS, 3)).toBeGreaterThan(bytesOfUpdate(TERMS));
  });
});
