/**
 * What each peer of a room may cost this one: items that it has decoded, questions, and bytes of answers. Peers prove an identity,
 * but identities cost nothing; past its allowance a peer is not heard for a while, and honest messages are said again.
 */
import type { PeerId } from '#protocol/identity';
import { CBOR_ITEMS_TOTAL_MAX, SOCKET_BYTES_BURST, SOCKET_BYTES_PER_S } from '#protocol/limits';
import { TokenBucket } from './token-bucket.ts';

/** CBOR items, which is what decoding costs: 20,000 take tens of milliseconds. A vote has 60, the largest proposal 46,000. */
const ITEMS_PER_S = 20_000;
const ITEMS_BURST = 4 * CBOR_ITEMS_TOTAL_MAX;
const WANTS_PER_S = 20;
const WANTS_BURST = 100;

/** A key that sent a signature that is none, or what is no message, is not heard for so long; that outlives its connection. */
const MUTED_MS = 60_000;
/** Keys that are remembered so: new ones cost nothing, so this is for those that go on. Addresses pay at the relay. */
const MUTED_MAX = 1024;

interface Allowance {
  readonly items: TokenBucket;
  readonly wants: TokenBucket;
  readonly answers: TokenBucket;
}

export class Allowances {
  readonly #now: () => number;
  readonly #peers = new Map<PeerId, Allowance>();
  readonly #mutedUntil = new Map<PeerId, number>();

  /** @param now milliseconds that never run backwards */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Only these peers are there; what was counted for others is forgotten. */
  keep(peers: ReadonlySet<PeerId>): void {
    for (const id of this.#peers.keys()) if (!peers.has(id)) this.#peers.delete(id);
  }

  mute(peer: PeerId): void {
    this.#mutedUntil.delete(peer);
    this.#mutedUntil.set(peer, this.#now() + MUTED_MS);
    for (const oldest of this.#mutedUntil.keys()) if (this.#mutedUntil.size > MUTED_MAX) this.#mutedUntil.delete(oldest);
  }

  isMuted(peer: PeerId): boolean {
    const until = this.#mutedUntil.get(peer);
    if (until === undefined || until > this.#now()) return until !== undefined;
    this.#mutedUntil.delete(peer);
    return false;
  }

  mayDecode(peer: PeerId, items: number): boolean {
    return take(this.#of(peer).items, items, this.#now());
  }

  mayAsk(peer: PeerId): boolean {
    return take(this.#of(peer).wants, 1, this.#now());
  }

  mayAnswer(peer: PeerId, bytes: number): boolean {
    return take(this.#of(peer).answers, bytes, this.#now());
  }

  #of(peer: PeerId): Allowance {
    let allowance = this.#peers.get(peer);
    if (allowance === undefined) {
      const now = this.#now();
      allowance = {
        items: new TokenBucket(ITEMS_PER_S, ITEMS_BURST, now),
        wants: new TokenBucket(WANTS_PER_S, WANTS_BURST, now),
        answers: new TokenBucket(SOCKET_BYTES_PER_S, SOCKET_BYTES_BURST, now),
      };
      this.#peers.set(peer, allowance);
    }
    return allowance;
  }
}

/** Unlike a socket, a peer owes nothing for what it was refused. */
function take(bucket: TokenBucket, cost: number, now: number): boolean {
  return bucket.take(0, now) === 0 && (bucket.take(cost, now), true);
}
