/**
 * A page's or headless peer's Transport: the peers of one room, reached directly if that is allowed and WebRTC opens, and through the
 * relay's mailbox otherwise. Messages flow from the first moment: by mailbox while a direct link opens, and again when it is lost. Order
 * holds only within one path; a message may be lost with a socket, but never arrives in part.
 */
import type { Hash } from '#protocol/codec';
import type { MeshError } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import { LINK_DEAD_MS } from '#protocol/limits';
import { SignalingClient, socketUrl, type ClientState } from './client.ts';
import { DirectLinks, type DirectTimings } from './links/direct-links.ts';
import type { Environment } from '#protocol/driver/ports';
import { systemEnvironment } from './environment.ts';
import { Mailbox, type MailboxLink } from './links/mailbox-link.ts';
import { RtcDialer } from './links/rtc-link.ts';
import type { Departure, PeerPath, Transport, TransportEvents } from './transport.ts';

export interface MeshOptions {
  /** The relay: its http(s) origin or the ws(s) address of its socket. */
  readonly url: string;
  readonly room: Hash;
  readonly identity: Identity;
  /** Leads to `hostRtc` on the main thread; null for a peer without WebRTC. */
  readonly rtc: MessagePort | null;
  readonly events: TransportEvents;
  /** Told of every message and call signal before it is sent, and again if it has to take another path. */
  readonly onDeparture?: (departure: Departure) => void;
  /** Told what the message handler threw; the message counts as dropped. */
  readonly onFault?: (error: unknown) => void;
  readonly environment?: Environment;
  readonly timings?: Partial<DirectTimings>;
  /** Silence after which the relay is asked for a sign of life. */
  readonly pingMs?: number;
}

/** @throws MeshError field-invalid for a bad address */
export function openMesh(options: MeshOptions): Transport {
  return new Mesh(options);
}

class Mesh implements Transport {
  readonly self: PeerId;
  readonly #options: MeshOptions;
  readonly #environment: Environment;
  readonly #client: SignalingClient;
  readonly #mailbox: Mailbox;
  readonly #direct: DirectLinks;
  /** Who is in the relay's room, and the mailbox link to each. */
  readonly #present = new Map<PeerId, MailboxLink>();
  #closed = false;
  #announcing = false;
  #announced = '';
  /** The relay has been away long enough that its mailbox does not count as a way to a peer. */
  #adrift = false;
  #cancelAdrift: (() => void) | null = null;

  constructor(options: MeshOptions) {
    this.self = options.identity.id;
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment;
    this.#direct = new DirectLinks({
      self: this.self,
      dialer: options.rtc === null ? null : RtcDialer.over(options.rtc),
      environment: this.#environment,
      ...(options.timings === undefined ? {} : { timings: options.timings }),
      send: (to, message) => {
        const bytes = JSON.stringify({ t: 'signal', to, data: message }).length;
        this.#options.onDeparture?.({ kind: 'signal', to, bytes, path: 'relayed' });
        this.#client.signal(to, message);
      },
      message: (from, bytes) => this.#deliver(from, bytes),
      opened: () => this.#changed(),
      lost: (peer, unsent) => this.#directLost(peer, unsent),
    });
    this.#mailbox = new Mailbox(
      { mailbox: (to, frame) => this.#client.mailbox(to, frame), bufferedBytes: () => this.#client.bufferedBytes() },
      this.#environment,
    );
    this.#client = new SignalingClient({
      url: socketUrl(options.url),
      room: options.room,
      identity: options.identity,
      environment: this.#environment,
      ...(options.pingMs === undefined ? {} : { pingMs: options.pingMs }),
      events: {
        state: (state, error) => this.#relayState(state, error),
        welcome: (peers, resumed) => this.#welcome(peers, resumed),
        joined: (peer) => {
          this.#join(peer, false);
          this.#changed();
        },
        left: (peer) => {
          this.#leave(peer);
          this.#changed();
        },
        signal: (from, data) => this.#direct.signal(from, data),
        mailbox: (from, frame) => this.#mailbox.receive(from, frame),
      },
    });
  }

  peers(): readonly PeerPath[] {
    const list: PeerPath[] = this.#direct.peers().map((peer) => ({ peer, path: 'direct' }));
    if (!this.#adrift) {
      for (const peer of this.#present.keys()) if (this.#direct.open(peer) === null) list.push({ peer, path: 'relayed' });
    }
    return list.sort((a, b) => (a.peer < b.peer ? -1 : 1));
  }

  send(to: PeerId, message: Uint8Array<ArrayBuffer>): void {
    if (this.#closed) return;
    const link = this.#direct.open(to) ?? this.#present.get(to);
    if (link === undefined) return;
    this.#options.onDeparture?.({ kind: 'message', to, bytes: message.length, path: link.path, message });
    link.send(message);
  }

  direct(peers: ReadonlySet<PeerId>): void {
    if (!this.#closed) this.#direct.allow(peers);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopDrifting();
    this.#direct.close();
    for (const link of this.#present.values()) link.abandon();
    this.#present.clear();
    this.#client.close();
  }

  #welcome(peers: readonly PeerId[], resumed: boolean): void {
    this.#stopDrifting();
    this.#adrift = false;
    const listed = new Set(peers);
    for (const peer of this.#present.keys()) if (!listed.has(peer)) this.#leave(peer);
    // Without a resumed session this peer is the newcomer to everybody. With one, whoever is new came while it was away.
    for (const peer of listed) if (!resumed || !this.#present.has(peer)) this.#join(peer, !resumed);
    this.#mailbox.opened();
    this.#changed();
  }

  #join(peer: PeerId, calls: boolean): void {
    if (peer === this.self || this.#closed) return;
    if (!this.#present.has(peer)) this.#openMailbox(peer);
    this.#direct.meet(peer, calls);
  }

  #leave(peer: PeerId): void {
    const link = this.#present.get(peer);
    this.#present.delete(peer); // first: its close must not open another
    link?.abandon();
    this.#direct.part(peer);
  }

  #openMailbox(peer: PeerId): void {
    const link = this.#mailbox.link(peer, {
      message: (bytes) => this.#deliver(peer, bytes),
      open: () => {},
      // A reader too slow, or a broken frame: what waited is lost, the way is not.
      close: () => {
        if (this.#present.get(peer) === link && !this.#closed) this.#openMailbox(peer);
      },
    });
    this.#present.set(peer, link);
  }

  #directLost(peer: PeerId, unsent: readonly Uint8Array<ArrayBuffer>[]): void {
    for (const message of unsent) this.send(peer, message);
    this.#changed();
  }

  #relayState(state: ClientState, error?: MeshError): void {
    if (state === 'closed') return;
    if (state === 'waiting' || state === 'refused') {
      this.#mailbox.lost();
      if (state === 'refused') this.#setAdrift();
      else if (!this.#adrift) this.#cancelAdrift ??= this.#environment.timer(LINK_DEAD_MS, () => this.#setAdrift());
    }
    this.#options.events.relay(state, error);
  }

  #setAdrift(): void {
    this.#stopDrifting();
    this.#adrift = true;
    this.#changed();
  }

  #stopDrifting(): void {
    this.#cancelAdrift?.();
    this.#cancelAdrift = null;
  }

  #deliver(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#closed) return;
    try {
      this.#options.events.message(from, bytes);
    } catch (error) {
      this.#options.onFault?.(error); // or one peer's message could cost the socket that all the others are reached by
    }
  }

  /** Tells the list once for everything that happened in one turn, and only if it differs. */
  #changed(): void {
    if (this.#announcing || this.#closed) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      if (this.#closed) return;
      const list = this.peers();
      const text = list.map(({ peer, path }) => `${peer} ${path}`).join();
      if (text === this.#announced) return;
      this.#announced = text;
      this.#options.events.peers(list);
    });
  }
}
