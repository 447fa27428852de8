/**
 * What must never happen, watched from outside the cores. Each rule has a name; a broken one is reported with its name, so that a
 * mutated core is caught by a named oracle.
 */
import type { Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import type { CertifiedRecord, SignedBody } from '../round/messages.ts';
import { CHECKS_MAX } from '../limits.ts';
import { isCertified, type RoundConfig } from '../round/record.ts';

export type OracleName =
  | 'agreement'
  | 'certificate'
  | 'double-vote'
  | 'one-update'
  | 'recomputed'
  | 'chain'
  | 'lock-kept'
  | 'progress'
  | 'bounded'
  | 'fault';

export interface Violation {
  readonly oracle: OracleName;
  readonly detail: string;
}

export class Oracles {
  readonly violations: Violation[] = [];
  readonly records = new Map<number, { id: Hash; certified: CertifiedRecord; at: number }>();
  readonly #rules: RoundConfig;
  readonly #honest: (id: PeerId) => boolean;
  readonly #expected: (certified: CertifiedRecord) => Hash | null;
  /** First body that an honest signer signed for a key that allows one. */
  readonly #once = new Map<string, Hash>();
  /** Commits of honest seats: a later prepare of the same slot by a quorum for another record breaks the lock. */
  readonly #committed = new Map<string, { record: Hash; view: number; by: Set<PeerId> }[]>();

  /** @param rules the true rules of the federation, which a mutant's own configuration may lack */
  constructor(rules: RoundConfig, honest: (id: PeerId) => boolean, expected: (certified: CertifiedRecord) => Hash | null) {
    this.#rules = rules;
    this.#honest = honest;
    this.#expected = expected;
  }

  #fail(oracle: OracleName, detail: string): void {
    this.violations.push({ oracle, detail });
  }

  /** Everything an honest peer signs passes here. */
  signed(signed: Signed<SignedBody>): void {
    const { body, by } = signed;
    if (!this.#honest(by)) return;
    if (body.t === 'prepare' || body.t === 'commit') {
      this.#onlyOnce('double-vote', `${body.t}/${body.round}/${body.view}/${by}`, body.record);
      if (body.t === 'commit') this.#noteCommit(body.round, body.view, body.record, by);
      else this.#checkLock(body.round, body.view, body.record, by);
    } else if (body.t === 'update') {
      this.#onlyOnce('one-update', `${body.state}/${body.stateRound}/${by}`, body.vector);
    }
  }

  #onlyOnce(oracle: OracleName, key: string, value: Hash): void {
    const first = this.#once.get(key);
    if (first === undefined) this.#once.set(key, value);
    else if (first !== value) this.#fail(oracle, key);
  }

  #noteCommit(round: number, view: number, record: Hash, by: PeerId): void {
    const key = String(round);
    const list = this.#committed.get(key) ?? [];
    let entry = list.find((e) => e.record === record && e.view === view);
    if (entry === undefined) list.push((entry = { record, view, by: new Set() }));
    entry.by.add(by);
    this.#committed.set(key, list);
  }

  /** Once enough honest seats committed in a view that liars cannot outvote them, nobody honest prepares another record later. */
  #checkLock(round: number, view: number, record: Hash, by: PeerId): void {
    const { quorum, f } = this.#rules;
    for (const entry of this.#committed.get(String(round)) ?? []) {
      if (entry.view < view && entry.record !== record && entry.by.size >= quorum - f) {
        this.#fail(
          'lock-kept',
          `round ${round}: ${by.slice(0, 6)} prepared another record in view ${view} after a commit in ${entry.view}`,
        );
      }
    }
  }

  /** So many signatures wait to be checked, or are being checked, at an honest peer: what strangers send must not grow its memory. */
  checking(by: PeerId, count: number): void {
    if (this.#honest(by) && count === CHECKS_MAX + 1) this.#fail('bounded', `${by.slice(0, 8)} checks more than ${CHECKS_MAX} at a time`);
  }

  /** An honest peer's driver met what it does not expect. */
  fault(by: PeerId, problem: string): void {
    if (this.#honest(by)) this.#fail('fault', `${by.slice(0, 8)}: ${problem}`);
  }

  /** Every decision that an honest peer takes as its head passes here. */
  decided(certified: CertifiedRecord, at: number): void {
    const { record } = certified;
    const id = idOf(record);
    if (!isCertified(this.#rules, certified)) this.#fail('certificate', `round ${record.round} without a true quorum`);
    const known = this.records.get(record.round);
    if (known !== undefined) {
      if (known.id !== id) this.#fail('agreement', `round ${record.round} has two records`);
      return;
    }
    this.records.set(record.round, { id, certified, at });
    const before = this.records.get(record.round - 1);
    if (before !== undefined && before.id !== record.base) this.#fail('chain', `round ${record.round} has another base`);
    const expected = this.#expected(certified);
    if (expected !== null && expected !== record.state)
      this.#fail('recomputed', `round ${record.round} has a state that its updates do not make`);
  }
}
