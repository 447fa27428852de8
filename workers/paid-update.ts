/**
 * One update, paid for: the budget is reserved on disk before a row is drawn, and the update is on disk before its release is.
 * A crash at any point leaves either nothing, or a price without an update, or an update that will be sent as it is: never a second
 * update from one state, never one that nobody paid for.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { layerSizes, type Manifest } from '#protocol/manifest';
import { decodeState } from '#protocol/model';
import {
  extend,
  openLedger,
  phasesOf,
  release,
  releasedUpdate,
  reserve,
  saltedHead,
  spent,
  type BudgetStore,
  type Ledger,
} from '#protocol/privacy/budget';
import { roundsFor } from '#protocol/privacy/calibration';
import type { Cells } from '#signaling/round-host';
import type { Answer } from './api.ts';
import type { TrainerEndpoint } from './trainer-endpoint.ts';

/** Cell of the last update that was made; the round core does not read it. */
const MADE = 'made';

interface Made {
  readonly state: Hash;
  readonly stateRound: number;
  readonly vector: Uint8Array;
  readonly ledger: Hash;
}

export function unwrap<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new MeshError(answer.error.code, answer.error.detail);
  return answer.value;
}

/** The bill of one data account of this device. */
export class Account {
  #ledger: Ledger;
  readonly #store: BudgetStore;
  readonly #name: string;

  private constructor(ledger: Ledger, store: BudgetStore, name: string) {
    this.#ledger = ledger;
    this.#store = store;
    this.#name = name;
  }

  /** @throws MeshError conflict for a ledger that was tampered with */
  static async open(store: BudgetStore, digest: Hash): Promise<Account> {
    return new Account(openLedger(await store.read()), store, digest);
  }

  spent(delta: number): number {
    return spent(this.#ledger, this.#name, delta);
  }

  /** Rounds that `epsilon` still buys, at most the manifest's T. */
  roundsLeft(manifest: Manifest, epsilon: number): number {
    const { delta, rate, sigma, rounds } = manifest.body.privacy;
    const phases = phasesOf(this.#ledger, this.#name);
    return Math.min(rounds, roundsFor({ epsilon, delta, rate, sigma, spent: phases }));
  }

  /** @throws MeshError budget-spent before anything is computed */
  async pay(
    manifest: Manifest,
    state: Hash,
    stateRound: number,
    epsilon: number,
    compute: () => Promise<Omit<Made, 'ledger' | 'state' | 'stateRound'>>,
    keep: (made: Made) => Promise<void>,
  ): Promise<Made> {
    const { unit, rate, sigma, clip, delta } = manifest.body.privacy;
    const request = { account: this.#name, fed: manifest.id, state, stateRound, unit, rate, sigma, clip, delta };
    const reservation = reserve(this.#ledger, request, epsilon);
    await this.#append(reservation);
    const { vector } = await compute();
    const made = { state, stateRound, vector, ledger: saltedHead(this.#ledger, crypto.getRandomValues(new Uint8Array(32))) };
    await keep(made);
    await this.#append(release(this.#ledger, reservation, hashBytes(vector)));
    return made;
  }

  /** A crash came between the update and its release: it will be sent, so the ledger says it. */
  async settle(manifest: Manifest, made: Pick<Made, 'state' | 'stateRound' | 'vector'>): Promise<void> {
    const { state, stateRound, vector } = made;
    const at = { account: this.#name, fed: manifest.id, state, stateRound };
    if (releasedUpdate(this.#ledger, at) !== null) return;
    const paid = this.#ledger.records.findLast(
      (r) => r.kind === 'reserve' && r.account === at.account && r.fed === at.fed && r.state === state && r.stateRound === stateRound,
    );
    if (paid?.kind === 'reserve') await this.#append(release(this.#ledger, paid, hashBytes(vector)));
  }

  async #append(record: Parameters<BudgetStore['append']>[0]): Promise<void> {
    await this.#store.append(record);
    this.#ledger = extend(this.#ledger, record);
  }
}

/** Makes this device's update from a state, or gives back the one that a crash kept from being sent. */
export async function makePaidUpdate(
  from: { readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array },
  deps: {
    readonly manifest: Manifest;
    readonly account: Account;
    readonly epsilon: number;
    readonly cells: Cells;
    readonly trainer: TrainerEndpoint;
  },
): Promise<{ vector: Uint8Array; ledger: Hash }> {
  const { manifest, account, epsilon, cells, trainer } = deps;
  const made = (await cells.read()).get(MADE) as Made | undefined;
  if (made?.state === from.state && made.stateRound === from.stateRound) {
    await account.settle(manifest, made);
    return made;
  }
  const { parameters } = decodeState(layerSizes(manifest.body), from.bytes);
  return account.pay(
    manifest,
    from.state,
    from.stateRound,
    epsilon,
    async () => ({ vector: unwrap(await trainer.makeUpdate(parameters)).vector }),
    (value) => cells.write([{ key: MADE, value }], []),
  );
}
