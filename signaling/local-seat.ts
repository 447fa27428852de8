/**
 * A peer that sits in the relay itself: the home seat of a federation. In the room it is a peer like any other; it has no socket,
 * and answers calls for a direct link with a refusal, so that tabs talk to it through the mailbox.
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { MAILBOX_WINDOW_BYTES } from '#protocol/limits';
import { declineOf } from './call.ts';
import { systemEnvironment, type Environment } from './environment.ts';
import { controlKind } from './framing.ts';
import { MailboxInbox, MailboxSender } from './mailbox-queue.ts';
import type { RoomPort, Rooms, Session } from './rooms.ts';
import type { PeerPath, Transport } from './transport.ts';

export interface LocalEvents {
  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  peers(list: readonly PeerPath[]): void;
}

/**
 * @param failed told what a handler threw: one seat's fault must not take the relay down
 * @throws MeshError room-full, conflict
 */
export function attachLocal(
  rooms: Rooms,
  room: Hash,
  self: PeerId,
  events: LocalEvents,
  failed: (error: unknown) => void,
  environment: Environment = systemEnvironment,
): Transport {
  const inbox = new MailboxInbox();
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
  const sender = new MailboxSender(
    {
      ready: (to) => (session?.bufferedBytes(to) ?? 0) < MAILBOX_WINDOW_BYTES,
      frame: (to, frame) => session?.mailbox(to, frame),
    },
    environment,
  );
  const changed = () => later(() => events.peers(peers()));
  const port: RoomPort = {
    local: true,
    bufferedBytes: () => 0,
    joined: changed,
    left(peer) {
      inbox.forget(peer);
      sender.forget(peer);
      changed();
    },
    signal(from, data) {
      const decline = declineOf(data);
      if (decline !== null) later(() => session?.signal(from, decline));
    },
    mailbox(from, frame) {
      if (controlKind(frame) !== null) return;
      const message = inbox.accept(from, frame);
      if (message === null || message instanceof MeshError) return;
      later(() => events.message(from, message));
    },
    replaced() {},
  };
  session = rooms.enter(room, self, port, null);
  changed();
  return {
    self,
    peers,
    send(to, message) {
      if (closed || !session?.peers().includes(to)) return;
      try {
        sender.push(to, message);
      } catch {
        sender.forget(to); // it takes nothing: what waits for it is lost, like the message itself
      }
    },
    close() {
      closed = true;
      sender.pause();
      session?.leave();
    },
  };
}
