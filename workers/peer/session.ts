/**
 * One federation at work on this device: the round core's driver in the federation's room (room.ts), paid for by the rows that are held
 * (held-rows.ts), with its scores and the snapshots for the page.
 */
import { checkDevicePolicy } from '#protocol/device-policy';
import { asMeshError, MeshError } from '#protocol/errors';
import type { Identity } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import type { CoreEvent } from '#protocol/round/effects';
import { isFinished } from '#protocol/round/slot';
import type { Storage } from '#protocol/driver/ports';
import type { Driver } from '#protocol/driver/driver';
import { openDriver } from '#protocol/driver/open';
import { systemEnvironment } from '#signaling/environment';
import type { BudgetOffer, Problem, Snapshot } from '../api.ts';
import { checkAgreement, consentHash } from './consent.ts';
import { Ending } from './ending.ts';
import { HeldRows } from './held-rows.ts';
import { modelFile, type ModelFile } from './model-file.ts';
import { RollbackCheck } from '../ledger/rollback-check.ts';
import { unwrap } from '../answered.ts';
import type { KeptSession, Platform } from './platform.ts';
import { Room } from './room.ts';
import { RoundHistory } from './round-history.ts';
import type { RowScope } from '../ledger/row-ids.ts';
import { Scoring } from '../trainer/scoring.ts';
import { snapshotOf, standingOf } from './session-snapshot.ts';
import type { LoadedRows } from '../rows/loaded-rows.ts';

export class FederationSession {
  readonly manifest: Manifest;
  readonly ending: Ending;
  readonly #identity: Identity;
  readonly #platform: Platform;
  readonly #storage: Storage;
  readonly #scoring: Scoring;
  readonly #rollback: RollbackCheck;
  readonly #rows: HeldRows;
  readonly #room: Room;
  readonly #changed: () => void;
  #driver!: Driver;
  #kept: KeptSession | null = null;
  /** What was kept until this device left: its record of what was spent stays valid. */
  #past: KeptSession | null = null;
  #problem: Problem | null = null;
  readonly #history = new RoundHistory();
  #left = false;

  private constructor(manifest: Manifest, identity: Identity, platform: Platform, changed: () => void) {
    this.manifest = manifest;
    this.#identity = identity;
    this.#platform = platform;
    this.#changed = () => {
      this.#room.meet(this.joined);
      changed();
    };
    const storage = platform.storage(manifest.id);
    this.#storage = storage;
    this.#room = new Room(manifest, platform);
    this.#scoring = new Scoring(manifest, platform, changed);
    this.ending = new Ending(manifest, platform, () => this.leave());
    const asked = { core: () => this.#driver.core, agreed: () => this.#kept !== null, changed: () => this.#unwatched(this.recount()) };
    this.#rollback = new RollbackCheck(platform, manifest, storage, asked);
    this.#rows = new HeldRows(manifest, platform, storage, this.#rollback, {
      epsilon: () => this.#agreed().epsilon,
      changed: this.#changed,
      roomFound: () => this.#resumed(),
    });
  }

  /** Enters the federation's room to follow its model. A stored session resumes by itself. */
  static async open(manifest: Manifest, platform: Platform, changed: () => void): Promise<FederationSession> {
    const session = new FederationSession(manifest, await platform.identity(manifest.id), platform, changed);
    unwrap(await platform.trainer.open(manifest.body));
    await session.#restore();
    await session.#history.lookBack(platform.history, manifest.id, session.#scoring);
    await session.ending.open();
    session.#driver = await openDriver({
      manifest,
      identity: session.#identity,
      storage: session.#storage,
      environment: systemEnvironment,
      aggregate: platform.aggregate,
      train: (from) => session.#rows.train(from),
      onEvent: (event) => session.#event(event),
      onChange: session.#changed,
      onFault: (error) => session.#fault(error),
    });
    session.#room.enter(session.#identity, session.#driver, {
      refused: (reason) => session.ending.refused(reason).catch((error) => session.#fault(asMeshError(error))),
      changed,
    });
    const { stateBytes, head } = session.#driver.core;
    if (stateBytes !== null) session.#scoring.offer(head.record.round, stateBytes);
    if (session.#rows.account !== null) await session.#rollback.soon();
    if (session.joined) await session.#resume();
    return session;
  }

  /** The disk failed under it: nothing of it goes on. */
  get failed(): boolean {
    return this.#driver.failed;
  }

  /** The account that pays for this device's rounds; null for rows that are loaded but not agreed to. */
  get account(): string | null {
    return this.#kept === null && this.#past === null ? null : (this.#rows.account?.name ?? null);
  }

  get joined(): boolean {
    return this.#kept !== null && this.#rows.data !== null;
  }

  async #restore(): Promise<void> {
    const [{ trainer }, { id }] = [this.#platform, this.manifest];
    const kept = await this.#platform.sessions.read(id);
    // A crash came while this device was leaving, or before it had joined: do not keep rows for that.
    if (kept === null) return void unwrap(await trainer.forget(id));
    if (kept.consent !== consentHash(this.manifest.body.consent)) return;
    // Only reported: a person who joined must not believe that they still take part.
    const unsafe = await checkDevicePolicy(this.manifest.body).then(() => null, asMeshError);
    if (unsafe !== null) return this.#fault(unsafe);
    const rows = unwrap(await trainer.restore(id));
    if (rows === null) return this.#fault(new MeshError('rows-lost', { field: 'rows', expected: 'the rows that were joined with' }));
    this.#kept = kept;
    await this.#rows.restore(rows, kept.account ?? rows.digest);
  }

  /**
   * Call it before rows are loaded: the trainer holds one set, and an update paid by one account must not be made from another's rows.
   * @throws MeshError conflict while this device takes part, withdrawn after the end
   */
  async assertIdle(): Promise<void> {
    if (this.ending.isOver) throw new MeshError('withdrawn', { field: 'federation' });
    if (this.joined) throw new MeshError('conflict', { field: 'data', expected: 'leaving first' });
    await this.#rows.idle();
  }

  /** The trainer has loaded rows. */
  async hold(data: LoadedRows): Promise<void> {
    await this.assertIdle();
    await this.#rows.load(data);
    this.#past = null;
    this.#changed();
  }

  /** @param scope whose rows were just loaded @throws MeshError conflict while this device takes part, rows-too-few */
  async setRowOwner(scope: RowScope): Promise<void> {
    await this.assertIdle();
    await this.#rows.setOwner(scope);
    await this.recount();
  }

  offer(epsilon: number): BudgetOffer {
    return this.#rows.offer(epsilon, standingOf(this.#driver.core, this.#room.peers));
  }

  async join(epsilon: number, consent: string): Promise<void> {
    if (this.ending.isOver) throw new MeshError('withdrawn', { field: 'federation' });
    await checkAgreement(this.manifest.body, epsilon, consent);
    const { core } = this.#driver;
    if (isFinished(core)) throw new MeshError('model-finished', { field: 'rounds', expected: 'one that is left', got: 'none' });
    // An update that a crash kept here is paid for already.
    if (!this.#rows.bill.affords(this.manifest, epsilon) && core.member.own === null) {
      throw new MeshError('budget-spent', { field: 'epsilon', expected: 'enough for one round', got: String(epsilon) });
    }
    const account = this.#rows.bill;
    await this.#platform.keepIdentity?.(this.manifest.id);
    await account.claim();
    unwrap(await this.#platform.trainer.keep(this.manifest.id));
    const contributed = this.#kept?.contributed ?? 0;
    await account.agree(this.manifest, epsilon);
    await this.#rollback.write();
    await this.#keep({ epsilon, account: account.name, consent: consentHash(consent), paused: false, contributed });
    this.#rows.join();
    this.#left = false;
    this.#problem = null;
    await this.recount();
  }

  /** Resumes from the stored session: a budget that was spent may suffice again. */
  async #resume(): Promise<void> {
    const [{ core }, { epsilon, paused, finishing }] = [this.#driver, this.#kept!];
    void this.#platform.trainer.pace(); // measured before the first update waits for it
    if (finishing === true && core.member.own === null) return this.leave();
    // Nothing is paid for before this device knows what it has paid for here; an existing update may be sent.
    if (!paused && core.member.own === null && !this.#rollback.clear) return this.#rollback.begin();
    core.member.last = !this.#rows.bill.affords(this.manifest, epsilon);
    // An existing update is sent regardless of the budget: it is paid for.
    const active = core.member.own !== null || !core.member.last;
    this.#driver.setMode(paused ? 'paused' : finishing === true ? 'finishing' : active ? 'active' : 'done');
  }

  /** Call it after the ledger has grown by an import, or an accountant has found room. */
  async recount(): Promise<void> {
    await this.#rows.recount();
    await this.#resumed();
  }

  async #resumed(): Promise<void> {
    if (this.joined) await this.#resume();
    this.#changed();
  }

  async pause(paused: boolean): Promise<void> {
    const kept = this.#agreed();
    this.#problem = null;
    if (paused) this.#driver.setMode('paused'); // at once, and then for the next page
    await this.#keep({ ...kept, paused, finishing: false });
    if (!paused) await this.#resume();
  }

  /** Continues until the pending update is in a model, then leaves. */
  async finish(): Promise<void> {
    const { own, training } = this.#driver.core.member;
    if (this.#kept === null || (own === null && training === null)) return this.leave();
    this.#driver.setMode('finishing');
    await this.#keep({ ...this.#kept, paused: false, finishing: true });
  }

  /** Deletes rows and session; the model can still be viewed. What was sent cannot be taken back. */
  async leave(): Promise<void> {
    this.#left = true; // before the mode is told: it asks for this as well
    this.#driver.setMode('following');
    if (this.#kept !== null && this.#rollback.clear) await this.#rows.account?.leave(this.manifest.id);
    this.#past = this.#kept ?? this.#past;
    this.#kept = null;
    this.#rows.forget();
    this.#changed(); // links end now
    const { trainer, sessions } = this.#platform;
    void trainer.release();
    await sessions.write(this.manifest.id, null);
    unwrap(await trainer.forget(this.manifest.id)); // a crash before: the next page does it
    this.#changed();
  }

  download(): ModelFile {
    return modelFile(this.manifest, this.#driver.core);
  }

  async close(): Promise<void> {
    this.#rollback.stop();
    await this.#driver.close();
    this.#room.leave();
    await this.#rows.idle(); // before another session reads the ledger
  }

  #event(event: CoreEvent): void {
    if (event.t === 'decided') {
      this.#rollback.decided(event.certified);
      const [{ bytesIn, outbox }, { mode }] = [this.#room, this.#driver.core.member];
      const { bytesOut, updateSent: sent } = outbox;
      const spent = this.#rows.account?.spent(this.manifest.body.privacy.delta) ?? null;
      const at = { mode, sent, bytesOut, bytesIn, spent, now: this.#platform.now(), self: this.#identity.id };
      this.#history.note(event.certified, { ...at, contributed: event.contributed });
      void this.#platform.history?.write(this.manifest.id, this.#history.kept(this.#scoring.scores)).catch(() => {});
      if (event.contributed && this.#kept !== null) {
        this.#unwatched(this.#keep({ ...this.#kept, contributed: this.#kept.contributed + 1 }));
      }
    } else if (event.t === 'state') {
      this.#scoring.offer(event.round, event.bytes);
    } else if (event.t === 'mode' && event.mode === 'following' && this.#driver.core.member.mode === 'following' && this.#kept !== null) {
      // Finished: not an older leaving that is reported late, and not one in progress.
      if (!this.#left) this.#unwatched(this.leave());
    } else if (event.t === 'refused' && event.code !== 'stale' && event.code !== 'not-listed') {
      this.#fault(new MeshError(event.code, { field: event.field }));
    } else if (event.t === 'forked') {
      this.#fault(new MeshError('conflict', { field: `round ${event.round}`, expected: 'one certified record', got: 'two' }));
    }
    this.#changed();
  }

  #agreed(): KeptSession {
    if (this.#kept === null) throw new MeshError('not-found', { field: 'session', expected: 'joining first' });
    return this.#kept;
  }

  async #keep(session: KeptSession): Promise<void> {
    this.#kept = session;
    await this.#platform.sessions.write(this.manifest.id, session);
    this.#changed();
  }

  /** Work that nobody waits for: its failure is shown. */
  #unwatched(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fault(asMeshError(error)));
  }

  #fault(error: MeshError): void {
    this.#problem = { code: error.code, detail: error.detail };
    this.#changed();
  }

  snapshot(): Snapshot {
    return snapshotOf({
      manifest: this.manifest,
      self: this.#identity.id,
      core: this.#driver.core,
      failed: this.failed,
      ended: this.ending.isOver,
      left: this.#left,
      unchecked: this.#rows.account !== null && !this.#rollback.clear,
      problem: this.#problem ?? this.#scoring.problem ?? this.#rollback.told,
      joined: this.joined,
      kept: this.#kept ?? this.#past,
      rows: this.#rows,
      room: this.#room,
      scoring: this.#scoring,
      history: this.#history,
      recovered: this.#rollback.found,
      isSteward: this.ending.isSteward,
    });
  }
}
