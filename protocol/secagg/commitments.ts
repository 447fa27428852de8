/**
 * The leaves under a group sum's root: every sender's signed commitment, sorted by member, so that short proofs can show that somebody did
 * or did not send. A sum alone proves only what seats say; its leaf is the member's own signature. How groups are drawn and summed is
 * elsewhere.
 */
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { inclusionProof, isIncluded, leafHash, merkleRoot } from '../merkle.ts';
import type { CommitmentBody } from './messages.ts';

/** The fields of a group sum that proofs are checked against. */
export interface SumRoot {
  readonly group: number;
  readonly attempt: number;
  readonly senders: number;
  readonly root: Hash;
}

/** A leaf: who signed, the id of the body, the signature, and whether the vector is in the sum. */
export interface Sender {
  readonly by: PeerId;
  readonly commitment: Hash;
  readonly sig: Uint8Array;
  readonly kept: boolean;
}

export interface SenderProof {
  readonly sender: Sender;
  /** Place among the senders, from 0. */
  readonly index: number;
  /** RFC 6962, nearest first. */
  readonly path: readonly Uint8Array[];
}

/** The neighbours between which somebody would be; null at an end. */
export interface AbsenceProof {
  readonly before: SenderProof | null;
  readonly after: SenderProof | null;
}

export class Commitments {
  readonly #senders: readonly Sender[];
  readonly #leaves: readonly Uint8Array[];

  /**
   * @param commitments one per member, including those who dropped out afterwards; in any order
   * @param kept members whose vectors are in the sum
   */
  constructor(commitments: readonly Signed<CommitmentBody>[], kept: ReadonlySet<PeerId>) {
    const senders = commitments.map(({ body, by, sig }) => ({ by, commitment: idOf(body), sig, kept: kept.has(by) }));
    this.#senders = senders.sort((a, b) => (a.by < b.by ? -1 : 1));
    this.#leaves = this.#senders.map(leafOf);
  }

  get senders(): number {
    return this.#senders.length;
  }

  get root(): Hash {
    return toBase64Url(merkleRoot(this.#leaves)) as Hash;
  }

  /** @returns null where the member sent nothing */
  presence(member: PeerId): SenderProof | null {
    const index = this.#senders.findIndex(({ by }) => by === member);
    return index < 0 ? null : this.#at(index);
  }

  /** @returns null where the member did send */
  absence(member: PeerId): AbsenceProof | null {
    if (this.presence(member) !== null) return null;
    const index = this.#senders.findIndex(({ by }) => by > member);
    const after = index < 0 ? this.senders : index;
    return { before: after === 0 ? null : this.#at(after - 1), after: after === this.senders ? null : this.#at(after) };
  }

  #at(index: number): SenderProof {
    return { sender: this.#senders[index]!, index, path: inclusionProof(this.#leaves, index) };
  }
}

/** Whether a proof from a stranger shows exactly this commitment under a sum; its `kept` says whether it was added. The caller verifies the signature. */
export function isPresent(sum: SumRoot, { body, by, sig }: Signed<CommitmentBody>, proof: SenderProof): boolean {
  const { sender } = proof;
  const same = sender.by === by && sender.commitment === idOf(body) && toBase64Url(sender.sig) === toBase64Url(sig);
  return same && body.group === sum.group && body.attempt === sum.attempt && isUnder(sum, proof);
}

/** Whether a proof from a stranger shows that a member is not among the senders of a sum. */
export function isAbsent(sum: SumRoot, member: PeerId, { before, after }: AbsenceProof): boolean {
  if (before === null && after === null) return false; // a sum has senders
  if (before !== null && !(before.sender.by < member && isUnder(sum, before))) return false;
  if (after !== null && !(member < after.sender.by && isUnder(sum, after))) return false;
  return (after?.index ?? sum.senders) === (before?.index ?? -1) + 1;
}

function isUnder({ root, senders }: SumRoot, { sender, index, path }: SenderProof): boolean {
  return isIncluded(leafOf(sender), index, senders, path, fromBase64Url(root));
}

function leafOf({ by, commitment, sig, kept }: Sender): Uint8Array {
  return leafHash(taggedBytes('commitment-leaf/2', { by, commitment, sig, kept }));
}
