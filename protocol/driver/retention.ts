/**
 * How long each part of a federation is kept, by relays, tabs and headless peers alike:
 *
 * | what | how long | |---|---|
 * | certified records | always; a browser keeps the newest TAB_RECORDS_KEPT |
 * | states | the newest STATES_KEPT that records name, for peers that are a step behind |
 * | vectors of updates | while a cell names them, and UPDATES_KEPT_ROUNDS rounds after the record that counts them, for whoever recomputes
 * it |
 * | test sets | while a manifest names them; on a relay BLOB_UNNAMED_MS before that |
 * | cells | as their core decides |
 *
 * Blobs that nothing names are collected with the next record. A relay's store does the same in SQL (sqlite-statements.ts).
 */
import type { Hash } from '../codec.ts';
import { STATES_KEPT, UPDATES_KEPT_ROUNDS } from '../limits.ts';
import type { CertifiedRecord } from '../round/messages.ts';

/** Whether a record of `round` still names the vectors that it counts, once `head` is decided. */
const namesVectors = (round: number, head: number): boolean => round > head - UPDATES_KEPT_ROUNDS;

/** Collects the blobs that a log names; records come newest first, until it needs no more. */
export class LogNames {
  readonly hashes = new Set<Hash>();
  readonly #states = new Set<Hash>();
  #head: number | null = null;

  /** @returns whether an older one may name something too */
  add({ record }: CertifiedRecord): boolean {
    this.#head ??= record.round;
    if (this.#states.size < STATES_KEPT) this.#states.add(record.state);
    if (this.#states.has(record.state)) this.hashes.add(record.state);
    const isRecent = namesVectors(record.round, this.#head);
    if (isRecent) for (const { vector } of record.contributions) this.hashes.add(vector);
    return isRecent || this.#states.size < STATES_KEPT;
  }
}
