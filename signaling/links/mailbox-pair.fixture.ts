/** Two mailbox links over one relay, for the acceptance suite in Node and in a browser. Not for the product: one peer a socket. */
import type { Hash } from '#protocol/codec';
import type { Identity, PeerId } from '#protocol/identity';
import { SignalingClient } from '../client.ts';
import { systemEnvironment } from '../environment.ts';
import { watch, type LinkEnd, type Pair } from './link-suite.ts';
import { Mailbox } from './mailbox-link.ts';

export async function mailboxPair(
  url: string,
  room: Hash,
  [one, two]: readonly [Identity, Identity],
): Promise<{ pair: Pair; close(): void }> {
  const [a, b] = [mailboxEnd(url, room, one, two.id), mailboxEnd(url, room, two, one.id)];
  return {
    pair: [a.end, b.end],
    close() {
      a.client.close();
      b.client.close();
    },
  };
}

/** Opens once the other peer is in the room: a frame to nobody would be dropped. */
function mailboxEnd(url: string, room: Hash, identity: Identity, other: PeerId): { end: LinkEnd; client: SignalingClient } {
  const seen = watch();
  const client: SignalingClient = new SignalingClient({
    url,
    room,
    identity,
    events: {
      state(state) {
        if (state === 'waiting') mailbox.lost();
      },
      welcome: (peers) => void (peers.includes(other) && mailbox.opened()),
      joined: (peer) => void (peer === other && mailbox.opened()),
      left: () => {},
      signal: () => {},
      mailbox: (from, frame) => mailbox.receive(from, frame),
    },
  });
  const mailbox = new Mailbox(
    { mailbox: (to, frame) => client.mailbox(to, frame), bufferedBytes: () => client.bufferedBytes() },
    systemEnvironment,
  );
  return { end: { link: mailbox.link(other, seen.events), seen }, client };
}
