/** "What left my device": a line for every message that is handed to a link, written by the code that hands it over. Bounded. */
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest';
import type { Leaving } from '#signaling/round-host';
import type { Departure } from '#signaling/transport';
import type { OutboxLine } from './api.ts';

/** Lines that are kept for people; the totals count everything. */
const LINES_MAX = 200;

export class Outbox {
  bytesOut = 0;
  /** When the own update was first handed over, by its hash; one entry a state. */
  updateSent: { readonly hash: Hash; readonly at: number } | null = null;
  #lines: OutboxLine[] = [];
  readonly #privacy: ManifestBody['privacy'];
  readonly #now: () => number;

  constructor(privacy: ManifestBody['privacy'], now: () => number) {
    this.#privacy = privacy;
    this.#now = now;
  }

  /** `leaving` is null for a message that takes another path after its link was lost. */
  note({ kind: sort, to, bytes, path }: Departure, leaving: Leaving | null): void {
    const kind = sort === 'signal' ? sort : (leaving?.kind ?? 'again');
    this.bytesOut += bytes;
    const update =
      sort === 'signal' || leaving?.update == null
        ? null
        : { hash: leaving.update as Hash, sigma: this.#privacy.sigma, clip: this.#privacy.clip };
    if (update !== null && this.updateSent?.hash !== update.hash) this.updateSent = { hash: update.hash, at: this.#now() };
    // Heartbeats of the round, said every two seconds to everybody, would push all that matters out of the list.
    if (kind === 'status' || kind === 'ack') return;
    this.#lines.push({ at: this.#now(), kind, bytes, to, path, update });
    if (this.#lines.length > LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
  }

  /** Newest first. */
  lines(): readonly OutboxLine[] {
    return [...this.#lines].reverse();
  }
}
