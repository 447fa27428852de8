/**
 * The main thread's part of direct links: holds the RTCPeerConnections (simple-peer, loaded when the first call comes) and passes frames
 * between data channels and a worker. It decides nothing: the worker decides whom to call, when a link is dead and what frames mean. The
 * message handler here answers the other end's heartbeats, because timers hardly run in a hidden page.
 */
import type SimplePeer from '#simple-peer';
import { LINK_WINDOW_BYTES } from '#protocol/limits';
import { parseRtcSignal, type RtcSignal } from '../call.ts';
import { CONTROL_BYE, CONTROL_PING, CONTROL_PONG, controlFrame, controlKind, FRAME_BYTES_MAX } from './framing.ts';
import type { FromHost, ToHost } from './rtc-port.ts';

type Instance = SimplePeer.Instance;
type PeerClass = typeof SimplePeer;

/** Time for a farewell to leave before the connection is torn down. */
const FAREWELL_MS = 100;

/** Signals of one call that wait for simple-peer to load: an offer and its candidates are some ten. */
const EARLY_MAX = 64;

export interface RtcHostOptions {
  /** Own STUN and TURN servers; none by default. simple-peer's defaults are other companies' and are never used. */
  readonly iceServers?: readonly RTCIceServer[];
}

/** simple-peer's options for one end of a link. */
export function peerOptions(initiator: boolean, options: RtcHostOptions) {
  return {
    initiator,
    objectMode: true, // otherwise empty messages vanish
    config: { iceServers: [...(options.iceServers ?? [])] },
  };
}

/** Serves the worker at the other end of `port`, until `close` or the page goes. */
export function hostRtc(port: MessagePort, options: RtcHostOptions = {}): { close(): void } {
  const connections = new Map<number, Connection>();
  const post = (message: FromHost, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  let loading: Promise<PeerClass> | null = null;
  const load = () => (loading ??= import('#simple-peer').then((module) => module.default));

  const end = (link: number, reason: string | null) => {
    if (connections.delete(link)) post({ t: 'closed', link, reason });
  };
  port.onmessage = ({ data }: MessageEvent<ToHost>) => {
    if (data.t === 'dial') {
      const connection = new Connection(data.link, post, (reason) => end(data.link, reason));
      connections.set(data.link, connection);
      load().then(
        (Peer) => connection.start(Peer, data.initiator, options),
        (error: unknown) => {
          loading = null; // the next call tries again
          connection.fail(`simple-peer did not load: ${String(error)}`);
        },
      );
      return;
    }
    const connection = connections.get(data.link);
    if (connection === undefined) return;
    if (data.t === 'signal') connection.signal(data.signal);
    else if (data.t === 'frame') connection.send(new Uint8Array(data.frame));
    else if (data.t === 'ping') connection.ping();
    else connection.close();
  };
  const closeAll = () => {
    for (const connection of connections.values()) connection.vanish();
  };
  addEventListener('pagehide', closeAll);
  port.addEventListener('close', closeAll); // the worker is gone
  port.start();
  return {
    close() {
      removeEventListener('pagehide', closeAll);
      closeAll();
      port.close();
    },
  };
}

/** The private parts of simple-peer 9.11.1 that its interface lacks; both are null before and after a connection. */
interface PeerInternals {
  readonly _channel: RTCDataChannel | null;
  readonly _pc: RTCPeerConnection | null;
}

class Connection {
  readonly #link: number;
  readonly #post: (message: FromHost, transfer?: Transferable[]) => void;
  readonly #ended: (reason: string | null) => void;
  #peer: (Instance & PeerInternals) | null = null;
  #closed = false;
  readonly #early: RtcSignal[] = [];
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];

  constructor(link: number, post: (message: FromHost, transfer?: Transferable[]) => void, ended: (reason: string | null) => void) {
    this.#link = link;
    this.#post = post;
    this.#ended = ended;
  }

  start(Peer: PeerClass, initiator: boolean, options: RtcHostOptions): void {
    if (this.#closed) return;
    let peer: Instance & PeerInternals;
    try {
      peer = new Peer(peerOptions(initiator, options)) as Instance & PeerInternals;
    } catch (error) {
      return this.fail(String(error)); // no WebRTC here, or too many connections
    }
    this.#peer = peer;
    peer.on('signal', (data) => {
      const signal = parseRtcSignal(JSON.parse(JSON.stringify(data)));
      if (signal !== null) this.#post({ t: 'signal', link: this.#link, signal });
    });
    peer.on('connect', () => {
      peer._channel?.addEventListener('bufferedamountlow', () => this.#pump());
      this.#post({ t: 'open', link: this.#link });
      this.#pump();
    });
    peer.on('data', (data: unknown) => this.#receive(data));
    peer.on('error', (error) => this.fail(error.message)); // an unheard one would be thrown
    peer.on('close', () => this.#end(null));
    for (const signal of this.#early.splice(0)) this.signal(signal);
  }

  signal(signal: RtcSignal): void {
    if (this.#peer === null) {
      if (this.#early.length < EARLY_MAX) this.#early.push(signal);
      return;
    }
    try {
      this.#peer.signal(signal as Parameters<Instance['signal']>[0]);
    } catch (error) {
      this.fail(String(error));
    }
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(frame);
    this.#pump();
  }

  ping(): void {
    this.#write(controlFrame(CONTROL_PING));
  }

  /** In order: the other end is told, so that it needs no time-out. */
  close(): void {
    if (this.#closed) return;
    this.#write(controlFrame(CONTROL_BYE));
    const peer = this.#peer;
    this.#end(null, false);
    setTimeout(() => peer?.destroy(), FAREWELL_MS);
  }

  /** Right now: the page is being taken away, and the other end notices the closed connection within a tenth of a second. */
  vanish(): void {
    this.#peer?._pc?.close();
    this.#end(null);
  }

  fail(reason: string): void {
    this.#end(reason);
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    if (!(data instanceof Uint8Array) || data.length > FRAME_BYTES_MAX) return this.fail('a frame that is none');
    const kind = controlKind(data);
    if (kind === CONTROL_BYE) return this.#end(null);
    if (kind !== null) {
      if (kind === CONTROL_PING) this.#write(controlFrame(CONTROL_PONG));
      return this.#post({ t: 'alive', link: this.#link });
    }
    const whole = data.byteOffset === 0 && data.byteLength === data.buffer.byteLength;
    const frame = (whole ? data.buffer : data.slice().buffer) as ArrayBuffer;
    this.#post({ t: 'frame', link: this.#link, frame }, [frame]);
  }

  #pump(): void {
    const channel = this.#peer?._channel;
    if (channel?.readyState !== 'open') return;
    let sent = 0;
    while (this.#waiting.length > 0 && channel.bufferedAmount <= LINK_WINDOW_BYTES) {
      const frame = this.#waiting.shift()!;
      if (!this.#write(frame)) return;
      sent += frame.length;
    }
    if (sent > 0) this.#post({ t: 'sent', link: this.#link, bytes: sent });
  }

  #write(frame: Uint8Array<ArrayBuffer>): boolean {
    if (this.#closed || this.#peer?._channel?.readyState !== 'open') return false;
    try {
      this.#peer.send(frame);
      return true;
    } catch (error) {
      this.fail(String(error));
      return false;
    }
  }

  #end(reason: string | null, destroy = true): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    if (destroy) this.#peer?.destroy();
    this.#ended(reason);
  }
}
