/**
 * A peer that sits in the relay itself: the home seat of a federation. In the room it is a peer like any other. It has no socket and
 * refuses direct links, so tabs talk to it through the mailbox.
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import type { ByteBudget } from '../byte-budget.ts';
import { declineOf } from '../call.ts';
import type { Environment } from '#protocol/driver/ports';
import { systemEnvironment } from '../environment.ts';
import { controlKind } from '../links/framing.ts';
import { MailboxInbox } from '../links/mailbox-queue.ts';
import type { RoomPort, Rooms, Session } from './rooms.ts';
import type { PeerPath, Transport } from '../transport.ts';

/** The payer for what seats send each other; not a network address. */
const SEAT = 'seat';

export interface LocalEvents {
  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  peers(list: readonly PeerPath[]): void;
}

/**
 * @param failed told what a handler threw: one seat's fault must not take the relay down
 * @param budget half-arrived messages are charged to it, each to its sender's address
 * @throws MeshError room-full, conflict
 */
export function attachLocal(
  rooms: Rooms,
  room: Hash,
  self: PeerId,
  events: LocalEvents,
  failed: (error: unknown) => void,
  budget: ByteBudget,
  environment: Environment = systemEnvironment,
): Transport {
  const inbox = new MailboxInbox(budget, environment);
  let session: Session | null = null;
  let closed = false;
  const later = (call: () => void) =>
    queueMicrotask(() => {
      if (closed) return;
      try {
        call();
      } catch (error) {
        failed(error);
      }
    });
  const peers = (): PeerPath[] => (session?.peers() ?? []).map((peer) => ({ peer, path: session?.isLocal(peer) ? 'in-page' : 'relayed' }));
  const changed = () => later(() => events.peers(peers()));
  const port: RoomPort = {
    local: true,
    address: SEAT,
    joined: changed,
    left(peer) {
      inbox.forget(peer);
      changed();
    },
    away: (peer) => inbox.forget(peer),
    signal(from, data) {
      const decline = declineOf(data);
      if (decline !== null) later(() => session?.signal(from, decline));
    },
    mailbox(from, frame, payer) {
      if (controlKind(frame) !== null) return;
      const message = inbox.accept(from, frame, payer);
      if (message instanceof MeshError) session?.blame(from); // a lost frame leaves a gap, and a gap is not an error
      else if (message !== null) later(() => events.message(from, message));
    },
    message: (from, bytes) => later(() => events.message(from, bytes.slice())), // each has its own, as over a socket
    ended() {},
    blamed() {},
  };
  session = rooms.enter(room, self, port, null);
  changed();
  return {
    self,
    peers,
    send(to, message) {
      if (!closed) session?.message(to, message);
    },
    blame: (peer) => session?.blame(peer),
    close() {
      closed = true;
      inbox.close();
      session?.leave();
    },
  };
}
