/**
 * The way in of a round host: a stranger's message is decoded, bounded and its signatures are checked before anything sees it. What
 * comes faster than it can be checked is dropped, and will be said again; strangers never take the room of members and seats.
 */
import { countItems, type Hash } from '#protocol/codec';
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
/** The part of it for peers without standing, together and each: a check is work for whoever asks for it without cost. */
const STRANGERS_CHECKING_MAX = CHECKING_MAX / 4;
const CHECKING_PER_STRANGER_MAX = 4;

export interface InboxOptions {
  readonly allowances: Allowances;
  /** Whether anything could come of it now: others are not worth a signature check. */
  readonly isRelevant: (message: RoundMessage) => boolean;
  /** What to answer to a message that is not, when its sender should know; null for silence. */
  readonly refusal: (message: RoundMessage) => MeshError | null;
  /** Seats, and members that were asked to contribute or have done so. */
  readonly hasStanding: (peer: PeerId) => boolean;
  readonly onMessage: (from: PeerId, message: RoundMessage) => void;
  /** `about` is what names the message: its bytes, or the body that it is about. `guilty`: no honest peer sends such a thing. */
  readonly onRefused: (from: PeerId, error: MeshError, about: Uint8Array | Hash, guilty: boolean) => void;
  readonly onFault: (error: MeshError) => void;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #checking = new Map<PeerId, number>();
  #checks = 0;
  #strangersChecks = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  receive(from: PeerId, bytes: Uint8Array): void {
    const { allowances, isRelevant, refusal, onMessage, onRefused, onFault } = this.#options;
    if (allowances.isMuted(from)) return;
    const stranger = !this.#options.hasStanding(from);
    const own = this.#checking.get(from) ?? 0;
    if (this.#checks >= CHECKING_MAX || own >= (stranger ? CHECKING_PER_STRANGER_MAX : CHECKING_PER_PEER_MAX)) return;
    if (stranger && this.#strangersChecks >= STRANGERS_CHECKING_MAX) return;
    const blame = (error: MeshError) => {
      allowances.mute(from);
      onRefused(from, error, bytes, true);
    };
    let message: RoundMessage;
    try {
      if (bytes.length <= MESH_MESSAGE_BYTES_MAX && !allowances.mayDecode(from, countItems(bytes))) return;
      message = decodeMesh(bytes);
    } catch (error) {
      return blame(asMeshError(error));
    }
    if (!isRelevant(message)) {
      const error = refusal(message);
      if (error !== null && message.t === 'update' && allowances.mayAsk(from)) onRefused(from, error, message.signed.body.vector, false);
      return;
    }
    if (message.t === 'want' && !allowances.mayAsk(from)) return;
    this.#checks++;
    if (stranger) this.#strangersChecks++;
    this.#checking.set(from, own + 1);
    verified(message)
      .then((good) => {
        if (good) onMessage(from, message);
        else blame(new MeshError('signature-invalid', { field: message.t }));
      })
      .catch((error: unknown) => onFault(asMeshError(error)))
      .finally(() => {
        this.#checks--;
        if (stranger) this.#strangersChecks--;
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
