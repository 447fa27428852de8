/**
 * The rows that this device holds for one federation, the account that pays for updates made from them, and the update that is being made.
 * session.ts joins with them.
 */
import type { Hash } from '#protocol/codec';
import type { Made, Storage } from '#protocol/driver/ports';
import { MeshError } from '#protocol/errors';
import type { Manifest } from '#protocol/manifest/manifest';
import type { BudgetOffer } from '../api.ts';
import { tightenEpsilon } from '../ledger/account-curve.ts';
import { Account } from '../ledger/account.ts';
import type { RollbackCheck } from '../ledger/rollback-check.ts';
import type { RowScope } from '../ledger/row-ids.ts';
import type { LoadedRows } from '../rows/loaded-rows.ts';
import { makePaidUpdate } from './paid-update.ts';
import type { Platform } from './platform.ts';

interface Joined {
  /** The budget that was agreed to. @throws MeshError not-found where this device takes no part */
  epsilon(): number;
  changed(): void;
  /** An accountant that nobody waited for has found room in the budget. */
  roomFound(): Promise<void>;
}

export class HeldRows {
  data: LoadedRows | null = null;
  account: Account | null = null;
  /** Loaded, and not joined with yet. */
  #fresh = false;
  /** The update that is being paid for and made. */
  #making: Promise<unknown> = Promise.resolve();
  readonly #manifest: Manifest;
  readonly #platform: Platform;
  readonly #storage: Storage;
  readonly #rollback: RollbackCheck;
  readonly #joined: Joined;

  constructor(manifest: Manifest, platform: Platform, storage: Storage, rollback: RollbackCheck, joined: Joined) {
    this.#manifest = manifest;
    this.#platform = platform;
    this.#storage = storage;
    this.#rollback = rollback;
    this.#joined = joined;
  }

  /** @throws MeshError rows-too-few before any are loaded */
  get bill(): Account {
    if (this.account !== null && this.data !== null) return this.account;
    throw noRows();
  }

  /** Those that this device joined with. @param account its name */
  async restore(data: LoadedRows, account: string): Promise<void> {
    this.data = data;
    this.account = await Account.open(this.#platform, account);
    await this.#tighten();
  }

  /** Those that the trainer has just loaded. */
  async load(data: LoadedRows): Promise<void> {
    this.data = null;
    this.account = await Account.ofLoaded(this.#platform, data.digest, 'own');
    await this.#rollback.soon();
    await this.recount();
    this.data = data;
    this.#fresh = true;
  }

  /** @param scope whose rows were just loaded @throws MeshError rows-too-few */
  async setOwner(scope: RowScope): Promise<void> {
    if (this.data === null) throw noRows();
    if (this.#fresh) this.account = await Account.ofLoaded(this.#platform, this.data.digest, scope);
  }

  /** This device has joined with them. */
  join(): void {
    this.#fresh = false;
  }

  forget(): void {
    this.data = null;
  }

  /** After the ledger has grown, or rounds were found that it had forgotten. */
  async recount(): Promise<void> {
    this.account?.foresee(this.#rollback.foreseen);
    await this.#tighten();
  }

  /** Assumes as many others as a round needs, though nobody else may be here yet. */
  offer(epsilon: number, { models, others }: { readonly models: number; readonly others: number }): BudgetOffer {
    const { privacy, rounds: terms } = this.#manifest.body;
    const account = this.bill;
    const told = this.#fresh ? { rows: account.found } : {};
    const standing = { models, others: Math.max(others, terms.minContributors - 1) };
    const { rounds, left, epsilon: cost, bytes } = account.promise(this.#manifest, epsilon, standing);
    return { epsilon, delta: privacy.delta, rounds, left, cost, bytes, spent: account.spent(privacy.delta), ...told };
  }

  /** The driver's request for an update. */
  async train(from: { readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array }): Promise<Made> {
    const making = this.#make(from);
    this.#making = making.catch(() => {});
    const { turn, ...made } = await making;
    await turn(); // it is on the disk: nothing but its leaving waits
    return made;
  }

  /** Resolves once no update is being made: one in progress is paid for, and its account is closed in order. */
  async idle(): Promise<void> {
    await this.#making;
  }

  async #make(from: { readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array }) {
    await this.#rollback.whenClear();
    const [manifest, epsilon, account] = [this.#manifest, this.#joined.epsilon(), this.bill];
    const made = await makePaidUpdate(from, { manifest, account, epsilon, storage: this.#storage, trainer: this.#platform.trainer });
    this.#joined.changed();
    return { ...made, last: !account.affords(manifest, epsilon) };
  }

  #tighten(): Promise<void> {
    const account = this.account;
    return tightenEpsilon(account, this.#manifest, this.#platform, async () => {
      if (this.account === account) await this.#joined.roomFound();
    });
  }
}

const noRows = (): MeshError => new MeshError('rows-too-few', { field: 'data', expected: 'a file first', got: '0' });
