/**
 * How many sockets there may be. Strangers, who have proved nothing yet, are strictly bounded, in total and per network address: the oldest
 * of the busiest address gives way, and nobody is turned away because of them. Limits on proven identities are generous, because many
 * people share an address, but no address takes more than is still free; for a known contributor, the newest unknown identity of the
 * busiest address gives way, as in a room. Each address pays from one bucket for the checks it causes and for what its peers are blamed
 * for; an address in debt waits, but never keeps a known contributor out. It closes nothing itself.
 */
import { ADDRESS_BLAME_COST, ADDRESS_HELLOS_BURST, ADDRESS_HELLOS_PER_S } from '#protocol/limits';
import { newestOfBusiest } from './busiest.ts';
import { TokenBucket } from '#protocol/token-bucket';

/** If a relay has few sockets, strangers get no more than this share. */
const STRANGERS_SHARE_MAX = 1 / 4;
/** Strangers of an address that is in debt. */
const STRANGERS_IN_DEBT_MAX = 4;
/** An address never owes more than a full bucket. */
const DEBT_MAX = ADDRESS_HELLOS_BURST;
/** Addresses that are remembered without a socket. */
const REMEMBERED_MAX = 4096;

export interface AdmissionLimits {
  /** Sockets of the whole process, strangers among them. */
  readonly sockets: number;
  readonly unproven: number;
  readonly unprovenPerAddress: number;
}

export interface Admitted {
  /** A hello arrived: its address pays for the check. @returns false if the address is in debt */
  hello(known: boolean): boolean;
  /** The socket proved an identity. @returns false if its address has no place left */
  proved(known: boolean): boolean;
  /** The peer sent what no honest one sends. */
  blame(): void;
  left(): void;
}

interface Address {
  readonly strangers: Set<Place>;
  proven: number;
  readonly bucket: TokenBucket;
}

interface Place {
  readonly address: Address;
  readonly giveWay: () => void;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #now: () => number;
  readonly #addresses = new Map<string, Address>();
  /** Sockets that proved an identity, and whether each is a known contributor. */
  readonly #proven = new Map<Place, boolean>();
  #strangers = 0;
  #gaveWay = 0;
  #refused = 0;
  #blamed = 0;

  constructor(limits: AdmissionLimits, now: () => number) {
    this.#limits = { ...limits, unproven: Math.min(limits.unproven, Math.ceil(limits.sockets * STRANGERS_SHARE_MAX)) };
    this.#now = now;
  }

  /** Since start-up: sockets that gave way, proven sockets without a place, and blames. */
  counts(): { readonly gaveWay: number; readonly refused: number; readonly blamed: number } {
    return { gaveWay: this.#gaveWay, refused: this.#refused, blamed: this.#blamed };
  }

  /** @param giveWay closes the socket at once, because another one takes its place */
  enter(name: string, giveWay: () => void): Admitted {
    const address = this.#address(name);
    const own = address.bucket.take(0, this.#now()) > 0 ? STRANGERS_IN_DEBT_MAX : this.#limits.unprovenPerAddress;
    if (address.strangers.size >= own) this.#oldestGivesWay(address);
    else if (this.#strangers >= this.#limits.unproven) this.#oldestGivesWay(this.#busiest());
    const place = { address, giveWay };
    address.strangers.add(place);
    this.#strangers++;
    return {
      hello: (known) => this.#pay(address, 1) || known,
      proved: (known) => {
        const isStranger = address.strangers.has(place); // otherwise it gave way already
        if (isStranger && known && this.#free() <= 0) this.#unknownGivesWay();
        const free = this.#free();
        if (!isStranger || free <= 0 || (!known && address.proven >= free)) {
          this.#refused++;
          return false;
        }
        this.#forget(place);
        address.proven++;
        this.#proven.set(place, known);
        return true;
      },
      blame: () => {
        this.#blamed++;
        this.#pay(address, ADDRESS_BLAME_COST);
      },
      left: () => this.#forget(place),
    };
  }

  /** Places for proven identities. */
  #free(): number {
    return this.#limits.sockets - this.#limits.unproven - this.#proven.size;
  }

  #forget(place: Place): void {
    if (place.address.strangers.delete(place)) this.#strangers--;
    if (this.#proven.delete(place)) place.address.proven--;
  }

  #address(name: string): Address {
    let address = this.#addresses.get(name);
    if (address !== undefined) return address;
    if (this.#addresses.size >= REMEMBERED_MAX) this.#forgetIdle();
    address = { strangers: new Set(), proven: 0, bucket: new TokenBucket(ADDRESS_HELLOS_PER_S, ADDRESS_HELLOS_BURST, this.#now()) };
    this.#addresses.set(name, address);
    return address;
  }

  /** Addresses without sockets; if only addresses in debt are left, those too. */
  #forgetIdle(): void {
    const now = this.#now();
    const idle = [...this.#addresses].filter(([, { strangers, proven }]) => strangers.size + proven === 0);
    const paid = idle.filter(([, { bucket }]) => bucket.take(0, now) === 0);
    for (const [name] of paid.length > 0 ? paid : idle) this.#addresses.delete(name);
  }

  #pay(address: Address, cost: number): boolean {
    const now = this.#now();
    const owed = (address.bucket.take(0, now) * ADDRESS_HELLOS_PER_S) / 1000;
    if (owed > 0 && cost === 1) return false; // what was refused is not owed as well
    address.bucket.take(Math.min(cost, DEBT_MAX - owed), now);
    return true;
  }

  #busiest(): Address {
    let busiest: Address | null = null;
    for (const address of this.#addresses.values()) {
      if (busiest === null || address.strangers.size > busiest.strangers.size) busiest = address;
    }
    return busiest!;
  }

  #oldestGivesWay(address: Address): void {
    const [oldest] = address.strangers;
    if (oldest !== undefined) this.#givesWay(oldest);
  }

  #unknownGivesWay(): void {
    const newest = newestOfBusiest([...this.#proven].flatMap(([place, known]) => (known ? [] : place)));
    if (newest !== null) this.#givesWay(newest);
  }

  #givesWay(place: Place): void {
    this.#forget(place);
    this.#gaveWay++;
    place.giveWay();
  }
}
