/**
 * A Transport without a network: the peers of one page, with a MessagePort to each. Whoever makes the ports decides who is in the room;
 * nobody joins later, and a closed link is a peer that has gone. Federations with people in them use mesh.ts.
 */
import type { PeerId } from '#protocol/identity';
import { inPageLink } from './links/in-page-link.ts';
import type { Link } from './links/link.ts';
import type { Departure, PeerPath, Transport, TransportEvents } from './transport.ts';

/** The other end of `port` is with `peer`, wherever its thread is. */
export interface PortTo {
  readonly peer: PeerId;
  readonly port: MessagePort;
}

export interface InPageMeshOptions {
  readonly self: PeerId;
  readonly ports: readonly PortTo[];
  readonly events: TransportEvents;
  /** Told of every message before it is handed over. */
  readonly onDeparture?: (departure: Departure) => void;
  /** Told what the message handler threw; the message counts as dropped. */
  readonly onFault?: (error: unknown) => void;
}

export function openInPageMesh({ self, ports, events, onDeparture, onFault }: InPageMeshOptions): Transport {
  const links = new Map<PeerId, Link>();
  let closed = false;
  const peers = (): PeerPath[] =>
    [...links.values()]
      .filter((link) => link.state === 'open')
      .map(({ peer, path }) => ({ peer, path }))
      .sort((a, b) => (a.peer < b.peer ? -1 : 1));
  const changed = () => {
    if (!closed) events.peers(peers());
  };
  const deliver = (from: PeerId, bytes: Uint8Array<ArrayBuffer>) => {
    if (closed) return;
    try {
      events.message(from, bytes);
    } catch (error) {
      onFault?.(error);
    }
  };
  for (const { peer, port } of ports) {
    links.set(peer, inPageLink(peer, port, { message: (bytes) => deliver(peer, bytes), open: changed, close: changed }));
  }
  // There is no relay to wait for: from the first turn on, all that can be reached is here.
  queueMicrotask(() => {
    if (!closed) events.relay('open');
  });
  return {
    self,
    peers,
    send(to, message) {
      const link = links.get(to);
      if (closed || link?.state !== 'open') return;
      onDeparture?.({ kind: 'message', to, bytes: message.length, path: link.path });
      link.send(message);
    },
    close() {
      closed = true;
      for (const link of links.values()) link.close();
    },
  };
}
