/** Shares memory among a relay's open seats, counting each at its maximum (allotment.ts). It measures nothing. */
import type { Hash } from '#protocol/codec';

interface Taken {
  readonly bytes: number;
  /** Asks the seat to close; false if somebody is using it. */
  readonly giveWay: () => boolean;
}

export class SeatMemory {
  readonly total: number;
  readonly #taken = new Map<Hash, Taken>();

  /** In bytes. */
  constructor(total: number) {
    this.total = total;
  }

  get used(): number {
    return [...this.#taken.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** @returns false while there is no room; unused seats have been asked to give way */
  take(fed: Hash, bytes: number, giveWay: () => boolean): boolean {
    this.#taken.delete(fed);
    const short = this.used + bytes - this.total;
    if (short > 0) {
      let asked = 0;
      // Those open the longest first.
      for (const other of this.#taken.values()) if (asked < short && other.giveWay()) asked += other.bytes;
      return false;
    }
    this.#taken.set(fed, { bytes, giveWay });
    return true;
  }

  give(fed: Hash): void {
    this.#taken.delete(fed);
  }
}
