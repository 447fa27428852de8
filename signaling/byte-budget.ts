/**
 * Bytes that a process holds for others at any moment: what waits for sockets, half-received messages, responses in flight. There is one
 * bound for all of it and one per network address; and no address takes more than is still free, so that a few of them leave room for
 * others (dynamic thresholds: Choudhury and Hahne, IEEE/ACM Trans. Networking 6(2), 1998). It only counts; a refused caller drops, waits or
 * closes.
 */

export class ByteBudget {
  readonly total: number;
  readonly perAddress: number;
  readonly #addresses = new Map<string, number>();
  #used = 0;

  /** Both in bytes. */
  constructor(total: number, perAddress: number) {
    this.total = total;
    this.perAddress = perAddress;
  }

  /** Bytes taken now, over all addresses. */
  get used(): number {
    return this.#used;
  }

  usedBy(address: string): number {
    return this.#addresses.get(address) ?? 0;
  }

  /** Takes all of `bytes` or, where they do not fit, nothing. An address that is alone gets half of the total. */
  take(address: string, bytes: number): boolean {
    const before = this.usedBy(address);
    if (before + bytes > Math.min(this.perAddress, this.total - this.#used - bytes)) return false;
    if (bytes === 0) return true; // an address that has nothing is not remembered
    this.#used += bytes;
    this.#addresses.set(address, before + bytes);
    return true;
  }

  /** Gives back what was taken for this address; more than that counts as all of it. */
  give(address: string, bytes: number): void {
    const before = this.usedBy(address);
    const given = Math.min(before, bytes);
    this.#used -= given;
    if (given < before) this.#addresses.set(address, before - given);
    else this.#addresses.delete(address);
  }
}
