/** A token bucket: `burst` at once, `perSecond` in the long run. Counts debts, so that a large taker waits for what it took. */

export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes `cost` whether it is there or not. @returns milliseconds until nothing is owed; 0 when all is well */
  take(cost: number, now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs) - cost;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }
}

/** Names that are remembered: a bucket that was forgotten is full again. */
const NAMES_MAX = 4096;

/** A bucket for each name. What is refused is not owed, so that who asks too often gets its pace. */
export class TokenBuckets {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #perSecond: number;
  readonly #burst: number;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** @returns whether there was a token */
  take(name: string, now: number): boolean {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      for (const oldest of this.#buckets.keys()) if (this.#buckets.size >= NAMES_MAX) this.#buckets.delete(oldest);
      bucket = new TokenBucket(this.#perSecond, this.#burst, now);
      this.#buckets.set(name, bucket);
    }
    if (bucket.take(1, now) === 0) return true;
    bucket.take(-1, now);
    return false;
  }
}
