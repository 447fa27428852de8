/** One federation at work on this device: the round core's driver on a transport, its bill, its scores and the snapshots for the page. */
import type { Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { asMeshError, MeshError } from '#protocol/errors';
import type { Identity } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import type { CoreEvent } from '#protocol/round/effects';
import { isFinished } from '#protocol/round/slot';
import type { Made, Storage } from '#protocol/driver/ports';
import type { Driver } from '#protocol/driver/driver';
import { openDriver } from '#protocol/driver/open';
import { systemEnvironment } from '#signaling/environment';
import type { PeerPath, Transport } from '#signaling/transport';
import { tightenEpsilon } from '../ledger/account-curve.ts';
import { Account } from '../ledger/account.ts';
import { Acquaintances } from './acquaintances.ts';
import { activityOf } from './activity.ts';
import type { Activity, BudgetOffer, Problem, Snapshot } from '../api.ts';
import { checkAgreement, consentHash } from './consent.ts';
import { Ending } from './ending.ts';
import { modelFile, type ModelFile } from './model-file.ts';
import { Outbox } from './outbox.ts';
import { RollbackCheck } from '../ledger/rollback-check.ts';
import { makePaidUpdate } from './paid-update.ts';
import { unwrap } from '../answered.ts';
import type { KeptSession, Platform } from './platform.ts';
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
  readonly #outbox: Outbox;
  readonly #scoring: Scoring;
  readonly #rollback: RollbackCheck;
  readonly #changed: () => void;
  #driver!: Driver;
  #transport: Transport | undefined;
  #relay: 'connecting' | 'open' | 'waiting' | 'refused' = 'connecting';
  /** The relay has answered once: what follows a loss is not the first connecting. */
  #met = false;
  #peers: readonly PeerPath[] = [];
  #data: LoadedRows | null = null;
  #account: Account | null = null;
  /** The rows were loaded, and not joined with yet. */
  #fresh = false;
  #kept: KeptSession | null = null;
  /** What was kept until this device left: its record of what was spent stays valid. */
  #past: KeptSession | null = null;
  /** The update that is being paid for and made. */
  #making: Promise<unknown> = Promise.resolve();
  #problem: Problem | null = null;
  readonly #history = new RoundHistory();
  #bytesIn = 0;
  #ended: 'left' | null = null;

  private constructor(manifest: Manifest, identity: Identity, platform: Platform, changed: () => void) {
    this.manifest = manifest;
    this.#identity = identity;
    this.#platform = platform;
    const acquaintances = new Acquaintances((peers) => this.#transport?.direct?.(peers));
    this.#changed = () => {
      if (this.#transport !== undefined) acquaintances.look(this.#driver.core, this.joined);
      changed();
    };
    this.#storage = platform.storage(manifest.id);
    this.#outbox = new Outbox(manifest.body.privacy, () => platform.now());
    this.#scoring = new Scoring(manifest, platform, changed);
    this.ending = new Ending(manifest, platform, () => this.leave());
    const asked = { core: () => this.#driver.core, agreed: () => this.#kept !== null, changed: () => this.#unwatched(this.recount()) };
    this.#rollback = new RollbackCheck(platform, manifest, this.#storage, asked);
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
      train: (from) => session.#train(from),
      onEvent: (event) => session.#event(event),
      onChange: session.#changed,
      onFault: (error) => session.#fault(error),
    });
    session.#transport = platform.open(
      manifest,
      session.#identity,
      {
        message: (from, bytes) => {
          session.#bytesIn += bytes.length;
          session.#driver.receive(from, bytes);
        },
        peers: (list) => {
          session.#peers = list;
          session.#driver.peers(list);
          changed();
        },
        relay: async (state, error) => {
          // An end is shown once it is proven, and never as a failure before.
          if (state === 'refused' && error !== undefined) await session.ending.refused(error).catch((e) => session.#fault(asMeshError(e)));
          session.#relay = state;
          session.#met ||= state === 'open';
          changed();
        },
      },
      (departure) => session.#outbox.note(departure, session.#driver.leaving),
    );
    session.#driver.start(session.#transport);
    const { stateBytes, head } = session.#driver.core;
    if (stateBytes !== null) session.#scoring.offer(head.record.round, stateBytes);
    if (session.#account !== null) await session.#rollback.soon();
    if (session.joined) await session.#resume();
    return session;
  }

  /** The disk failed under it: nothing of it goes on. */
  get failed(): boolean {
    return this.#driver.failed;
  }

  /** The account that pays for this device's rounds; null for rows that are loaded but not agreed to. */
  get account(): string | null {
    return this.#kept === null && this.#past === null ? null : (this.#account?.name ?? null);
  }

  get joined(): boolean {
    return this.#kept !== null && this.#data !== null;
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
    this.#data = rows;
    this.#kept = kept;
    this.#account = await Account.open(this.#platform, kept.account ?? rows.digest);
    await this.#tightenEpsilon();
  }

  #tightenEpsilon(): Promise<void> {
    const account = this.#account;
    return tightenEpsilon(account, this.manifest, this.#platform, async () => {
      if (this.#account === account && this.joined) await this.#resume();
      this.#changed();
    });
  }

  /**
   * Call it before rows are loaded: the trainer holds one set, and an update paid by one account must not be made from another's rows.
   * @throws MeshError conflict while this device takes part, withdrawn after the end
   */
  async assertIdle(): Promise<void> {
    if (this.ending.isOver) throw new MeshError('withdrawn', { field: 'federation' });
    if (this.joined) throw new MeshError('conflict', { field: 'data', expected: 'leaving first' });
    await this.#making;
  }

  /** The trainer has loaded rows. */
  async hold(data: LoadedRows): Promise<void> {
    await this.assertIdle();
    this.#data = null;
    this.#account = await Account.ofLoaded(this.#platform, data.digest, 'own');
    await this.#rollback.soon();
    this.#account.foresee(this.#rollback.foreseen);
    await this.#tightenEpsilon();
    this.#data = data;
    this.#fresh = true;
    this.#past = null;
    this.#changed();
  }

  /** @param scope whose rows were just loaded @throws MeshError conflict while this device takes part, rows-too-few */
  async setRowOwner(scope: RowScope): Promise<void> {
    await this.assertIdle();
    this.#bill();
    if (this.#fresh) this.#account = await Account.ofLoaded(this.#platform, this.#data!.digest, scope);
    await this.recount();
  }

  offer(epsilon: number): BudgetOffer {
    const { delta } = this.manifest.body.privacy;
    const account = this.#bill();
    const told = this.#fresh ? { rows: account.found } : {};
    const { rounds, left, epsilon: cost, bytes } = account.promise(this.manifest, epsilon, this.#standing());
    return { epsilon, delta, rounds, left, cost, bytes, spent: account.spent(delta), ...told };
  }

  /** Before joining, assumes as many others as a round needs, though nobody else may be here yet. */
  #standing() {
    const { models, others } = standingOf(this.#driver.core, this.#peers);
    return { models, others: Math.max(others, this.manifest.body.rounds.minContributors - 1) };
  }

  async join(epsilon: number, consent: string): Promise<void> {
    if (this.ending.isOver) throw new MeshError('withdrawn', { field: 'federation' });
    await checkAgreement(this.manifest.body, epsilon, consent);
    const { core } = this.#driver;
    if (isFinished(core)) throw new MeshError('model-finished', { field: 'rounds', expected: 'one that is left', got: 'none' });
    // An update that a crash kept here is paid for already.
    if (!this.#bill().affords(this.manifest, epsilon) && core.member.own === null) {
      throw new MeshError('budget-spent', { field: 'epsilon', expected: 'enough for one round', got: String(epsilon) });
    }
    const account = this.#bill();
    await this.#platform.keepIdentity?.(this.manifest.id);
    await account.claim();
    unwrap(await this.#platform.trainer.keep(this.manifest.id));
    const contributed = this.#kept?.contributed ?? 0;
    await account.agree(this.manifest, epsilon);
    await this.#rollback.write();
    await this.#keep({ epsilon, account: account.name, consent: consentHash(consent), paused: false, contributed });
    this.#fresh = false;
    this.#ended = this.#problem = null;
    await this.recount();
  }

  /** Resumes from the stored session: a budget that was spent may suffice again. */
  async #resume(): Promise<void> {
    const [{ core }, { epsilon, paused, finishing }] = [this.#driver, this.#kept!];
    void this.#platform.trainer.pace(); // measured before the first update waits for it
    if (finishing === true && core.member.own === null) return this.leave();
    // Nothing is paid for before this device knows what it has paid for here; an existing update may be sent.
    if (!paused && core.member.own === null && !this.#rollback.clear) return this.#rollback.begin();
    core.member.last = !this.#bill().affords(this.manifest, epsilon);
    // An existing update is sent regardless of the budget: it is paid for.
    const active = core.member.own !== null || !core.member.last;
    this.#driver.setMode(paused ? 'paused' : finishing === true ? 'finishing' : active ? 'active' : 'done');
  }

  /** Call it after the ledger has grown by an import, or an accountant has found room. */
  async recount(): Promise<void> {
    this.#account?.foresee(this.#rollback.foreseen);
    await this.#tightenEpsilon();
    if (this.joined) await this.#resume();
    this.#changed();
  }

  async pause(paused: boolean): Promise<void> {
    if (this.#kept === null) throw new MeshError('not-found', { field: 'session', expected: 'joining first' });
    this.#problem = null;
    if (paused) this.#driver.setMode('paused'); // at once, and then for the next page
    await this.#keep({ ...this.#kept, paused, finishing: false });
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
    this.#ended = 'left'; // before the mode is told: it asks for this as well
    this.#driver.setMode('following');
    if (this.#kept !== null && this.#rollback.clear) await this.#account?.leave(this.manifest.id);
    this.#past = this.#kept ?? this.#past;
    this.#kept = null;
    this.#data = null;
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
    this.#transport?.close();
    // The update in progress is paid for: its account is closed in order, before another reads the ledger.
    await this.#making;
  }

  #bill(): Account {
    if (this.#account === null || this.#data === null)
      throw new MeshError('rows-too-few', { field: 'data', expected: 'a file first', got: '0' });
    return this.#account;
  }

  async #train(from: { state: Hash; stateRound: number; bytes: Uint8Array }): Promise<Made> {
    const making = this.#make(from);
    this.#making = making.catch(() => {});
    const { turn, ...made } = await making;
    await turn(); // it is on the disk: nothing but its leaving waits
    return made;
  }

  async #make(from: { state: Hash; stateRound: number; bytes: Uint8Array }) {
    await this.#rollback.whenClear();
    const kept = this.#kept;
    if (kept === null) throw new MeshError('not-found', { field: 'session' });
    const [account, { trainer }] = [this.#bill(), this.#platform];
    const made = await makePaidUpdate(from, { manifest: this.manifest, account, epsilon: kept.epsilon, storage: this.#storage, trainer });
    this.#changed();
    return { ...made, last: !account.affords(this.manifest, kept.epsilon) };
  }

  #event(event: CoreEvent): void {
    if (event.t === 'decided') {
      this.#rollback.decided(event.certified);
      const [{ bytesOut, updateSent: sent }, { mode }] = [this.#outbox, this.#driver.core.member];
      const spent = this.#account?.spent(this.manifest.body.privacy.delta) ?? null;
      const at = { mode, sent, bytesOut, bytesIn: this.#bytesIn, spent, now: this.#platform.now(), self: this.#identity.id };
      this.#history.note(event.certified, { ...at, contributed: event.contributed });
      void this.#platform.history?.write(this.manifest.id, this.#history.kept(this.#scoring.scores)).catch(() => {});
      if (event.contributed && this.#kept !== null) {
        this.#unwatched(this.#keep({ ...this.#kept, contributed: this.#kept.contributed + 1 }));
      }
    } else if (event.t === 'state') {
      this.#scoring.offer(event.round, event.bytes);
    } else if (event.t === 'mode' && event.mode === 'following' && this.#driver.core.member.mode === 'following' && this.#kept !== null) {
      // Finished: not an older leaving that is reported late, and not one in progress.
      if (this.#ended !== 'left') this.#unwatched(this.leave());
    } else if (event.t === 'refused' && event.code !== 'stale' && event.code !== 'not-listed') {
      this.#fault(new MeshError(event.code, { field: event.field }));
    } else if (event.t === 'forked') {
      this.#fault(new MeshError('conflict', { field: `round ${event.round}`, expected: 'one certified record', got: 'two' }));
    }
    this.#changed();
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

  activity(): Activity {
    return activityOf({
      core: this.#driver.core,
      failed: this.failed,
      ended: this.ending.isOver,
      left: this.#ended !== null,
      joined: this.joined,
      unchecked: this.#account !== null && !this.#rollback.clear,
      relay: this.#relay,
      met: this.#met,
      reachable: this.#peers.map(({ peer }) => peer),
    });
  }

  snapshot(): Snapshot {
    return snapshotOf({
      manifest: this.manifest,
      self: this.#identity.id,
      core: this.#driver.core,
      activity: this.activity(),
      problem: this.#problem ?? this.#scoring.problem ?? this.#rollback.told,
      joined: this.joined,
      kept: this.#kept ?? this.#past,
      data: this.#data,
      account: this.#account,
      peers: this.#peers,
      scoring: this.#scoring,
      history: this.#history,
      recovered: this.#rollback.found,
      isSteward: this.ending.isSteward,
      outbox: this.#outbox,
      bytesIn: this.#bytesIn,
    });
  }
}
