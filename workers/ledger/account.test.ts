import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import type { MeshError } from '#protocol/errors';
import type { Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { openSignedLedger, type BudgetRecord } from '#protocol/privacy/ledger/budget';
import { guaranteeOf } from '#protocol/privacy/accountants';
import { filteredEpsilon } from '#protocol/privacy/filter';
import { epsilonOf } from '#protocol/privacy/rdp';
import { roundCurve } from '#protocol/privacy/round-curve';
import { Account } from './account.ts';
import type { LedgerDeps } from './ledger-book.ts';
import { LedgerBook } from './ledger-book.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { memoryLedgerKeys } from '../platform/memory-stores.ts';
import { rowIdsOf, type RowMarks, type RowScope } from './row-ids.ts';

const DELTA = 1e-5;
const FEW_ROWS = 40;

let manifest: Manifest;
beforeAll(async () => {
  const steward = await identityOf(await generateKeyPair(false));
  manifest = await openManifest(await signBody(steward, { ...manifestFixture(), steward: steward.id }));
});

/** Rows are numbers here; `form` is the encoding of a federation. */
function marksOf(rows: readonly number[], form = 0, raw = true): RowMarks {
  const encoded = new Uint8Array(rows.length * 32);
  const cells = new Uint8Array(rows.length * 8);
  for (const [i, row] of rows.entries()) {
    encoded[i * 32] = form + 1;
    new DataView(encoded.buffer).setUint32(i * 32 + 1, row);
    new DataView(cells.buffer).setUint32(i * 8, row);
  }
  return { rows: rows.length, encoded, ...(raw ? { raw: cells } : {}) };
}

/** A device whose disk outlives its reloads. */
class Disk {
  readonly records: BudgetRecord[] = [];
  readonly ledger = memoryLedgerKeys();
  #states = 0;

  /** As after a reload. */
  deps(): LedgerDeps {
    const budget = {
      read: async () => structuredClone(this.records),
      append: async (record: BudgetRecord) => void this.records.push(structuredClone(record)),
    };
    return { budget, ledger: this.ledger };
  }

  async load(marks: RowMarks, scope: RowScope = 'own'): Promise<Account> {
    const ids = await rowIdsOf(await this.ledger.rowKey(), scope, marks);
    return Account.ofRows(this.deps(), ids, hashBytes(marks.encoded), scope);
  }

  async train(marks: RowMarks, rounds: number, scope: RowScope = 'own'): Promise<Account> {
    const account = await this.load(marks, scope);
    await account.claim();
    for (let i = 0; i < rounds; i++) await this.pay(account);
    return account;
  }

  pay(account: Account, crash = false): Promise<unknown> {
    const state = hashBytes(new Uint8Array([++this.#states, this.#states >> 8]));
    const compute = async () => {
      if (crash) throw new Error('crash');
      return { vector: new Uint8Array([this.#states]) };
    };
    return account.pay(manifest, state, this.#states, 100, compute, async () => {});
  }
}

/** A federation without a model or anybody else in its room. */
const FRESH = { models: 0, others: 0 };

function bill(rounds: number): number {
  const { rate, sigma } = manifest.body.privacy;
  return rounds === 0 ? 0 : epsilonOf([{ rate, sigma, rounds }], DELTA).epsilon;
}

describe('the account of rows', () => {
  it('is the same for the same rows, in another order, a part of them, or with one changed', async () => {
    const disk = new Disk();
    await disk.train(marksOf([1, 2, 3, 4]), 3);
    for (const rows of [[4, 3, 2, 1], [2], [1, 2, 3, 99], [50, 51, 52, 4]]) {
      const again = await disk.load(marksOf(rows));
      expect(again.spent(DELTA)).toBe(bill(3));
      expect(again.found).toMatchObject({ accounts: 1, known: rows.filter((row) => row < 5).length });
    }
    expect((await disk.load(marksOf([50, 51]))).spent(DELTA)).toBe(0);
  });

  it('is the same in a federation that encodes rows differently, and in one whose file has another column', async () => {
    const disk = new Disk();
    await disk.train(marksOf([1, 2]), 2);
    expect((await disk.load(marksOf([1, 2], 7))).spent(DELTA)).toBe(bill(2));
    const { encoded, rows } = marksOf([1, 2]);
    expect((await disk.load({ rows, encoded, raw: new Uint8Array(16).fill(9) })).spent(DELTA)).toBe(bill(2));
    expect((await disk.load(marksOf([1, 2], 7, false))).spent(DELTA)).toBe(0); // nothing left to recognise them by
  });

  it('spreads to rows that came with known ones', async () => {
    const disk = new Disk();
    await disk.train(marksOf([1, 2]), 1);
    await disk.train(marksOf([2, 3]), 1);
    expect((await disk.load(marksOf([3]))).spent(DELTA)).toBe(bill(2));
  });

  it('joins accounts whose rows meet: the bill is what both have paid, even before the claim, and for good', async () => {
    const disk = new Disk();
    await disk.train(marksOf([1]), 2);
    await disk.train(marksOf([2]), 3);
    const both = await disk.load(marksOf([1, 2, 3]));
    expect(both.found).toEqual({ known: 2, accounts: 2, others: false });
    expect(both.spent(DELTA)).toBe(bill(5));
    expect(disk.records.filter((r) => r.kind === 'merge')).toEqual([]); // nobody has agreed to anything
    await both.claim();
    expect(disk.records.filter((r) => r.kind === 'merge')).toHaveLength(1);
    for (const row of [1, 2, 3]) expect((await disk.load(marksOf([row]))).spent(DELTA)).toBe(bill(5));
  });

  it('joins more accounts than one record holds', async () => {
    const disk = new Disk();
    const rows = Array.from({ length: 70 }, (_, i) => i);
    for (const row of rows) await disk.train(marksOf([row]), 1);
    await (await disk.load(marksOf(rows))).claim();
    expect(disk.records.filter((r) => r.kind === 'merge')).toHaveLength(2);
    expect((await disk.load(marksOf([69]))).spent(DELTA)).toBe(bill(70));
  });

  it('is separate if a person says that the rows are other people’s, and is found again too', async () => {
    const disk = new Disk();
    await disk.train(marksOf([1, 2]), 4);
    const others = await disk.train(marksOf([1, 2]), 1, 'others');
    expect(others.found.others).toBe(true);
    expect(others.spent(DELTA)).toBe(bill(1));
    expect((await disk.load(marksOf([2, 9]), 'others')).spent(DELTA)).toBe(bill(1));
    expect((await disk.load(marksOf([1, 2]))).spent(DELTA)).toBe(bill(4));
  });

  it('from before rows had names is found by the digest of all rows, and continues', async () => {
    const disk = new Disk();
    const marks = marksOf([1, 2]);
    const older = await Account.open(disk.deps(), hashBytes(marks.encoded));
    await disk.pay(older);
    const account = await disk.load(marks);
    expect(account.spent(DELTA)).toBe(bill(1));
    await account.claim();
    expect((await disk.load(marksOf([2]))).spent(DELTA)).toBe(bill(1));
  });

  it('pays for an update that a crash swallowed', async () => {
    const disk = new Disk();
    const account = await disk.train(marksOf([1]), 0);
    await expect(disk.pay(account, true)).rejects.toThrow('crash');
    expect((await disk.load(marksOf([1]))).spent(DELTA)).toBe(bill(1));
  });

  it('never shrinks, whatever is loaded, joined, paid or crashes, and a row pays for all rows that it was ever with', async () => {
    const row = fc.integer({ min: 0, max: FEW_ROWS - 1 });
    const step = fc.record({
      rows: fc.uniqueArray(row, { minLength: 1, maxLength: 4 }),
      form: fc.integer({ min: 0, max: 2 }),
      claims: fc.boolean(),
      pays: fc.integer({ min: 0, max: 2 }),
      crash: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 9 }), async (steps) => {
        const disk = new Disk();
        /** For each row, the rounds paid by rows that it was ever together with, directly or through others. */
        const groups: { rows: Set<number>; rounds: number }[] = [];
        for (const { rows, form, claims, pays, crash } of steps) {
          const touched = groups.filter((group) => rows.some((one) => group.rows.has(one)));
          const rounds = touched.reduce((sum, group) => sum + group.rounds, 0);
          const account = await disk.load(marksOf(rows, form));
          expect(account.spent(DELTA)).toBe(bill(rounds));
          if (!claims) continue;
          await account.claim();
          for (let i = 0; i < pays; i++) await disk.pay(account, crash && i === pays - 1).catch(() => {});
          for (const group of touched) groups.splice(groups.indexOf(group), 1);
          groups.push({ rows: new Set([...rows, ...touched.flatMap((group) => [...group.rows])]), rounds: rounds + pays });
          for (const group of groups) {
            const [one] = group.rows;
            expect((await disk.load(marksOf([one!], 5))).spent(DELTA)).toBe(bill(group.rounds));
          }
        }
        await openSignedLedger(disk.records, (await disk.ledger.identity()).id);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a damaged ledger', () => {
  async function paid(): Promise<Disk> {
    const disk = new Disk();
    await disk.train(marksOf([1]), 3);
    return disk;
  }

  it('is refused with the record that does not fit: changed, removed, unsigned, or another device’s', async () => {
    const [disk, stranger] = [await paid(), await paid()];
    const { records } = disk;
    const open = (list: readonly unknown[]) => {
      const budget = { read: async () => list, append: async () => {} };
      return LedgerBook.open({ budget, ledger: disk.ledger });
    };
    const last = records.at(-1)!;
    const { by: _by, sig: _sig, ...unsigned } = last;
    const cases: [readonly unknown[], string, string][] = [
      [records.with(2, { ...records[2]!, sigma: 50 } as never), 'conflict', 'budget.2.hash'],
      [records.toSpliced(1, 1), 'conflict', 'budget.1.seq'],
      [records.with(last.seq, unsigned as never), 'conflict', `budget.${last.seq}.sig`],
      [records.with(last.seq, { ...last, sig: records[0]!.sig! }), 'signature-invalid', `budget.${last.seq}.sig`],
      [records.with(last.seq, { ...last, sig: '='.repeat(86) }), 'signature-invalid', `budget.${last.seq}.sig`],
      [records.with(last.seq, { ...last, by: stranger.records[0]!.by! }), 'conflict', `budget.${last.seq}.by`],
      [stranger.records, 'conflict', 'budget.0.by'],
    ];
    for (const [list, code, field] of cases) await expect(open(list)).rejects.toMatchObject({ code, detail: { field } });
    await expect(open(records)).resolves.toBeInstanceOf(LedgerBook);
  });

  it('grows by records of several callers in its own order', async () => {
    const disk = new Disk();
    const account = await disk.train(marksOf([1]), 0);
    await Promise.all([disk.pay(account), disk.pay(account), disk.pay(account)]);
    expect(account.spent(DELTA)).toBe(bill(3));
    await openSignedLedger(disk.records, (await disk.ledger.identity()).id);
  });
});

describe('what an account has paid, by every valid accountant', () => {
  /** Pays for rounds until the account refuses. @returns how many */
  async function paidUntilRefused(disk: Disk, account: Account, limit: number, terms = manifest): Promise<number> {
    for (let paid = 0; ; paid++) {
      const state = hashBytes(new TextEncoder().encode(`until ${disk.records.length}`));
      const made = account.pay(
        terms,
        state,
        paid,
        limit,
        async () => ({ vector: new Uint8Array([1]) }),
        async () => {},
      );
      const refused = await made.then(
        () => null,
        (error: MeshError) => error,
      );
      if (refused === null) continue;
      expect(refused.code).toBe('budget-spent');
      return paid;
    }
  }

  it('is one number: the figure shown also decides, and every offered round can be paid for', async () => {
    for (const curved of [false, true]) {
      const disk = new Disk();
      const account = await disk.load(marksOf([1, 2]));
      await account.claim();
      if (curved) account.countBy(roundCurve(account.curveTerms(manifest)!));
      const limit = 0.4;
      const offered = account.promise(manifest, limit, FRESH).rounds;
      let last = 0;
      expect(await paidUntilRefused(disk, account, limit)).toBe(offered);
      expect(account.promise(manifest, limit, FRESH).rounds).toBe(0);
      expect(account.spent(DELTA)).toBeLessThanOrEqual(limit);
      expect(account.spent(DELTA)).toBeGreaterThan(last);
      last = account.spent(DELTA);
      const { rate, sigma } = manifest.body.privacy;
      const terms = { rate, sigma, coordinates: 33, gridBits: 16, rounds: offered };
      expect(last).toBeCloseTo(curved ? guaranteeOf([terms], DELTA).pld!.epsilon : bill(offered), curved ? 3 : 12);
    }
  });

  it('drops when the loss distribution finds room: a refusal ends, and no figure falls below a valid bound', async () => {
    const disk = new Disk();
    const account = await disk.load(marksOf([1, 2]));
    await account.claim();
    const limit = 0.4;
    const byRenyi = await paidUntilRefused(disk, account, limit);
    const before = account.spent(DELTA);
    account.countBy(roundCurve(account.curveTerms(manifest)!));
    expect(account.spent(DELTA)).toBeLessThan(before);
    const more = account.promise(manifest, limit, FRESH).rounds;
    expect(more).toBeGreaterThan(0);
    expect(await paidUntilRefused(disk, account, limit)).toBe(more);
    expect(byRenyi + more).toBeLessThan(manifest.body.privacy.rounds);
    expect(account.curveTerms(manifest)).toBeNull(); // the same question
  });

  it('falls back to the Renyi filter once rounds with other settings are among them', async () => {
    const disk = new Disk();
    const account = await disk.train(marksOf([1, 2]), 3);
    account.countBy(roundCurve(account.curveTerms(manifest)!));
    const curved = account.spent(DELTA);
    expect(curved).toBeLessThan(bill(3));
    const other: Manifest = { ...manifest, body: { ...manifest.body, privacy: { ...manifest.body.privacy, sigma: 8 } } };
    expect(account.curveTerms(other)).toBeNull();
    const { rate, sigma } = manifest.body.privacy;
    const left = account.promise(other, 0.6, FRESH).rounds;
    expect(await paidUntilRefused(disk, account, 0.6, other)).toBe(left);
    const phases = [
      { rate, sigma, rounds: 3 },
      { rate, sigma: 8, rounds: left },
    ];
    expect(account.spent(DELTA)).toBe(filteredEpsilon(phases, DELTA).epsilon);
    expect(account.spent(DELTA)).toBeLessThanOrEqual(0.6);
  });

  it('keeps the smallest delta that it agreed to: another founder’s larger one buys no rounds', async () => {
    const withDelta = (delta: number): Manifest => ({
      ...manifest,
      body: { ...manifest.body, privacy: { ...manifest.body.privacy, delta } },
    });
    const [strict, loose] = [withDelta(1e-8), withDelta(1e-4)];
    const disk = new Disk();
    const account = await disk.load(marksOf([1, 2]));
    await account.claim();
    const fresh = account.promise(loose, 1, FRESH).rounds;
    const paid = await paidUntilRefused(disk, account, 1, strict);
    expect(fresh).toBeGreaterThan(paid);
    expect(account.promise(loose, 1, FRESH).rounds).toBe(0);
    expect(await paidUntilRefused(disk, account, 1, loose)).toBe(0);
    expect(account.spent(1e-4)).toBe(account.spent(1e-8));
    expect(account.curveTerms(loose)?.delta).toBe(1e-8);
    // Rows that are joined with them share their promise; other rows have their own.
    const joined = await disk.train(marksOf([2, 3]), 0);
    expect(joined.promise(loose, 1, FRESH).rounds).toBe(0);
    expect((await disk.load(marksOf([9]))).promise(loose, 1, FRESH).rounds).toBe(fresh);
    const other = await disk.train(marksOf([9]), 0);
    await disk.pay(other); // at 1e-5
    const both = await disk.train(marksOf([1, 9]), 0);
    expect((await disk.load(marksOf([9]))).spent(1e-5)).toBe(both.spent(1e-8));
  });
});
