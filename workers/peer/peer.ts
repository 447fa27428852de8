/**
 * The one peer of a device: at most one federation at work, every call answered as data, snapshots at most four times a second.
 * It knows no page and no socket; those are its platform's.
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { SignedManifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { settle } from '#protocol/privacy/ledger/budget';
import { writeLedgerFile } from '#protocol/privacy/ledger/ledger-file';
import type { SignedReport } from '#protocol/privacy/ledger/report-check';
import type { Result, BudgetOffer, DataReport, KeptRecording, LedgerSummary, PeerWorker, Snapshot } from '../api.ts';
import type { Progress } from '../listener.ts';
import { checkRecording } from '../loader/recording/recorded-rows.ts';
import { LedgerBook } from '../ledger/ledger-book.ts';
import { countIn, summaryOf } from '../ledger/ledger-count.ts';
import { answered, unwrap } from '../answered.ts';
import type { Platform } from './platform.ts';
import { privacyReport } from '../ledger/privacy-report.ts';
import { FederationSession } from './session.ts';
import type { DataSource } from '../rows/trainer-endpoint.ts';

const SNAPSHOT_MS = 250;

export class Peer implements Omit<PeerWorker, 'start' | 'load'> {
  readonly #platform: Platform;
  readonly #listener: (snapshot: Snapshot) => void;
  #session: FederationSession | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #told = 0;
  /** Calls run one after another: a join must not overtake the load before it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(platform: Platform, listener: (snapshot: Snapshot) => void) {
    this.#platform = platform;
    this.#listener = listener;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<Result<T>> {
    const run = this.#turn.then(() => answered(work));
    this.#turn = run;
    return run;
  }

  #current(): FederationSession {
    if (this.#session === null) throw new MeshError('not-found', { field: 'federation', expected: 'one that is followed' });
    return this.#session;
  }

  readonly #changed = (): void => {
    if (this.#timer !== null || this.#session === null) return;
    const wait = Math.max(0, SNAPSHOT_MS - (this.#platform.now() - this.#told));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#told = this.#platform.now();
      if (this.#session !== null) this.#listener(this.#session.snapshot());
    }, wait);
  };

  follow(manifest: SignedManifest): Promise<Result<{ readonly resumed: boolean }>> {
    return this.#inTurn(async () => {
      const checked = await openManifest(manifest);
      // A session whose disk failed stays silent: asking for it again reopens it.
      if (this.#session?.manifest.id !== checked.id || this.#session.failed) {
        await this.#session?.close();
        this.#session = null;
        this.#session = await FederationSession.open(checked, this.#platform, this.#changed);
      }
      this.#changed();
      return { resumed: this.#session.joined };
    });
  }

  load(source: DataSource, heldOut = 0, part = 1, progress?: Progress): Promise<Result<DataReport>> {
    return this.#inTurn(async () => {
      const session = this.#current();
      await session.assertIdle();
      const loaded = unwrap(await this.#platform.trainer.load(source, heldOut, part, progress));
      await session.hold(loaded);
      return loaded.report;
    });
  }

  offer(epsilon: number): Promise<Result<BudgetOffer>> {
    return this.#inTurn(async () => this.#current().offer(epsilon));
  }

  setRowOwner(others: boolean): Promise<Result<null>> {
    return this.#command((session) => session.setRowOwner(others ? 'others' : 'own'));
  }

  join(epsilon: number, consent: string): Promise<Result<null>> {
    return this.#command((session) => session.join(epsilon, consent));
  }

  pause(): Promise<Result<null>> {
    return this.#command((session) => session.pause(true));
  }

  resume(): Promise<Result<null>> {
    return this.#command((session) => session.pause(false));
  }

  finish(): Promise<Result<null>> {
    return this.#command((session) => session.finish());
  }

  leave(): Promise<Result<null>> {
    return this.#command((session) => session.leave());
  }

  withdraw(): Promise<Result<null>> {
    return this.#command((session) => session.ending.withdraw());
  }

  download(): Promise<Result<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }>> {
    return this.#inTurn(async () => this.#current().download());
  }

  /** Not queued: it changes nothing, and commands must not wait for accountants. */
  report(): Promise<Result<SignedReport>> {
    return answered(() => privacyReport(this.#current(), this.#platform));
  }

  threads(count: number): Promise<Result<number>> {
    return this.#platform.trainer.threads(count);
  }

  forget(): Promise<Result<null>> {
    return this.#forgetting(() => this.#platform.forget());
  }

  newPerson(): Promise<Result<null>> {
    return this.#forgetting(async () => {
      const book = await LedgerBook.open(this.#platform).catch(() => null); // one that was tampered with can be left behind
      await this.#platform.forgetLedger();
      book?.close();
      await this.#platform.forget();
    });
  }

  ledger(): Promise<Result<LedgerSummary>> {
    return this.#inTurn(async () => summaryOf(await LedgerBook.open(this.#platform)));
  }

  exportLedger(): Promise<Result<{ readonly name: string; readonly text: string }>> {
    return this.#inTurn(async () => {
      const { identity, ledger } = await LedgerBook.open(this.#platform);
      return { name: 'sovereign-mesh-ledger.json', text: await writeLedgerFile(identity, ledger) };
    });
  }

  importLedger(file: Blob, mine: boolean): Promise<Result<LedgerSummary>> {
    return this.#inTurn(async () => {
      const book = await LedgerBook.open(this.#platform);
      await countIn(book, file, mine);
      await this.#session?.recount();
      this.#changed();
      return summaryOf(book);
    });
  }

  writeOff(federation: Hash): Promise<Result<LedgerSummary>> {
    return this.#inTurn(async () => {
      const book = await LedgerBook.open(this.#platform);
      await book.append((ledger) => settle(ledger, federation, 'waived'));
      await this.#session?.recount();
      this.#changed();
      return summaryOf(book);
    });
  }

  recordings(): Promise<Result<readonly KeptRecording[]>> {
    return this.#inTurn(async () => (await this.#platform.recordings?.list(this.#current().manifest.id)) ?? []);
  }

  keepRecording(recording: KeptRecording): Promise<Result<null>> {
    return this.#inTurn(async () => {
      const { manifest } = this.#current();
      checkRecording(recording, manifest.body.task);
      const { recordings } = this.#platform;
      if (recordings === undefined) throw new MeshError('storage-denied', { field: 'recordings', expected: 'a page' });
      await recordings.keep(manifest.id, recording);
      return null;
    });
  }

  dropRecording(id: string): Promise<Result<null>> {
    return this.#inTurn(async () => {
      await this.#platform.recordings?.drop(this.#current().manifest.id, id);
      return null;
    });
  }

  #forgetting(clear: () => Promise<void>): Promise<Result<null>> {
    return this.#inTurn(async () => {
      const session = this.#session;
      await session?.leave();
      await session?.close();
      this.#session = null;
      await clear();
      // The final snapshot, for this tab and its mirrors: nobody must keep showing training that has ended.
      if (session !== null) this.#listener(session.snapshot());
      return null;
    });
  }

  /** Ends the session's links; what is durable stays. */
  close(): Promise<Result<null>> {
    return this.#inTurn(async () => {
      await this.#session?.close();
      this.#session = null;
      if (this.#timer !== null) clearTimeout(this.#timer);
      return null;
    });
  }

  #command(work: (session: FederationSession) => Promise<void>): Promise<Result<null>> {
    return this.#inTurn(async () => {
      await work(this.#current());
      return null;
    });
  }
}
