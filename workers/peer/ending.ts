/**
 * The end of a federation by its steward: requested here, if this device has the steward's key, or reported by the relay. The relay's word
 * is not enough: it must show what the steward signed. That is kept: the federation stays ended here, also while no relay answers.
 */
import { MeshError } from '#protocol/errors';
import { signBody, type Identity } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import { openWithdrawal, type Withdrawal } from '#protocol/manifest/withdrawal';
import type { Platform } from './platform.ts';

export class Ending {
  /** The steward has ended it. */
  isOver = false;
  readonly #manifest: Manifest;
  readonly #withdrawals: Platform['withdrawals'];
  readonly #over: () => Promise<void>;
  #steward: Identity | null = null;

  /** @param over told when it has ended */
  constructor(manifest: Manifest, { withdrawals }: Platform, over: () => Promise<void>) {
    this.#manifest = manifest;
    this.#withdrawals = withdrawals;
    this.#over = over;
  }

  /** This device can end it. */
  get isSteward(): boolean {
    return this.#steward !== null && !this.isOver;
  }

  async open(): Promise<void> {
    const { id } = this.#manifest;
    this.#steward = (await this.#withdrawals?.steward(id)) ?? null;
    this.isOver = ((await this.#withdrawals?.proven?.read(id)) ?? null) !== null;
  }

  /** The relay refuses this device. @throws MeshError its reason; or that it says `withdrawn` but cannot show proof */
  async refused(reason: MeshError): Promise<void> {
    if (reason.code !== 'withdrawn') throw reason;
    if (this.isOver) return;
    await this.#end(await openWithdrawal(await this.#withdrawals?.fetch(this.#manifest.id), this.#manifest));
  }

  /** @throws MeshError not-found without the steward's key; what the relay refuses with */
  async withdraw(): Promise<void> {
    const { id } = this.#manifest;
    if (this.#steward === null) throw new MeshError('not-found', { field: 'steward', expected: 'the key of whoever founded it' });
    const signed = await signBody(this.#steward, { t: 'withdraw', fed: id } as const);
    await this.#withdrawals!.send(id, signed);
    await this.#end(signed);
  }

  async #end(proof: Withdrawal): Promise<void> {
    this.isOver = true;
    await this.#over();
    await this.#withdrawals?.proven?.write(this.#manifest.id, proof);
  }
}
