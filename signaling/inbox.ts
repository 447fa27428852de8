/**
 * The way in of a round host: a stranger's message is decoded, bounded and its signatures are checked before anything sees it. What
 * comes faster than it can be checked is dropped, and will be said again.
 */
import { countItems } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import { verifySigned, type PeerId } from '#protocol/identity';
import { MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import type { RoundMessage } from '#protocol/round/messages';
import { blobsMatch, signaturesIn } from '#protocol/round/signatures';
import { decodeMesh } from '#protocol/wire';
import type { Allowances } from './allowance.ts';

/** Messages whose signatures are being checked, over all peers and from one. */
const CHECKING_MAX = 512;
const CHECKING_PER_PEER_MAX = 64;

export interface InboxOptions {
  readonly allowances: Allowances;
  /** Whether anything could come of it now: others are not worth a signature check. */
  readonly isRelevant: (message: RoundMessage) => boolean;
  readonly onMessage: (from: PeerId, message: RoundMessage) => void;
  readonly onRefused: (from: PeerId, error: MeshError, bytes: Uint8Array) => void;
  readonly onFault: (error: MeshError) => void;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #checking = new Map<PeerId, number>();
  #checks = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  receive(from: PeerId, bytes: Uint8Array): void {
    const { allowances, isRelevant, onMessage, onRefused, onFault } = this.#options;
    if (this.#checks >= CHECKING_MAX || (this.#checking.get(from) ?? 0) >= CHECKING_PER_PEER_MAX) return;
    let message: RoundMessage;
    try {
      if (bytes.length <= MESH_MESSAGE_BYTES_MAX && !allowances.mayDecode(from, countItems(bytes))) return;
      message = decodeMesh(bytes);
    } catch (error) {
      return onRefused(from, asMeshError(error), bytes);
    }
    if (!isRelevant(message) || (message.t === 'want' && !allowances.mayAsk(from))) return;
    this.#checks++;
    this.#checking.set(from, (this.#checking.get(from) ?? 0) + 1);
    verified(message)
      .then((good) => {
        if (good) onMessage(from, message);
        else onRefused(from, new MeshError('signature-invalid', { field: message.t }), bytes);
      })
      .catch((error: unknown) => onFault(asMeshError(error)))
      .finally(() => {
        this.#checks--;
        const left = this.#checking.get(from)! - 1;
        if (left > 0) this.#checking.set(from, left);
        else this.#checking.delete(from);
      });
  }
}

async function verified(message: RoundMessage): Promise<boolean> {
  if (!blobsMatch(message)) return false;
  for (const signed of signaturesIn(message)) if (!(await verifySigned(signed))) return false;
  return true;
}
