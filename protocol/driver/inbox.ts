/**
 * The way into a driver: a stranger's message is decoded, bounded and its signatures are checked before anything sees it. Messages that
 * arrive faster than they can be checked are dropped and will be repeated; strangers never take the room of members and seats.
 */
import { countItems, type Hash } from '../codec.ts';
import { asMeshError, MeshError } from '../errors.ts';
import type { PeerId } from '../identity.ts';
import { CHECKS_MAX, CHECKS_OF_STRANGERS_MAX, CHECKS_PER_PEER_MAX, CHECKS_PER_STRANGER_MAX, MESH_MESSAGE_BYTES_MAX } from '../limits.ts';
import type { RoundMessage } from '../round/messages.ts';
import { blobsMatch, signaturesIn } from '../round/signatures.ts';
import type { decodeMesh } from '../wire.ts';
import type { Allowances } from './allowance.ts';
import type { Verify } from './ports.ts';

/** Messages whose signatures are checked at a time: from all peers and from one; from all peers without standing and from one. */
export interface InboxLimits {
  readonly all: number;
  readonly perPeer: number;
  readonly strangers: number;
  readonly perStranger: number;
}

const INBOX_LIMITS: InboxLimits = {
  all: CHECKS_MAX,
  perPeer: CHECKS_PER_PEER_MAX,
  strangers: CHECKS_OF_STRANGERS_MAX,
  perStranger: CHECKS_PER_STRANGER_MAX,
};

export interface InboxOptions {
  readonly allowances: Allowances;
  readonly limits?: InboxLimits;
  readonly verify: Verify;
  readonly decode: typeof decodeMesh;
  /** Whether it could have any effect now: other messages are not worth a signature check. */
  readonly isRelevant: (message: RoundMessage) => boolean;
  /** The answer to an irrelevant message if its sender should know; null for silence. */
  readonly refusal: (message: RoundMessage) => MeshError | null;
  /** Seats, and members that were asked to contribute or have done so. */
  readonly hasStanding: (peer: PeerId) => boolean;
  readonly onMessage: (from: PeerId, message: RoundMessage) => void;
  /** `about` identifies the message: its bytes, or the body it is about. `guilty`: no honest peer sends this. */
  readonly onRefused: (from: PeerId, error: MeshError, about: Uint8Array | Hash, guilty: boolean) => void;
  readonly onFault: (error: MeshError) => void;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #limits: InboxLimits;
  readonly #checking = new Map<PeerId, number>();
  #checks = 0;
  #strangersChecks = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#limits = options.limits ?? INBOX_LIMITS;
  }

  receive(from: PeerId, bytes: Uint8Array): void {
    const { allowances, verify, decode, isRelevant, refusal, onMessage, onRefused, onFault } = this.#options;
    const { all, perPeer, strangers, perStranger } = this.#limits;
    if (allowances.isMuted(from)) return;
    const stranger = !this.#options.hasStanding(from);
    const own = this.#checking.get(from) ?? 0;
    if (this.#checks >= all || own >= (stranger ? perStranger : perPeer)) return;
    if (stranger && this.#strangersChecks >= strangers) return;
    const blame = (error: MeshError) => {
      allowances.mute(from);
      onRefused(from, error, bytes, true);
    };
    let message: RoundMessage;
    try {
      if (bytes.length <= MESH_MESSAGE_BYTES_MAX && !allowances.mayDecode(from, countItems(bytes))) return;
      message = decode(bytes);
    } catch (error) {
      return blame(asMeshError(error));
    }
    if (!isRelevant(message)) {
      const error = refusal(message);
      const about = message.t === 'update' ? message.signed.body.vector : bytes;
      if (error !== null && allowances.mayAsk(from)) onRefused(from, error, about, false);
      return;
    }
    if (message.t === 'want' && !allowances.mayAsk(from)) return;
    this.#checks++;
    if (stranger) this.#strangersChecks++;
    this.#checking.set(from, own + 1);
    verified(message, verify)
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

async function verified(message: RoundMessage, verify: Verify): Promise<boolean> {
  if (!blobsMatch(message)) return false;
  for (const signed of signaturesIn(message)) if (!(await verify(signed))) return false;
  return true;
}
