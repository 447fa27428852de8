/** The simulated network: delay with reordering, loss, duplication and partitions. A partition may be one-way. */
import { equalBytes } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import type { RoundMessage } from '../round/messages.ts';
import { decodeMesh, encodeMesh } from '../wire.ts';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

export interface NetworkFaults {
  loss: number;
  duplicate: number;
  /** Milliseconds: a floor, and the mean of an exponential on top of it, which is what reorders. */
  delayMin: number;
  delayMean: number;
}

/** Part of the messages of which is looked whether they come back from the codec as they are. */
const CODEC_SHARE = 0.05;

export class Network {
  readonly faults: NetworkFaults;
  sent = 0;
  lost = 0;
  duplicated = 0;
  /** A digest of all that was sent, when, and by whom. */
  trace = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #inboxes = new Map<PeerId, (from: PeerId, bytes: Uint8Array) => void>();
  readonly #decoded = new WeakMap<Uint8Array, RoundMessage>();
  #cut: (from: PeerId, to: PeerId) => boolean = () => false;

  constructor(clock: Clock, random: Random, faults: NetworkFaults) {
    this.#clock = clock;
    this.#random = random;
    this.faults = faults;
  }

  attach(id: PeerId, inbox: (from: PeerId, bytes: Uint8Array) => void): void {
    this.#inboxes.set(id, inbox);
  }

  detach(id: PeerId): void {
    this.#inboxes.delete(id);
  }

  present(): PeerId[] {
    return [...this.#inboxes.keys()];
  }

  /** Messages are lost when this says so at the time of sending. */
  partition(cut: (from: PeerId, to: PeerId) => boolean): void {
    this.#cut = cut;
  }

  connected(a: PeerId, b: PeerId): boolean {
    return this.#inboxes.has(a) && this.#inboxes.has(b) && !this.#cut(a, b) && !this.#cut(b, a);
  }

  /** What bytes say; many peers get the same. */
  decode(bytes: Uint8Array): RoundMessage {
    let message = this.#decoded.get(bytes);
    if (message === undefined) this.#decoded.set(bytes, (message = decodeMesh(bytes)));
    return message;
  }

  send(from: PeerId, to: PeerId, bytes: Uint8Array): void {
    const random = this.#random;
    this.sent++;
    this.trace = digest(this.trace, `${this.#clock.now} ${from} ${to}`, bytes);
    if (this.#cut(from, to) || random.chance(this.faults.loss)) {
      this.lost++;
      return;
    }
    if (random.chance(CODEC_SHARE) && !equalBytes(encodeMesh(decodeMesh(bytes)), bytes)) throw new Error('the codec changed a message');
    const copies = random.chance(this.faults.duplicate) ? 2 : 1;
    if (copies === 2) this.duplicated++;
    for (let i = 0; i < copies; i++) {
      const delay = this.faults.delayMin - Math.log(1 - random.next()) * this.faults.delayMean;
      this.#clock.after(delay, () => this.#inboxes.get(to)?.(from, bytes));
    }
  }
}

/** FNV-1a, over the names and a part of the bytes. */
function digest(before: number, names: string, bytes: Uint8Array): number {
  let h = before ^ 0x811c9dc5;
  const mix = (value: number) => (h = Math.imul(h ^ value, 0x01000193));
  for (let i = 0; i < names.length; i++) mix(names.charCodeAt(i));
  for (const byte of bytes.subarray(-64)) mix(byte);
  return mix(bytes.length);
}
