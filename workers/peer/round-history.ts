/**
 * The decided rounds as this device saw them: what each did, whether this device contributed and if not why, what it cost. Kept over a
 * reload if the platform has a place for it. For display only: no round depends on it, and nothing of it is sent.
 */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { CertifiedRecord } from '#protocol/round/messages';
import { updatesIn } from '#protocol/round/record';
import type { RoundLine, Score } from '../api.ts';
import type { Outbox } from './outbox.ts';
import type { KeptHistory, Platform } from './platform.ts';

/** Decided rounds that the page can look back on. */
const ROUNDS_KEPT = 500;

/** This device's state at the moment a record arrives. */
export interface AtDecision {
  readonly self: PeerId;
  readonly contributed: boolean;
  readonly mode: 'active' | 'finishing' | 'paused' | 'following' | 'done';
  readonly sent: Outbox['updateSent'];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Totals of this tab so far. */
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly spent: number | null;
}

export class RoundHistory {
  #lines: RoundLine[] = [];
  /** Decided since the session was opened. */
  models = 0;
  skips = 0;
  #bytesOut = 0;
  #bytesIn = 0;
  /** The last sent update that a line has told of. */
  #told: string | null = null;

  get lines(): readonly RoundLine[] {
    return this.#lines;
  }

  /** Restores the history shown to people; losing it costs nothing. */
  async lookBack(store: Platform['history'], federation: Hash, scoring: { scores: readonly Score[] }): Promise<void> {
    const kept = await store?.read(federation).catch(() => null);
    if (!kept) return;
    this.#lines = [...kept.rounds];
    scoring.scores = [...kept.scores];
  }

  kept(scores: readonly Score[]): KeptHistory {
    return { rounds: this.lines, scores: [...scores] };
  }

  note({ record }: CertifiedRecord, at: AtDecision): void {
    const own = updatesIn(record).find((c) => c.member === at.self);
    const { sent } = at;
    if (record.kind === 'model') this.models++;
    else this.skips++;
    const line: RoundLine = {
      round: record.round,
      kind: record.kind,
      contributors: record.contributions.length,
      decidedAt: at.now,
      updateSentAt: at.contributed && sent !== null && sent.hash === own?.vector ? sent.at : null,
      part: own === undefined ? this.#whyNot(at) : 'in',
      bytesOut: at.bytesOut - this.#bytesOut,
      bytesIn: at.bytesIn - this.#bytesIn,
      spentAfter: at.spent,
    };
    [this.#bytesOut, this.#bytesIn] = [at.bytesOut, at.bytesIn];
    if (sent !== null) this.#told = sent.hash;
    this.#lines = [...this.#lines.filter((known) => known.round < record.round), line].slice(-ROUNDS_KEPT);
  }

  #whyNot({ mode, sent }: AtDecision): RoundLine['part'] {
    if (mode === 'following') return 'watching';
    if (mode === 'paused') return 'paused';
    if (sent !== null && sent.hash !== this.#told) return 'late';
    return mode === 'done' ? 'spent' : 'absent';
  }
}
