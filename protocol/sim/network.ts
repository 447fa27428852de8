/**
 * The simulated network: delay with reordering, loss, duplication and partitions. A partition may be one-way.
 * Every tenth message or so goes through the real codec, both ways.
 */
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

const CODEC_SHARE = 0.05;

export class Network {
  readonly faults: NetworkFaults;
  sent = 0;
  lost = 0;
  duplicated = 0;
  coded = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #inboxes = new Map<PeerId, (from: PeerId, message: RoundMessage) => void>();
  #cut: (from: PeerId, to: PeerId) => boolean = () => false;

  constructor(clock: Clock, random: Random, faults: NetworkFaults) {
    this.#clock = clock;
    this.#random = random;
    this.faults = faults;
  }

  attach(id: PeerId, inbox: (from: PeerId, message: RoundMessage) => void): void {
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

  send(from: PeerId, to: PeerId, message: RoundMessage): void {
    const random = this.#random;
    this.sent++;
    if (this.#cut(from, to) || random.chance(this.faults.loss)) {
      this.lost++;
      return;
    }
    let delivered = message;
    if (random.chance(CODEC_SHARE)) {
      const bytes = encodeMesh(message);
      delivered = decodeMesh(bytes);
      if (!equalBytes(encodeMesh(delivered), bytes)) throw new Error('the codec changed a message');
      this.coded++;
    }
    const copies = random.chance(this.faults.duplicate) ? 2 : 1;
    if (copies === 2) this.duplicated++;
    for (let i = 0; i < copies; i++) {
      const delay = this.faults.delayMin - Math.log(1 - random.next()) * this.faults.delayMean;
      this.#clock.after(delay, () => this.#inboxes.get(to)?.(from, delivered));
    }
  }
}
