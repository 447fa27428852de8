/**
 * What each peer of a room may cost this one: decoded items, questions, and bytes of answers. Peers prove an identity, but identities cost
 * nothing; a peer beyond its allowance is ignored for a while, and honest messages are repeated.
 */
import type { PeerId } from '../identity.ts';
import {
  MESSAGE_ITEMS_BURST,
  MESSAGE_ITEMS_PER_S,
  MUTED_KEYS_MAX,
  MUTED_MS,
  SOCKET_BYTES_BURST,
  SOCKET_BYTES_PER_S,
  WANTS_BURST,
  WANTS_PER_S,
} from '../limits.ts';
import { TokenBucket } from '../token-bucket.ts';

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

  /** Only these peers are present; counts of others are forgotten. */
  keep(peers: ReadonlySet<PeerId>): void {
    for (const id of this.#peers.keys()) if (!peers.has(id)) this.#peers.delete(id);
  }

  mute(peer: PeerId): void {
    this.#mutedUntil.delete(peer);
    this.#mutedUntil.set(peer, this.#now() + MUTED_MS);
    for (const oldest of this.#mutedUntil.keys()) if (this.#mutedUntil.size > MUTED_KEYS_MAX) this.#mutedUntil.delete(oldest);
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
        items: new TokenBucket(MESSAGE_ITEMS_PER_S, MESSAGE_ITEMS_BURST, now),
        wants: new TokenBucket(WANTS_PER_S, WANTS_BURST, now),
        answers: new TokenBucket(SOCKET_BYTES_PER_S, SOCKET_BYTES_BURST, now),
      };
      this.#peers.set(peer, allowance);
    }
    return allowance;
  }
}

/** Unlike a socket, a peer is not charged for what was refused. */
function take(bucket: TokenBucket, cost: number, now: number): boolean {
  return bucket.take(0, now) === 0 && (bucket.take(cost, now), true);
}
