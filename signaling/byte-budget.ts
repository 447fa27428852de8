/**
 * Bytes that a process keeps for others at one moment: what waits toward sockets, half-arrived messages, answers in flight. One
 * bound for all of it and one for what each network address makes wait. Counts only; who is refused drops, waits or closes.
 */

export class ByteBudget {
  readonly total: number;
  readonly perAddress: number;
  readonly #addresses = new Map<string, number>();
  #used = 0;

  /** Both in bytes. An address never has more than the whole. */
  constructor(total: number, perAddress: number) {
    this.total = total;
    this.perAddress = Math.min(total, perAddress);
  }

  /** Bytes taken now, over all addresses. */
  get used(): number {
    return this.#used;
  }

  usedBy(address: string): number {
    return this.#addresses.get(address) ?? 0;
  }

  /** Takes all of `bytes` or, where they do not fit, nothing. */
  take(address: string, bytes: number): boolean {
    const before = this.usedBy(address);
    if (this.#used + bytes > this.total || before + bytes > this.perAddress) return false;
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
