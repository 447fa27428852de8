/**
 * "What left my device": what is handed to a link, recorded by the code that hands it over. Receipts and heartbeats are counted, not
 * listed; a repeated message to the same peer, like a join every two seconds until a round fills, adds to its line. Bounded.
 */
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Leaving } from '#protocol/driver/ports';
import type { Departure } from '#signaling/transport';
import type { OutboxLine } from '../api.ts';

/** Lines that are kept for people; the totals count everything. */
const LINES_MAX = 200;

export class Outbox {
  bytesOut = 0;
  /** When the own update was first handed over, by its hash; one entry per state. */
  updateSent: { readonly hash: Hash; readonly at: number } | null = null;
  #lines: OutboxLine[] = [];
  /** The kinds of messages that wait in a link: if it is lost, another link sends them. */
  readonly #said = new WeakMap<Uint8Array, Leaving>();
  readonly #privacy: ManifestBody['privacy'];
  readonly #now: () => number;

  constructor(privacy: ManifestBody['privacy'], now: () => number) {
    this.#privacy = privacy;
    this.#now = now;
  }

  /** `now` is null for a message that takes another path after its link was lost: its kind was noted the first time. */
  note({ kind: sort, to, bytes, path, message }: Departure, now: Leaving | null): void {
    if (now !== null && message !== undefined) this.#said.set(message, now);
    const leaving = now ?? (message === undefined ? null : (this.#said.get(message) ?? null));
    const kind = sort === 'signal' ? sort : (leaving?.kind ?? 'again');
    this.bytesOut += bytes;
    const update =
      sort === 'signal' || leaving?.update == null
        ? null
        : { hash: leaving.update as Hash, sigma: this.#privacy.sigma, clip: this.#privacy.clip };
    if (update !== null && this.updateSent?.hash !== update.hash) this.updateSent = { hash: update.hash, at: this.#now() };
    // Heartbeats of the round, sent to everybody every two seconds, would push everything that matters out of the list.
    if (kind === 'status' || kind === 'ack') return;
    const last = this.#lines.findLastIndex((line) => line.to === to);
    const again = last !== -1 && isSame(this.#lines[last]!, { kind, bytes, path, update }) ? this.#lines.splice(last, 1)[0]! : null;
    this.#lines.push({ at: this.#now(), times: 1 + (again?.times ?? 0), kind, bytes, to, path, update });
    if (this.#lines.length > LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
  }

  /** Newest first. */
  lines(): readonly OutboxLine[] {
    return [...this.#lines].reverse();
  }
}

function isSame(line: OutboxLine, { kind, bytes, path, update }: Pick<OutboxLine, 'kind' | 'bytes' | 'path' | 'update'>): boolean {
  return line.kind === kind && line.bytes === bytes && line.path === path && line.update?.hash === update?.hash;
}
