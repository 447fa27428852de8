/** How many sockets there may be: strangers in all, and sockets of one network address. Counts only; who is refused is told by HTTP. */

export interface Admitted {
  /** The socket proved an identity. */
  proved(): void;
  left(): void;
}

export class Admission {
  readonly #strangersMax: number;
  readonly #perAddressMax: number;
  readonly #addresses = new Map<string, number>();
  #strangers = 0;

  constructor(strangersMax: number, perAddressMax: number) {
    this.#strangersMax = strangersMax;
    this.#perAddressMax = perAddressMax;
  }

  /** The HTTP status that turns an address away, or null. */
  refusal(address: string): string | null {
    if (this.#strangers >= this.#strangersMax) return '503 Service Unavailable';
    if ((this.#addresses.get(address) ?? 0) >= this.#perAddressMax) return '429 Too Many Requests';
    return null;
  }

  enter(address: string): Admitted {
    this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
    this.#strangers++;
    let stranger = true;
    const proved = () => {
      if (stranger) this.#strangers--;
      stranger = false;
    };
    return {
      proved,
      left: () => {
        proved();
        const others = this.#addresses.get(address)! - 1;
        if (others > 0) this.#addresses.set(address, others);
        else this.#addresses.delete(address);
      },
    };
  }
}
