import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyHash, hashBytes, type Hash } from '../../codec.ts';
import {
  extend,
  head,
  openLedger,
  paidBy,
  release,
  releasedUpdate,
  reserve,
  saltedHead,
  spent,
  witness,
  type BudgetRecord,
  type BudgetRequest,
  type Ledger,
} from './budget.ts';
import { seal } from './budget-chain.ts';
import { sigmaByRenyi } from '../calibration.ts';
import { roundsByRenyi } from '../rounds-by-renyi.fixture.ts';
import { filteredEpsilon } from '../filter.ts';
import { epsilonOf } from '../rdp.ts';
import { refusal } from '../../testing/refusal.ts';

const id = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const request = (round: number, change: Partial<BudgetRequest> = {}): BudgetRequest => ({
  account: 'rows-1',
  fed: id('fed'),
  state: id(`state ${round}`),
  stateRound: round,
  unit: 'example',
  rate: 0.05,
  sigma: 2,
  clip: 1,
  delta: 1e-5,
  ...change,
});
const pay = (ledger: Ledger, input: BudgetRequest, epsilon = 8) => extend(ledger, reserve(ledger, input, epsilon));
const empty = openLedger([]);

function sample(): Ledger {
  let ledger = pay(empty, request(0));
  ledger = extend(ledger, release(ledger, ledger.records[0] as never, id('update 0')));
  ledger = pay(ledger, request(1, { sigma: 3, rate: 0.1 }));
  return pay(ledger, request(2, { account: 'rows-2' }));
}

describe('paying', () => {
  test('the bill is the accountant’s epsilon over all rates and sigmas of the account', () => {
    const ledger = sample();
    const phases = [
      { rate: 0.05, sigma: 2, rounds: 1 },
      { rate: 0.1, sigma: 3, rounds: 1 },
    ];
    expect(paidBy(ledger, 'rows-1')).toEqual(phases);
    // Settings differ, and the second may have been chosen by what the first round showed.
    expect(spent(ledger, 'rows-1', 1e-5)).toBe(filteredEpsilon(phases, 1e-5).epsilon);
    expect(spent(ledger, 'rows-1', 1e-5)).toBeGreaterThan(epsilonOf(phases, 1e-5).epsilon);
    expect(spent(ledger, 'rows-2', 1e-5)).toBe(epsilonOf([phases[0]!], 1e-5).epsilon);
    expect(spent(ledger, 'rows-3', 1e-5)).toBe(0);
  });

  test('one account is one bill in every federation', () => {
    const ledger = pay(pay(empty, request(0)), request(0, { fed: id('another federation') }));
    expect(spent(ledger, 'rows-1', 1e-5)).toBe(epsilonOf([{ rate: 0.05, sigma: 2, rounds: 2 }], 1e-5).epsilon);
  });

  test('the round that would cross the budget is refused, and the ones before are those that were promised', () => {
    const [epsilon, rate, delta] = [1, 0.05, 1e-5];
    const sigma = sigmaByRenyi({ epsilon, delta, rate, rounds: 12 });
    const promised = roundsByRenyi({ epsilon, delta, rate, sigma });
    let ledger = empty;
    for (let round = 0; round < promised; round++) ledger = pay(ledger, request(round, { sigma }), epsilon);
    expect(spent(ledger, 'rows-1', delta)).toBeLessThanOrEqual(epsilon);
    expect(promised).toBeGreaterThanOrEqual(12);
    const before = head(ledger);
    expect(() => reserve(ledger, request(promised, { sigma }), epsilon)).toThrow(
      expect.objectContaining({
        code: 'budget-spent',
        detail: expect.objectContaining({ expected: 'at most 1', got: expect.stringMatching(/^1\.0/) }),
      }),
    );
    expect(head(ledger)).toBe(before);
  });

  test('no sequence of rounds gets past the budget', () => {
    const rounds = fc.array(
      fc.record({ rate: fc.double({ min: 0, max: 1, noNaN: true }), sigma: fc.double({ min: 0, max: 8, noNaN: true }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(rounds, fc.double({ min: 0, max: 6, noNaN: true }), (list, epsilon) => {
        let ledger = empty;
        for (const [round, terms] of list.entries()) {
          // -0 is outside the data model.
          const input = request(round, { rate: terms.rate + 0, sigma: terms.sigma + 0 });
          try {
            ledger = pay(ledger, input, epsilon);
          } catch (error) {
            if (refusal(error).code !== 'budget-spent') throw error;
          }
          expect(spent(ledger, 'rows-1', 1e-5)).toBeLessThanOrEqual(epsilon);
        }
        expect(openLedger(JSON.parse(JSON.stringify(ledger.records)))).toEqual(ledger);
      }),
      { numRuns: 40 },
    );
  });

  test('an update that never got out is charged again; one that did is not computed again', () => {
    let ledger = pay(empty, request(0));
    const once = spent(ledger, 'rows-1', 1e-5);
    ledger = pay(openLedger(ledger.records), request(0)); // the tab crashed after paying
    expect(spent(ledger, 'rows-1', 1e-5)).toBeGreaterThan(once);
    expect(releasedUpdate(ledger, request(0))).toBeNull();
    ledger = extend(ledger, release(ledger, ledger.records[1] as never, id('update')));
    expect(releasedUpdate(ledger, request(0))).toBe(id('update'));
    expect(() => reserve(ledger, request(0), 8)).toThrow(
      expect.objectContaining({ code: 'duplicate', detail: expect.objectContaining({ got: id('update') }) }),
    );
    expect(reserve(ledger, request(0, { stateRound: 1 }), 8).seq).toBe(3); // a state that came twice is two
  });

  test('releasing neither charges nor gives back, and happens once', () => {
    let ledger = pay(empty, request(0));
    const before = spent(ledger, 'rows-1', 1e-5);
    const paid = ledger.records[0] as ReturnType<typeof reserve>;
    ledger = extend(ledger, release(ledger, paid, id('update')));
    expect(spent(ledger, 'rows-1', 1e-5)).toBe(before);
    expect(before).toBeGreaterThan(0);
    expect(() => release(ledger, paid, id('second update'))).toThrow(expect.objectContaining({ code: 'duplicate' }));
    expect(() => release(empty, paid, id('update'))).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test.each([
    ['rate', { rate: 1.5 }],
    ['rate', { rate: Number.NaN }],
    ['sigma', { sigma: -1 }],
    ['delta', { delta: 0 }],
    ['clip', { clip: 0 }],
    ['account', { account: '' }],
    ['fed', { fed: 'short' as Hash }],
    ['stateRound', { stateRound: -1 }],
  ])('a bad %s is refused', (field, change) => {
    expect(() => reserve(empty, request(0, change), 8)).toThrow(
      expect.objectContaining({ code: 'field-invalid', detail: expect.objectContaining({ field }) }),
    );
  });

  test('no noise and no budget buy nothing', () => {
    expect(() => reserve(empty, request(0, { sigma: 0 }), 8)).toThrow(expect.objectContaining({ code: 'budget-spent' }));
    expect(() => reserve(empty, request(0), 0)).toThrow(expect.objectContaining({ code: 'budget-spent' }));
    expect(() => reserve(empty, request(0), Number.NaN)).toThrow(expect.objectContaining({ code: 'budget-spent' }));
  });
});

describe('the chain', () => {
  test('survives JSON, and opens to the same ledger', () => {
    const ledger = sample();
    const again = openLedger(JSON.parse(JSON.stringify(ledger.records)) as unknown[]);
    expect(again).toEqual(ledger);
    expect(head(again)).toBe(head(ledger));
  });

  test('any changed field of any record is found, and the record named', () => {
    const { records } = sample();
    let tried = 0;
    for (const [seq, record] of records.entries()) {
      for (const [field, value] of Object.entries(record)) {
        const changed = typeof value === 'number' ? value + 1 : field === 'kind' ? 'refund' : id(`not ${value}`);
        const forged = records.map((r, i) => (i === seq ? { ...r, [field]: changed } : r));
        expect(() => openLedger(forged), `${seq}.${field}`).toThrow(
          expect.objectContaining({
            code: 'conflict',
            detail: expect.objectContaining({ field: expect.stringMatching(new RegExp(`^budget\\.${seq}\\.`)) }),
          }),
        );
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(40);
  });

  test('a record that is re-hashed, dropped, doubled, swapped or widened is found', () => {
    const { records } = sample();
    const { hash: _, ...cheaper } = { ...records[0]!, sigma: 100 };
    const rehashed = { ...cheaper, hash: bodyHash('budget', cheaper) };
    const { hash: __, ...ahead } = { ...records[3]!, seq: 7 };
    const broken: unknown[][] = [
      [...records.slice(0, 3), { ...ahead, hash: bodyHash('budget', ahead) }],
      [rehashed, ...records.slice(1)],
      records.slice(1),
      [records[0], records[0], ...records.slice(1)],
      [records[1], records[0], ...records.slice(2)],
      [{ ...records[0], note: 'more' }, ...records.slice(1)],
      [...records, null],
      [...records, 'text'],
    ];
    for (const list of broken) expect(() => openLedger(list)).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  test('a release needs its own earlier reservation', () => {
    const forge = (reservation: number, ledger: Ledger): BudgetRecord => {
      const content = { kind: 'release' as const, seq: ledger.records.length, prev: head(ledger), reservation, update: id('u') };
      return { ...content, hash: bodyHash('budget', content) };
    };
    const ledger = sample();
    expect(() => extend(ledger, forge(1, ledger))).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(() => extend(ledger, forge(0, ledger))).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(() => extend(ledger, forge(9, ledger))).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(extend(ledger, forge(2, ledger)).records).toHaveLength(5);
  });

  test('two tabs that reserve at once cannot both extend', () => {
    const first = reserve(empty, request(0), 8);
    const second = reserve(empty, request(1), 8);
    expect(() => extend(extend(empty, first), second)).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  test('a salted head depends on the head and the salt', () => {
    const [salt, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const ledger = sample();
    expect(saltedHead(ledger, salt)).toBe(saltedHead(sample(), salt));
    expect(new Set([saltedHead(ledger, salt), saltedHead(ledger, other), saltedHead(empty, salt), head(ledger), head(empty)]).size).toBe(5);
    expect(() => saltedHead(ledger, new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'wrong-length' }));
  });
});

describe('updates that others have seen', () => {
  const mechanism = { rate: 0.05, sigma: 2, coordinates: 10, gridBits: 16 };
  const seen = (...names: string[]) => names.map((name) => id(name));

  test('and this ledger does not know cost a round each, for every account, and are known from then on', () => {
    const ledger = sample();
    const found = witness(ledger, id('a federation'), mechanism, seen('update 0', 'lost 1', 'lost 2', 'lost 1'))!;
    expect(found.updates).toEqual(seen('lost 1', 'lost 2'));
    const after = extend(ledger, found);
    for (const account of ['rows-1', 'rows-2', 'rows-3']) {
      const sum = (rounds: readonly { readonly rounds: number }[]) => rounds.reduce((n, phase) => n + phase.rounds, 0);
      expect(sum(paidBy(after, account)) - sum(paidBy(ledger, account))).toBe(2);
      expect(spent(after, account, 1e-5)).toBeGreaterThan(spent(ledger, account, 1e-5));
    }
    expect(witness(after, id('a federation'), mechanism, seen('update 0', 'lost 1', 'lost 2'))).toBeNull();
    expect(openLedger(after.records).records).toEqual(after.records);
  });

  test('are refused twice, and as a record that counts nothing', () => {
    const ledger = extend(empty, witness(empty, id('a federation'), mechanism, seen('lost 1'))!);
    const { seq: _seq, prev: _prev, hash: _hash, ...again } = ledger.records[0] as never as Record<string, unknown>;
    for (const updates of [seen('lost 1'), seen('lost 2', 'lost 2'), []]) {
      const record = seal(ledger, { ...again, updates } as never);
      expect(() => extend(ledger, record)).toThrow(expect.objectContaining({ code: 'conflict' }));
    }
  });
});
