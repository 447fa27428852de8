/**
 * The end of a federation by its steward: requested here, if this device has the steward's key, or reported by the relay. The relay's word
 * is not enough: it must show what the steward signed.
 */
import { MeshError } from '#protocol/errors';
import { signBody, type Identity } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import { openWithdrawal } from '#protocol/manifest/withdrawal';
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
    this.#steward = (await this.#withdrawals?.steward(this.#manifest.id)) ?? null;
  }

  /** The relay refuses this device. @throws MeshError its reason; or that it says `withdrawn` but cannot show proof */
  async refused(reason: MeshError): Promise<void> {
    if (reason.code !== 'withdrawn') throw reason;
    await openWithdrawal(await this.#withdrawals?.fetch(this.#manifest.id), this.#manifest);
    await this.#end();
  }

  /** @throws MeshError not-found without the steward's key; what the relay refuses with */
  async withdraw(): Promise<void> {
    const { id } = this.#manifest;
    if (this.#steward === null) throw new MeshError('not-found', { field: 'steward', expected: 'the key of whoever founded it' });
    await this.#withdrawals!.send(id, await signBody(this.#steward, { t: 'withdraw', fed: id }));
    await this.#end();
  }

  #end(): Promise<void> {
    this.isOver = true;
    return this.#over();
  }
}
