import { beforeAll, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import { networkOf, type Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { encodeState, initialState } from '#protocol/model/state';
import type { BudgetRecord, BudgetStore } from '#protocol/privacy/ledger/budget';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import type { Storage } from '#protocol/driver/ports';
import { Account } from '../ledger/account.ts';
import type { LedgerDeps } from '../ledger/ledger-book.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { memoryLedgerKeys } from '../platform/memory-stores.ts';
import { makePaidUpdate } from './paid-update.ts';
import type { TrainerEndpoint } from '../rows/trainer-endpoint.ts';

const ROWS = hashBytes(new Uint8Array([1]));
const OTHER_ROWS = hashBytes(new Uint8Array([2]));
type Point = 'reserve' | 'compute' | 'keep' | 'release';

let manifest: Manifest;
let bytes: Uint8Array;
beforeAll(async () => {
  const steward = await identityOf(await generateKeyPair(false));
  manifest = await openManifest(await signBody(steward, { ...manifestFixture(), steward: steward.id }));
  const network = networkOf(manifest.body);
  bytes = encodeState(network, initialState(network, 'test'));
});

/** A device whose disk outlives every crash, with a trainer that never makes the same vector twice. */
class Device {
  readonly records: BudgetRecord[] = [];
  readonly cellsKept = new Map<string, unknown>();
  computed = 0;
  /** Dies just before this is done, or just after. */
  crash: { readonly at: Point; readonly when: 'before' | 'after' } | null = null;

  #pass(at: Point, when: 'before' | 'after'): void {
    if (this.crash?.at === at && this.crash.when === when) throw new Error(`crash ${when} ${at}`);
  }

  readonly #keep = memoryLedgerKeys();

  /** As after a start: what is open is read from the disk. */
  deps(): LedgerDeps {
    const budget: BudgetStore = {
      read: async () => structuredClone(this.records),
      append: async (record) => {
        if (record.kind !== 'reserve' && record.kind !== 'release') throw new Error(`no ${record.kind} is expected`);
        this.#pass(record.kind, 'before');
        this.now += this.writeMs();
        this.records.push(structuredClone(record));
        this.#pass(record.kind, 'after');
      },
    };
    return { budget, ledger: this.#keep };
  }

  readonly storage: Pick<Storage, 'cells' | 'write'> = {
    cells: { read: async () => structuredClone(this.cellsKept) },
    write: async ({ puts = [] }) => {
      this.#pass('keep', 'before');
      this.now += this.writeMs();
      for (const { key, value } of puts) this.cellsKept.set(key, structuredClone(value));
      this.#pass('keep', 'after');
    },
  };
  /** Milliseconds: a lot's, and what each write takes. */
  now = 0;
  lotMs = 0;
  writeMs: () => number = () => 0;
  readonly clock = {
    now: () => this.now,
    timer: (ms: number, call: () => void) => {
      this.now += ms;
      queueMicrotask(call);
      return () => {};
    },
  };
  readonly trainer = {
    pace: async () => ({ ok: true, value: 150 }),
    makeUpdate: async () => {
      this.now += this.lotMs;
      this.#pass('compute', 'before');
      expect(this.reserved()).toBeGreaterThan(this.computed); // paid for, durably, before a row is drawn
      const vector = new Uint8Array([++this.computed, 0, 0, 0]);
      this.#pass('compute', 'after');
      return { ok: true, value: vector };
    },
  } as unknown as TrainerEndpoint;

  reserved(): number {
    return this.records.filter((r) => r.kind === 'reserve').length;
  }

  released(): number {
    return this.records.filter((r) => r.kind === 'release').length;
  }

  async update(stateRound = 0, digest = ROWS): Promise<Uint8Array> {
    const account = await Account.open(this.deps(), digest);
    const { storage, trainer, clock } = this;
    const { vector, turn } = await makePaidUpdate(
      { state: hashBytes(bytes), stateRound, bytes },
      { manifest, account, epsilon: 1, storage, trainer, clock },
    );
    await turn();
    return vector;
  }

  /** When updates of some rounds leave, counted from when they were asked for. */
  async leaving(lotMs: number, writes: string, rounds = 40): Promise<number[]> {
    const words = new RandomWords(seededBytes(writes));
    this.lotMs = lotMs;
    this.writeMs = () => 2 + (words.word() >>> 0) / 2 ** 30; // 2 to 6 ms, as a disk likes
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const asked = this.now;
      await this.update(round);
      times.push(this.now - asked);
    }
    return times;
  }
}

describe('an update that is paid for', () => {
  const POINTS = (['reserve', 'compute', 'keep', 'release'] as const).flatMap((at) => [
    { at, when: 'before' } as const,
    { at, when: 'after' } as const,
  ]);

  it.each(POINTS)('survives a crash $when $at: one update leaves, and every computed one was paid', async ({ at, when }) => {
    const device = new Device();
    device.crash = { at, when };
    await expect(device.update()).rejects.toThrow('crash');
    const [paid, made] = [device.reserved(), device.computed];
    const kept = device.cellsKept.has('made');
    device.crash = null;
    const first = await device.update();
    // What was kept is given out as it is; what was not never left, and is paid for again.
    expect(device.computed).toBe(kept ? made : made + 1);
    expect(device.reserved()).toBe(kept ? paid : paid + 1);
    expect(device.released()).toBe(1);
    expect(await device.update()).toEqual(first);
    expect(device.released()).toBe(1);
    expect(device.records.find((r) => r.kind === 'release')?.update).toBe(hashBytes(first));
  });

  it('is the same for other rows from the same state, and those pay nothing', async () => {
    const device = new Device();
    const first = await device.update();
    expect(await device.update(0, OTHER_ROWS)).toEqual(first);
    expect(device.records.filter((r) => r.kind === 'reserve' && r.account === OTHER_ROWS)).toEqual([]);
    expect(await device.update(1, OTHER_ROWS)).not.toEqual(first);
    expect(device.reserved()).toBe(2);
  });

  it('leaves at times that say nothing of its lot: none, 50 rows or 800', async () => {
    // 0.13 ms per row, as was measured where 50 rows took 7 ms and 800 took 102.
    const [none, few, many] = [
      await new Device().leaving(0, 'disk'),
      await new Device().leaving(7, 'disk'),
      await new Device().leaving(102, 'disk'),
    ];
    expect(few).toEqual(none);
    expect(many).toEqual(none);
    expect(new Set(none.map(Math.round)).size).toBeGreaterThan(3); // the disk's part is there, and is the same
    expect(Math.max(...none)).toBeLessThan(150 + 4 * 6);
  });

  it('that a crash kept here leaves no sooner than one that is made', async () => {
    const device = new Device();
    device.crash = { at: 'release', when: 'before' };
    await expect(device.update()).rejects.toThrow('crash');
    device.crash = null;
    const asked = device.now;
    await device.update();
    expect([device.computed, device.now - asked]).toEqual([1, 150]);
  });

  it('is not computed once the budget is spent', async () => {
    const device = new Device();
    const account = await Account.open(device.deps(), ROWS);
    const deps = { manifest, account, epsilon: 0.001, storage: device.storage, trainer: device.trainer };
    const tried = makePaidUpdate({ state: hashBytes(bytes), stateRound: 0, bytes }, deps);
    await expect(tried).rejects.toMatchObject({ code: 'budget-spent' });
    expect([device.reserved(), device.computed]).toEqual([0, 0]);
  });
});
