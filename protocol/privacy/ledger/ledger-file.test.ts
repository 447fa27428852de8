import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../../codec.ts';
import { MeshError } from '../../errors.ts';
import { generateKeyPair, identityOf, type Identity } from '../../identity.ts';
import { extend, merge, openLedger, paidBy, release, reserve, signRecord, spent, type Ledger } from './budget.ts';
import { guaranteeOf, type GridPhase } from '../accountants.ts';
import { epsilonOf } from '../rdp.ts';
import { additionOf, readLedgerFile, writeLedgerFile } from './ledger-file.ts';
import { refusal } from '../../testing/refusal.ts';

const DELTA = 1e-5;
const id = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const terms = { fed: id('fed'), unit: 'example' as const, rate: 0.05, sigma: 2, clip: 1, delta: DELTA };
const bill = (rounds: number) => (rounds === 0 ? 0 : epsilonOf([{ rate: 0.05, sigma: 2, rounds }], DELTA).epsilon);

let here: Identity;
let there: Identity;
beforeAll(async () => {
  [here, there] = await Promise.all([newIdentity(), newIdentity()]);
});
const newIdentity = async () => identityOf(await generateKeyPair(false));

let states = 0;
async function pay(by: Identity, ledger: Ledger, account: string, rounds: number, grid = {}): Promise<Ledger> {
  let grown = ledger;
  for (let i = 0; i < rounds; i++) {
    const state = id(`state ${states++}`);
    grown = extend(grown, await signRecord(by, reserve(grown, { ...terms, ...grid, account, state, stateRound: i }, 100)));
  }
  return grown;
}

/** Reads a file and does what it adds. */
async function count(by: Identity, ledger: Ledger, text: string, mine: boolean): Promise<Ledger> {
  const file = await readLedgerFile(text);
  let grown = ledger;
  for (const accounts of additionOf(grown, by.id, file, mine).merges) {
    const record = merge(grown, accounts);
    if (record !== null) grown = extend(grown, await signRecord(by, record));
  }
  const { record } = additionOf(grown, by.id, file, mine);
  return record === null ? grown : extend(grown, await signRecord(by, record));
}

describe('a ledger of another origin of the same person', () => {
  it('is refused unless they say that it is theirs, and then counts for every account, in addition', async () => {
    const own = await pay(here, openLedger([]), 'a', 2);
    const file = await writeLedgerFile(there, await pay(there, await pay(there, openLedger([]), 'x', 3), 'y', 1));
    await expect(count(here, own, file, false)).rejects.toMatchObject({ code: 'conflict', detail: { field: 'ledger.by', got: there.id } });
    const grown = await count(here, own, file, true);
    expect(spent(grown, 'a', DELTA)).toBe(bill(6));
    expect(spent(grown, 'never seen', DELTA)).toBe(bill(4));
    expect(openLedger(JSON.parse(JSON.stringify(grown.records)))).toEqual(grown);
  });

  it('counts once, and later only what has come since', async () => {
    let other = await pay(there, openLedger([]), 'x', 3);
    const first = await writeLedgerFile(there, other);
    let own = await count(here, openLedger([]), first, true);
    own = await count(here, own, first, true);
    expect(spent(own, 'a', DELTA)).toBe(bill(3));
    other = await pay(there, other, 'x', 2);
    own = await count(here, own, await writeLedgerFile(there, other), true);
    expect(spent(own, 'a', DELTA)).toBe(bill(5));
    await expect(count(here, own, first, true)).rejects.toMatchObject({ code: 'stale' });
  });

  it('whose records parted from those that were counted is counted from there on, rather twice than never', async () => {
    const common = await pay(there, openLedger([]), 'x', 2);
    const [left, right] = [await pay(there, common, 'x', 1), await pay(there, common, 'x', 2)];
    let own = await count(here, openLedger([]), await writeLedgerFile(there, left), true);
    own = await count(here, own, await writeLedgerFile(there, right), true);
    expect(spent(own, 'a', DELTA)).toBe(bill(7));
  });

  it('is not counted twice on its way back', async () => {
    const a = await pay(here, openLedger([]), 'a', 2);
    let b = await count(there, await pay(there, openLedger([]), 'x', 3), await writeLedgerFile(here, a), true);
    const grown = await count(here, a, await writeLedgerFile(there, b), true);
    expect(spent(grown, 'a', DELTA)).toBe(bill(5));
    b = await count(there, b, await writeLedgerFile(here, grown), true);
    expect(spent(b, 'x', DELTA)).toBe(bill(5));
  });
});

describe('an older or another state of the same ledger', () => {
  it('adds nothing where it is a part of this one', async () => {
    const before = await pay(here, openLedger([]), 'a', 2);
    const file = await writeLedgerFile(here, before);
    const now = await pay(here, before, 'a', 1);
    expect(additionOf(now, here.id, await readLedgerFile(file), false)).toEqual({ merges: [], record: null });
  });

  it('of a profile that was put back is counted by account, with the accounts that it had joined', async () => {
    const common = await pay(here, await pay(here, openLedger([]), 'a', 2), 'b', 1);
    let lost = await pay(here, common, 'a', 3);
    lost = extend(lost, await signRecord(here, merge(lost, ['a', 'b'])!));
    const grown = await count(here, await pay(here, common, 'c', 1), await writeLedgerFile(here, lost), false);
    expect([spent(grown, 'a', DELTA), spent(grown, 'b', DELTA), spent(grown, 'c', DELTA)]).toEqual([bill(6), bill(6), bill(1)]);
  });
});

describe('a ledger file', () => {
  it('keeps a ledger of before there were signatures, under the signature of the whole', async () => {
    let older = openLedger([]);
    for (let i = 0; i < 2; i++)
      older = extend(older, reserve(older, { ...terms, account: 'a', state: id(`old ${i}`), stateRound: i }, 100));
    const { ledger } = await readLedgerFile(await writeLedgerFile(here, await pay(here, older, 'a', 1)));
    expect(spent(ledger, 'a', DELTA)).toBe(bill(3));
  });

  it('that was cut, signed by nobody, or is another’s under a new name is refused', async () => {
    const text = await writeLedgerFile(there, await pay(there, openLedger([]), 'x', 3));
    const file = JSON.parse(text) as { records: unknown[]; head: string; by: string };
    const cut = { ...file, records: file.records.slice(0, 2), head: (file.records[1] as { hash: string }).hash };
    const cases = [
      [cut, 'signature-invalid', 'ledger.sig'],
      [{ ...file, records: file.records.slice(0, 2) }, 'conflict', 'ledger.head'],
      [{ ...file, by: here.id }, 'conflict', 'budget.0.by'],
      [{ ...file, by: 'nobody' }, 'field-invalid', 'ledger.by'],
      [{ ...file, sig: 'AAAA' }, 'signature-invalid', 'ledger.sig'],
      [{ ...file, version: 2 }, 'field-invalid', 'ledger'],
      [{ ...file, records: file.records.toReversed() }, 'conflict', 'budget.0.seq'],
    ] as const;
    for (const [value, code, field] of cases) {
      await expect(readLedgerFile(JSON.stringify(value))).rejects.toMatchObject({ code, detail: { field } });
    }
    await expect(readLedgerFile(' '.repeat(2 ** 24 + 1))).rejects.toMatchObject({ code: 'file-too-large' });
  });

  it('of any content gives a named error, and never a ledger that pays less', async () => {
    const text = await writeLedgerFile(there, await pay(there, openLedger([]), 'x', 2));
    const cuts = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 12 }));
    const garbled = cuts.map(([at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone));
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbled, fc.string(), fc.json()), async (input) => {
        const read = await readLedgerFile(input).catch(refusal);
        expect(read instanceof MeshError || spent(read.ledger, 'x', DELTA) === bill(2)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what a ledger tells the accountants', () => {
  it('is the grid of the noise where every record has it, and less where one has not', async () => {
    const grid = { coordinates: 1000, gridBits: 16 };
    const ledger = await pay(here, openLedger([]), 'a', 3, grid);
    const phases = paidBy(ledger, 'a');
    expect(phases).toEqual([{ rate: 0.05, sigma: 2, rounds: 3, ...grid }]);
    expect(guaranteeOf(phases as GridPhase[], DELTA).epsilon).toBeLessThanOrEqual(spent(ledger, 'a', DELTA));
    const older = await pay(here, ledger, 'a', 1);
    expect(paidBy(older, 'a')).toEqual([
      { rate: 0.05, sigma: 2, rounds: 3, ...grid },
      { rate: 0.05, sigma: 2, rounds: 1 },
    ]);
  });

  it('costs about the same for each record, however long the ledger is', () => {
    const grow = (rounds: number) => {
      let ledger = openLedger([]);
      const began = process.cpuUsage();
      for (let i = 0; i < rounds; i++) {
        const paid = reserve(ledger, { ...terms, account: 'a', state: id(`s ${i}`), stateRound: i }, 1e6);
        ledger = extend(ledger, paid);
        ledger = extend(ledger, release(ledger, paid, id(`u ${i}`)));
      }
      const { user, system } = process.cpuUsage(began); // of this process: what others take of the core is not its cost
      return { us: (user + system) / rounds, ledger };
    };
    grow(200);
    const [short, long] = [grow(400), grow(4000)];
    expect(long.ledger.records).toHaveLength(8000);
    expect(long.us / short.us).toBeLessThan(4); // ten times the records; a search through all of them is ten times the time each
  });
});
