/**
 * Looks for this device's rounds that its ledger has forgotten, because a profile was restored from a copy or is used in two places. Before
 * anything is paid for in a federation, its records must have been read without a gap from the last round that the ledger knows to the head
 * (witnessed.ts). Until then nothing is paid there; other federations continue, and the page says what it waits for. Findings count for
 * every account: provisionally at first, in writing once the person has agreed to the federation's terms.
 */
import type { Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import { idOf, type Signed } from '#protocol/identity';
import { updateLength, type Manifest } from '#protocol/manifest/manifest';
import { isPaidFor, settle, updateKey, witness, type Ledger } from '#protocol/privacy/ledger/budget';
import type { PaidPhase } from '#protocol/privacy/rdp';
import { claimedOf, firstPlace, reaches, type Place } from '#protocol/round/chain';
import type { CertifiedRecord, UpdateBody } from '#protocol/round/messages';
import type { RoundState } from '#protocol/round/state';
import type { Storage } from '#protocol/driver/ports';
import type { Problem } from '../api.ts';
import { LedgerBook, type LedgerDeps } from './ledger-book.ts';
import { hasMade } from './account.ts';
import { withTimeout } from './with-timeout.ts';
import { ownUpdate, readChain, type RecordSource } from './witnessed.ts';

/** Retry delays after a source that failed or ended too early: from the first to the second, doubling. */
const RETRY_MS = 250;
const RETRY_CAP_MS = 10_000;
/** How long loading rows waits for the records. Reading continues afterwards, and nothing is paid for without them. */
const PATIENCE_MS = 1500;
/** Records decided while the chain is read: they follow what was read. */
const RECENT_MAX = 256;

interface RollbackDeps extends LedgerDeps {
  /** Absent where only the room is asked. */
  readonly records?: RecordSource;
}

interface Asked {
  core(): RoundState;
  /** Whether this person agreed to the federation's terms, so that its rounds may be recorded. */
  agreed(): boolean;
  /** Called when the bill changes or payments are unblocked. */
  changed(): void;
}

/** The last round with a payment in this federation that the ledger knows; 0 for none. */
function knownUpTo(ledger: Ledger, fed: Hash): number {
  return ledger.records.reduce((round, r) => (r.kind === 'reserve' && r.fed === fed ? Math.max(round, r.stateRound) : round), 0);
}

const placeOf = ({ record }: CertifiedRecord): Place => ({ round: record.round, id: idOf(record) });

export class RollbackCheck {
  /** Rounds that were found and counted. */
  found = 0;
  /** Why payments are still blocked; null while nothing has failed. */
  #problem: MeshError | null = null;
  readonly #platform: RollbackDeps;
  readonly #manifest: Manifest;
  readonly #storage: Storage;
  readonly #asked: Asked;
  /** Everything up to here is known. */
  #place: Place | null = null;
  /** Updates that were found and are not in the ledger. */
  readonly #unwritten = new Set<Hash>();
  #reading = false;
  /** Opened before any place is known. */
  #book!: LedgerBook;
  readonly #recent: CertifiedRecord[] = [];
  #stopped = false;
  #tries = 0;
  #wake = () => {};
  #waiting: PromiseWithResolvers<void>[] = [];

  constructor(platform: RollbackDeps, manifest: Manifest, storage: Storage, asked: Asked) {
    this.#platform = platform;
    this.#manifest = manifest;
    this.#storage = storage;
    this.#asked = asked;
  }

  /** Whether everything is read, and findings are written if allowed; also true without a source, because then nothing is at stake. */
  get clear(): boolean {
    if (this.#platform.records === undefined) return true;
    return this.#reached && (this.#unwritten.size === 0 || !this.#asked.agreed());
  }

  /** Whether the records are read up to this device's head. */
  get #reached(): boolean {
    const { head, headId } = this.#asked.core();
    return reaches(this.#place, { round: head.record.round, id: headId });
  }

  /** What a page reports; a single failed attempt is not reported. */
  get told(): Problem | null {
    if (this.#problem === null || this.#tries < 2) return null;
    const { code, detail } = this.#problem;
    return { code: code === 'storage-denied' ? code : 'records-unread', detail };
  }

  /** Findings not written yet, as the bill will count them. */
  get foreseen(): PaidPhase[] {
    return this.#unwritten.size === 0 ? [] : [{ ...this.#mechanism(), rounds: this.#unwritten.size }];
  }

  /** Keeps reading until payments are unblocked, however often that fails. */
  begin(): void {
    if (!this.clear && !this.#stopped && !this.#reading) void this.#read();
  }

  /** Waits briefly for it, which is usually enough. */
  soon(): Promise<void> {
    this.begin();
    return withTimeout(() => this.whenClear(), PATIENCE_MS);
  }

  /** Call it before paying for anything. @throws MeshError stale if the session ends first */
  async whenClear(): Promise<void> {
    if (this.clear) return;
    const waiter = Promise.withResolvers<void>();
    waiter.promise.catch(() => {});
    this.#waiting.push(waiter);
    this.begin();
    return waiter.promise;
  }

  /** Takes a record that was just decided: usually the next one. If one was missed, the chain is read again from the gap. */
  decided(certified: CertifiedRecord): void {
    if (this.#stopped || this.#platform.records === undefined) return;
    const own = claimedOf(certified, this.#asked.core().config);
    // A record that adds nothing takes no time: payments stay unblocked.
    if (!this.#reading && this.#follows(certified) && (own === null || this.#unknown([own]).length === 0)) {
      this.#place = placeOf(certified);
      return;
    }
    this.#recent.push(certified);
    if (this.#recent.length > RECENT_MAX) this.#recent.shift();
    if (this.#place !== null) this.begin();
  }

  /** Writes the findings, once this person agrees. @throws MeshError as LedgerBook.append; unwritten findings stay pending */
  async write(): Promise<void> {
    const book = await LedgerBook.open(this.#platform);
    while (this.#unwritten.size > 0) {
      const found = [...this.#unwritten];
      const written = await book.append((ledger) => witness(ledger, this.#manifest.id, this.#mechanism(), found));
      this.found += written?.updates.length ?? 0;
      for (const update of written?.updates ?? found) this.#unwritten.delete(update as Hash);
    }
    if (this.clear) await book.append((ledger) => settle(ledger, this.#manifest.id, 'checked'));
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
    for (const { reject } of this.#waiting.splice(0)) reject(new MeshError('stale', { field: 'session', expected: 'an open session' }));
  }

  /** Never fails: errors are reported and retried. */
  async #read(): Promise<void> {
    this.#reading = true;
    for (this.#tries = 0; !this.#stopped; this.#tries++) {
      try {
        await this.#readOnce();
        if (this.#reached && this.#asked.agreed()) await this.write();
        if (this.clear) break;
        const { round } = this.#asked.core().head.record;
        const got = this.#place === null ? 'none' : `up to ${this.#place.round}`;
        this.#problem = new MeshError('not-found', { field: 'records', expected: `all records up to ${round}`, got });
      } catch (error) {
        this.#problem = asMeshError(error);
      }
      this.#asked.changed();
      await this.#pause(Math.min(RETRY_CAP_MS, RETRY_MS * 2 ** this.#tries));
    }
    this.#reading = false;
    if (this.#stopped) return;
    this.#problem = null;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    this.#asked.changed();
  }

  #follows({ record }: CertifiedRecord): boolean {
    return record.base === this.#place?.id && record.round === this.#place.round + 1;
  }

  /** Continues over records that were decided meanwhile, as far as they connect. */
  async #catchUp(): Promise<void> {
    for (const certified of this.#recent.splice(0)) {
      if (!this.#follows(certified)) continue;
      this.#note(await ownUpdate(certified, this.#asked.core().config), placeOf(certified));
    }
  }

  async #readOnce(): Promise<void> {
    this.#book = await LedgerBook.open(this.#platform);
    if (this.#place !== null) await this.#catchUp();
    if (this.#reached) return;
    const { config } = this.#asked.core();
    // A key that is new here is in no record, and the relay must not learn where another key was last.
    const known = (await hasMade(this.#storage)) ? knownUpTo(this.#book.ledger, this.#manifest.id) : 0;
    const from = this.#place ?? (known === 0 ? firstPlace(config) : known);
    if (typeof from !== 'number') this.#place = from;
    await readChain(config, this.#platform.records!, from, async (place, own) => this.#note(own, place));
    await this.#catchUp();
  }

  /** Stores findings before the position, so that nothing has to be read twice. */
  #note(own: readonly Signed<UpdateBody>[], place: Place): void {
    for (const key of this.#unknown(own)) this.#unwritten.add(key);
    this.#place = place;
  }

  #unknown(own: readonly Signed<UpdateBody>[]): Hash[] {
    return own.map(({ body }) => updateKey(body)).filter((key) => !isPaidFor(this.#book.ledger, key));
  }

  #mechanism(): Omit<PaidPhase, 'rounds'> {
    const { rate, sigma, gridBits } = this.#manifest.body.privacy;
    return { rate, sigma, gridBits, coordinates: updateLength(this.#manifest.body) };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
