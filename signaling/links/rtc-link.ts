/**
 * The worker's end of direct links: a Link over the WebRTC host's port. It cuts and joins frames, bounds what waits, and keeps the timers,
 * because a worker's timers also run in hidden pages. direct-links.ts sets up calls.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { LINK_DEAD_MS, LINK_HEARTBEAT_MS, LINK_WINDOW_BYTES } from '#protocol/limits';
import type { RtcSignal } from '../call.ts';
import type { Environment } from '#protocol/driver/ports';
import { FrameQueue, Reassembler } from './framing.ts';
import type { Link, LinkEvents, LinkState } from './link.ts';
import type { FromHost, ToHost } from './rtc-port.ts';

/** Bytes on their way to the main thread or waiting there: enough to keep a channel's window full between two answers. */
const HOST_WINDOW_BYTES = 4 * LINK_WINDOW_BYTES;

/** What a direct link has beyond a Link: its part of the call, and what did not leave. */
export interface DirectLink extends Link {
  /** Passes what the other end's link signaled. */
  signal(signal: RtcSignal): void;
  /** After a close: messages of which no frame, or not every frame, had gone to the channel. */
  takeBack(): Uint8Array<ArrayBuffer>[];
}

export interface Dialer {
  /** Links opening or open. */
  readonly size: number;
  /** @param signaled what has to reach the other end's link for this one to open */
  dial(peer: PeerId, initiator: boolean, signaled: (signal: RtcSignal) => void, events: LinkEvents, environment: Environment): DirectLink;
}

/** All direct links of one worker; meshes that share a port share it. */
export class RtcDialer implements Dialer {
  static readonly #byPort = new WeakMap<MessagePort, RtcDialer>();
  readonly #port: MessagePort;
  readonly #links = new Map<number, RtcLink>();
  #last = 0;

  static over(port: MessagePort): RtcDialer {
    let dialer = this.#byPort.get(port);
    if (dialer === undefined) this.#byPort.set(port, (dialer = new RtcDialer(port)));
    return dialer;
  }

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromHost>) => this.#links.get(data.link)?.fromHost(data);
    port.start();
  }

  get size(): number {
    return this.#links.size;
  }

  dial(peer: PeerId, initiator: boolean, signaled: (signal: RtcSignal) => void, events: LinkEvents, environment: Environment): RtcLink {
    const number = ++this.#last;
    const host = {
      post: (message: ToHost, transfer: Transferable[] = []) => this.#port.postMessage(message, transfer),
      release: () => void this.#links.delete(number),
    };
    const link = new RtcLink(peer, number, host, signaled, events, environment);
    this.#links.set(number, link);
    host.post({ t: 'dial', link: number, initiator });
    return link;
  }
}

interface Host {
  post(message: ToHost, transfer?: Transferable[]): void;
  release(): void;
}

export class RtcLink implements DirectLink {
  readonly path = 'direct';
  readonly peer: PeerId;
  readonly #number: number;
  readonly #host: Host;
  readonly #signaled: (signal: RtcSignal) => void;
  readonly #events: LinkEvents;
  readonly #environment: Environment;
  readonly #queue = new FrameQueue();
  readonly #reassembler = new Reassembler(true);
  #state: LinkState = 'opening';
  #inFlight = 0;
  #silentBeats = 0;
  #cancelBeat = () => {};

  constructor(
    peer: PeerId,
    number: number,
    host: Host,
    signaled: (signal: RtcSignal) => void,
    events: LinkEvents,
    environment: Environment,
  ) {
    this.peer = peer;
    this.#number = number;
    this.#host = host;
    this.#signaled = signaled;
    this.#events = events;
    this.#environment = environment;
  }

  get state(): LinkState {
    return this.#state;
  }

  get queuedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#queue.queuedBytes + this.#inFlight;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#state === 'closed') return;
    try {
      this.#queue.push(message);
      this.#pump();
    } catch (error) {
      this.#close(asMeshError(error));
    }
  }

  signal(signal: RtcSignal): void {
    if (this.#state !== 'closed') this.#host.post({ t: 'signal', link: this.#number, signal });
  }

  close(): void {
    this.#close();
  }

  takeBack(): Uint8Array<ArrayBuffer>[] {
    return this.#queue.takeBack();
  }

  fromHost(message: FromHost): void {
    this.#silentBeats = 0;
    if (message.t === 'signal') this.#signaled(message.signal);
    else if (message.t === 'open') this.#open();
    else if (message.t === 'frame') this.#receive(new Uint8Array(message.frame));
    else if (message.t === 'sent') {
      this.#inFlight -= message.bytes;
      this.#pump();
    } else if (message.t === 'closed') {
      this.#close(message.reason === null ? undefined : new MeshError('peer-unknown', { field: 'link', got: message.reason }), false);
    }
  }

  #open(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#beat();
    this.#pump();
    this.#events.open();
  }

  /** Counts beats, not time: a worker that was frozen itself must not blame the other end. */
  #beat(): void {
    this.#cancelBeat = this.#environment.timer(LINK_HEARTBEAT_MS, () => {
      if (++this.#silentBeats > LINK_DEAD_MS / LINK_HEARTBEAT_MS) {
        return this.#close(new MeshError('peer-unknown', { field: 'link', expected: `a sign of life within ${LINK_DEAD_MS} ms` }));
      }
      this.#host.post({ t: 'ping', link: this.#number });
      this.#beat();
    });
  }

  #receive(frame: Uint8Array): void {
    let message: Uint8Array<ArrayBuffer> | null;
    try {
      message = this.#reassembler.accept(frame);
    } catch (error) {
      return this.#close(asMeshError(error));
    }
    if (message !== null) this.#events.message(message);
  }

  #pump(): void {
    while (this.#state === 'open' && this.#inFlight < HOST_WINDOW_BYTES) {
      const frame = this.#queue.next();
      if (frame === null) return;
      this.#inFlight += frame.length;
      this.#host.post({ t: 'frame', link: this.#number, frame: frame.buffer }, [frame.buffer]);
    }
  }

  #close(error?: MeshError, tell = true): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelBeat();
    this.#reassembler.reset();
    if (tell) this.#host.post({ t: 'close', link: this.#number });
    this.#host.release();
    this.#events.close(error);
  }
}
